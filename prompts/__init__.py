"""The prompts: one Markdown file each, filled in by `string.Template`. A missing or unknown name is an error.

`write`:    numbered sentences and a question -> an answer whose sentences end with the numbers they rest on
`rewrite`:  the same, with the sentences that were not supported and the reasons -> better ones
`condense`: a conversation and a follow-up -> a question that stands alone
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with `$names` to be filled in."""

    name: str
    text: str

    def fill(self, **values: str) -> str:
        """The prompt with its names filled in; what the values hold is not looked at again.

        Raises:
            KeyError: A name has no value.
            ValueError: A value has no name in the prompt.
        """
        template = Template(self.text)
        if unknown := values.keys() - set(template.get_identifiers()):
            raise ValueError(f"prompts/{self.name}.md has no place for {sorted(unknown)}.")
        return template.substitute(values)

    @property
    def digest(self) -> str:
        """The first 12 hex digits of the text's SHA-256: an answer's receipt names the prompt it was written by."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def load(name: str) -> Prompt:
    """The prompt in `prompts/<name>.md`."""
    return Prompt(name, files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))
