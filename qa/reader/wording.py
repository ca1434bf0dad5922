"""Rewording: changes to the surface of a question that leave its meaning, by the same dice for both labels."""

import re
from dataclasses import replace

from qa.reader import lexicon
from qa.reader.examples import Example, Rng, replace_word

_MISSPELL_MIN = 5
_PREFIXES = ("Tell me {}", "Do you know {}", "Can you tell me {}", "I want to know {}", "According to the text, {}")
_TEMPLATES: tuple[tuple[str, str], ...] = (
    (r"^In (?:what|which) year (did|was|were) (.+)$", r"When \1 \2"),
    (r"^What year (did|was|were) (.+)$", r"In which year \1 \2"),
    (r"^When (did|was|were) (.+)$", r"What year \1 \2"),
    (r"^When (was|were) (.+?) (\w+ed|built|born|made|held|sold)$", r"\2 \1 \3 when"),
    (r"^How many (\w+) (.+)$", r"What number of \1 \2"),
    (r"^What is the name of (.+)$", r"What is \1 called"),
    (r"^What (is|was|were|are) the (\w+) of (.+)$", r"\3: what \1 the \2"),
    (r"^Who (was|is) (.+)$", r"Which person \1 \2"),
    (r"^Who (\w+ed) (.+)$", r"Name the one who \1 \2"),
    (r"^Where (is|was|were|are) (.+?) (located|held|born|found|built)$", r"In what place \1 \2 \3"),
    (r"^Where (did|does|do) (.+)$", r"At what place \1 \2"),
    (r"^Why (did|does|do|was|were|is|are) (.+)$", r"What is the reason that \1 \2"),
)


def misspell(word: str, rng: Rng) -> str:
    """Swaps, drops or doubles one letter inside a word."""
    place = rng.randrange(1, len(word) - 2)
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return rng.choice([swapped, word[:place] + word[place + 1 :], word[:place] + word[place] + word[place:]])


def misspell_question(question: str, rng: Rng) -> str:
    """Misspells one or two long words of a question."""
    words = question.split()
    long = [i for i, w in enumerate(words) if len(w) >= _MISSPELL_MIN and w.isalpha()]
    for place in rng.sample(long, min(len(long), rng.choice([1, 1, 2]))):
        words[place] = misspell(words[place], rng)
    return " ".join(words)


def _keywords(question: str, rng: Rng) -> str:
    words = re.findall(r"[\w'’.,-]+", question.rstrip("?"))
    keep_wh = rng.random() < 0.6
    return (
        " ".join(
            w for w in words if w.lower() not in lexicon.STOP_WORDS or (keep_wh and w.lower() in lexicon.QUESTION_WORDS)
        )
        or question
    )


def _phrase(question: str, rng: Rng) -> str:
    bare = question.rstrip(" ?")
    fitting = [(pattern, new) for pattern, new in _TEMPLATES if re.match(pattern, bare)]
    if fitting and rng.random() < 0.7:
        pattern, new = rng.choice(fitting)
        return re.sub(pattern, new, bare) + "?"
    return rng.choice(_PREFIXES).format(bare[:1].lower() + bare[1:]) + rng.choice(["?", ""])


def _synonymise(question: str, rng: Rng) -> str:
    options = [w for w in re.findall(r"[A-Za-z]+", question) if lexicon.is_content_word(w) and lexicon.synonyms(w)]
    for word in rng.sample(options, min(len(options), rng.choice([1, 2]))):
        question = replace_word(question, word, rng.choice(lexicon.synonyms(word)[:3]))
    return question


def reword(example: Example, rng: Rng) -> Example:
    """Changes the surface of a question and not its meaning, by the same dice for both labels."""
    question = example.question
    question = _synonymise(question, rng) if rng.random() < 0.25 else question
    question = _phrase(question, rng) if rng.random() < 0.12 else question
    question = _keywords(question, rng) if rng.random() < 0.06 else question
    question = misspell_question(question, rng) if rng.random() < 0.12 else question
    question = question.rstrip("? ") if rng.random() < 0.15 else question
    question = question.lower() if rng.random() < 0.15 else question
    return replace(example, question=question)
