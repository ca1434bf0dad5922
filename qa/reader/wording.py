"""Rewording: changes to the surface of a question that leave its meaning, by the same dice for both labels."""

import re
from dataclasses import replace

from qa.reader import lexicon
from qa.reader.examples import Example, Rng, replace_word

_MISSPELL_MIN = 4
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {row[i]: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i in range(len(row))}
_SOUNDS: tuple[tuple[str, str], ...] = (
    ("ph", "f"), ("ie", "ei"), ("ei", "ie"), ("ough", "off"), ("tion", "sion"), ("sion", "tion"), ("ance", "ence"),
    ("ence", "ance"), ("able", "ible"), ("ible", "able"), ("ck", "k"), ("ll", "l"), ("ss", "s"), ("tt", "t"),
    ("mm", "m"), ("nn", "n"), ("cc", "c"), ("er", "or"), ("or", "er"), ("ar", "er"), ("ant", "ent"), ("ent", "ant"),
    ("y", "i"), ("qu", "kw"), ("sc", "s"), ("c", "s"), ("c", "k"), ("z", "s"), ("ea", "ee"), ("ee", "ea"), ("gh", "g"),
)  # fmt: skip
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
    """Swaps, drops, doubles or mistypes one letter inside a word, or writes it as it sounds."""
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    made = [before + after, before + letter + letter + after]
    made += [before + after[0] + letter + after[1:]] * 2
    near = _KEYS.get(letter.lower())
    if near:
        made.append(before + rng.choice(near) + after)
    heard = [(old, new) for old, new in _SOUNDS if old in word[1:].lower()]
    if heard:
        old, new = rng.choice(heard)
        at = word.lower().index(old, 1)
        made += [word[:at] + new + word[at + len(old) :]] * 2
    made = [other for other in made if other != word]
    return rng.choice(made)


def misspell_question(question: str, rng: Rng) -> str:
    """Misspells one or two longer words of a question, names among them."""
    words = question.split()
    found = [i for i, w in enumerate(words) if len(w.strip("?,.'\"")) >= _MISSPELL_MIN and w.strip("?,.'\"").isalpha()]
    for place in rng.sample(found, min(len(found), rng.choice([1, 1, 1, 2]))):
        bare = words[place].strip("?,.'\"")
        words[place] = words[place].replace(bare, misspell(bare, rng))
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
    question = misspell_question(question, rng) if rng.random() < 0.25 else question
    question = question.rstrip("? ") if rng.random() < 0.15 else question
    question = question.lower() if rng.random() < 0.15 else question
    return replace(example, question=question)
