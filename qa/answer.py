"""What a model said (`Draft`) and what we stand behind (`Answer`): two types, so that neither passes for the other."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import TypeAdapter, ValidationError

from index.document import Sentence

WRITER = "writer"
"""The engine whose sentences may use other words than the document; those of every other are word for word."""
COURTESY = "courtesy"
"""The engine that replies to a message which asks nothing of the document; see `qa.courtesy`."""


class ReceiptError(ValueError):
    """A text that is not an answer's receipt."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a retrieved passage that a claim leans on, in document offsets."""

    passage_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One drafted sentence and the places it leans on."""

    sentence: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A drafted sentence that the document does not support, and why."""

    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a chat model was asked for one answer.

    Attributes:
        model: As it was named.
        prompts: Of each prompt that it was given, its name and digest: "write 0a1b2c3d4e5f".
        calls: How often it was called.
        input_tokens: As the model's server counts them; None where it does not say.
        output_tokens: As `input_tokens`.
        cost: In US dollars, by the price that is set; None where none is, or the tokens are not known.
    """

    model: str
    prompts: tuple[str, ...]
    calls: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer proposes: untrusted until `qa.verify.verify` has seen it.

    Attributes:
        claims: In the order they are to be shown; none means "not in the document".
        short: The shortest span that answers, if the answerer names one.
        engine: What made the draft, for the receipt.
        scores: The answerer's own numbers, for the receipt.
        understood: The question as it was searched for: spelt as the documents spell, and with what a follow-up
            leans on.
        rejected: What was drafted for this answer before, and was found to be unsupported.
        model: The chat model that was asked, if one was.
        note: Why another engine answered than was asked for.
        reply: A fixed reply to a message that asks nothing of the document; see `qa.courtesy`.
    """

    question: str
    claims: tuple[Claim, ...]
    engine: str
    short: str | None = None
    scores: dict[str, float] = field(default_factory=dict[str, float])
    understood: str = ""
    rejected: tuple[Rejection, ...] = ()
    model: ModelUse | None = None
    note: str | None = None
    reply: str | None = None


class Status(StrEnum):
    """The three states of an answer."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    """Some of what was drafted is not supported by the document, and is shown as such."""
    NOT_IN_DOCUMENT = "not_in_document"


@dataclass(frozen=True, slots=True)
class Source:
    """A document that was asked, as a receipt names it."""

    document_id: str
    source: str
    title: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that was checked: `document.text[start:end] == quote` held when it was made.

    LangChain has a `Citation` too, whose offsets point into the *response*. Ours point into the *document*.

    Attributes:
        number: The n of its `[n]` in `Answer.text`, counted from 1.
        page: Counted from 1; None where the source has no pages.
        paragraph: Counted from 1 through the document, headings apart.
    """

    number: int
    document_id: str
    source: str
    title: str
    quote: str
    start: int
    end: int
    page: int | None
    paragraph: int


@dataclass(frozen=True, slots=True)
class Related:
    """A passage near the question that is *not* evidence: shown where the document has no answer."""

    document_id: str
    source: str
    title: str
    text: str
    start: int
    end: int
    page: int | None
    paragraph: int


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence that is shown, and the numbers of the citations it stands on: at least one."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What we stand behind. Only `qa.verify.verify` makes one.

    Attributes:
        text: The sentences with their `[n]` markers; where nothing was found, a sentence that says so.
        short: The shortest span that answers, a substring of a cited quote; None where there is none.
        verdict: "yes" or "no" where the question asks for that and a cited quote decides it; else None.
        rejected: What was drafted and not supported; kept and shown, never dropped in silence.
        related: Filled only on `NOT_IN_DOCUMENT`, where there are no citations.
        documents: The documents that were asked.
        engine: What drafted the answer.
        understood: The question as it was searched for.
        model: The chat model that was asked, and what it cost; None where none was.
        note: Why another engine answered than was asked for; None where none did.
    """

    question: str
    status: Status
    text: str
    short: str | None
    verdict: str | None
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    rejected: tuple[Rejection, ...]
    related: tuple[Related, ...]
    documents: tuple[Source, ...]
    scores: dict[str, float]
    engine: str
    understood: str
    model: ModelUse | None = None
    note: str | None = None

    @property
    def is_courtesy(self) -> bool:
        """Whether this is a reply to "thanks" and the like, and so says nothing of the document."""
        return self.engine == COURTESY

    def to_json(self) -> str:
        """The receipt: JSON that `from_json` turns into an equal answer, and `footnote verify` checks again."""
        return _ANSWER.dump_json(self, indent=2).decode()

    @classmethod
    def from_json(cls, receipt: str | bytes) -> Self:
        """Read a receipt. What it says is not checked here: see `qa.verify.problems`.

        Raises:
            ReceiptError: The text is not a receipt; the message names the first wrong field.
        """
        try:
            answer = _ANSWER.validate_json(receipt)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole text"
            raise ReceiptError(
                f"This is not a receipt: {where}: {first['msg']}. Give the output of `footnote ask --json`."
            ) from error
        if json.loads(answer.to_json()) != json.loads(receipt):
            raise ReceiptError("This is not a receipt: it has fields or values that no receipt has.")
        return answer  # pyright: ignore[reportReturnType]


_ANSWER = TypeAdapter(Answer)


def as_quote(passage_id: str, sentence: Sentence) -> Quote:
    """The quote that is a passage's sentence, whole."""
    return Quote(passage_id, sentence.start, sentence.end)
