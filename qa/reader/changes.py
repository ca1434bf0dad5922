"""Near misses: changes to a question or its passage after which the passage does not answer, or still does.

Every change that could give a label away is made for both labels.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from qa.reader import lexicon
from qa.reader.examples import Example, Rng, edit, evidence_of, holds_answer, mentions_answer, replace_word, sentences

_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:(?: of| the| de| von| van| and)? [A-Z][\w’'-]*)*")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_MONTHS = """
    January February March April May June July August September October November December
    """.split()
_NO_NAME = lexicon.QUESTION_WORDS.union(
    """
    the a an in on at of to for from by with as it its he she they we i his her their this that these those there
    but and or not if when while after before during since although however also some many most one two three
    """.split()
)


def names_of(text: str) -> list[str]:
    """Returns the capitalised names of a text, without leading small words, each once."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and words[0].lower() in _NO_NAME:
            words = words[1:]
        name = " ".join(words)
        at_start = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?"
        if len(name) > 2 and (len(words) > 1 or not at_start):
            found.setdefault(re.sub(r"['’]s$", "", name))
    return list(found)


def _nearest(some: np.ndarray, vectors: np.ndarray, top: int = 120) -> np.ndarray:
    likeness = some @ vectors.T
    top = min(top, len(vectors) - 1)
    order = np.argpartition(-likeness, top, axis=1)[:, :top]
    rank = np.argsort(-np.take_along_axis(likeness, order, axis=1), axis=1)
    return np.take_along_axis(order, rank, axis=1)


class Names:
    """Names of the whole collection with, for each, others that mean something like it."""

    def __init__(self, texts: Iterable[str], embed: Callable[[list[str]], np.ndarray], limit: int = 20000) -> None:
        counts: dict[str, int] = defaultdict(int)
        for text in texts:
            for name in names_of(text):
                counts[name] += 1
        self._all = sorted(counts, key=lambda n: (-counts[n], n))[:limit]
        self._row = {name: i for i, name in enumerate(self._all)}
        vectors = embed(self._all)
        self._near = np.concatenate(
            [_nearest(vectors[at : at + 1000], vectors) for at in range(0, len(self._all), 1000)]
        )

    def like(self, name: str, context: str, rng: Rng) -> str | None:
        """Picks another name of the same kind that shares no word with `name` and is not in the passage."""
        if name not in self._row:
            return None
        order = self._near[self._row[name]].tolist()
        own, folded = set(name.lower().split()), context.lower()
        good = [self._all[i] for i in order if not own & set(self._all[i].lower().split())]
        good = [n for n in good if n.lower() not in folded and len(n.split()) <= len(name.split()) + 1][2:26]
        return rng.choice(good) if good else None


def _other_number(number: str, context: str, rng: Rng) -> str:
    plain = number.replace(",", "")
    for _ in range(20):
        if re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", number):
            new = str(int(number) + rng.choice([-1, 1]) * rng.choice([1, 2, 3, 5, 8, 10, 12, 20, 40, 100]))
        elif "." in plain:
            new = f"{max(0.1, float(plain) * rng.choice([0.5, 0.8, 1.3, 2.0, 3.0])):.1f}"
        else:
            value = max(1, round(int(plain) * rng.choice([0.4, 0.7, 1.5, 2, 3])) + rng.randint(0, 3))
            new = f"{value:,}" if "," in number else str(value)
        if new != number and not re.search(rf"\b{re.escape(new)}\b", context):
            return new
    return number + "7"


def _shared(example: Example) -> list[tuple[str, str]]:
    """Returns (form in the question, form in the passage) for the names and numbers that both hold."""
    spans = [example.context[s:e].lower() for s, e in example.answers]
    folded = example.question.lower()
    found = []
    for item in [*names_of(example.context), *_NUMBER.findall(example.context)]:
        lowered = item.lower()
        match = re.search(rf"(?<!\w){re.escape(lowered)}(?!\w)", folded) if lowered in folded else None
        if match and not any(item.lower() in s for s in spans):
            found.append((example.question[match.start() : match.end()], item))
    longest = [f for f in found if not any(f[1] != g[1] and f[1] in g[1] for g in found)]
    return list(dict.fromkeys(longest))


def _changes(context: str, old: str, new: str) -> list[tuple[int, int, str]]:
    return [(m.start(), m.end(), new) for m in re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", context)]


def swap_name(example: Example, names: Names, rng: Rng, mode: str) -> Example | None:
    """Changes a name or number in the question, in the passage, or (still answerable) in both.

    Args:
        example: An answerable example.
        names: Where other names come from.
        rng: The dice.
        mode: `question`, `context` or `both`.

    Returns:
        The changed example, or None where nothing is shared or the answer would be touched.
    """
    shared = _shared(example)
    if not shared:
        return None
    asked, told = rng.choice(shared)
    if told in _MONTHS:
        new: str | None = rng.choice([m for m in _MONTHS if m not in example.context])
    elif told[0].isdigit():
        new = _other_number(told, example.context, rng)
    else:
        inside = [n for n in names_of(example.context) if len(n.split()) == len(told.split()) and n not in told]
        inside = [n for n in inside if n.lower() not in example.question.lower() and not holds_answer(n, example)]
        use_inside = mode == "question" and inside and rng.random() < 0.35
        new = rng.choice(inside) if use_inside else names.like(told, example.context, rng)
    if new is None:
        return None
    question = replace_word(example.question, asked, new) if mode != "context" else example.question
    if mode == "question":
        return replace(example, question=question, answers=())
    made = replace(edit(example, _changes(example.context, told, new)), question=question)
    if mode == "both":
        return made if len(made.answers) == len(example.answers) else None
    rest = [word for word in told.split() if len(word) > 3]
    if any(word.lower() in made.context.lower() for word in rest):
        return None
    return replace(made, answers=())


def swap_word(example: Example, rng: Rng) -> Example | None:
    """Puts an antonym, or a word for something else of the same kind, in the place of a word of the question."""
    start, end = evidence_of(example)
    known = set().union(
        *(lexicon.lemmas(w) for w in re.findall(r"[a-z]{4,}", example.context[start:end].lower())), set()
    )
    folded = example.context.lower()
    options = []
    for word in re.findall(r"[A-Za-z]+", example.question)[1:]:
        if lexicon.is_content_word(word):
            near = lexicon.antonyms(word)
            if not near and lexicon.lemmas(word) & known:
                near = lexicon.siblings(word)
            near = tuple(n for n in near if n not in folded)
            options += [(word, near)] if near else []
    if not options:
        return None
    word, near = rng.choice(options)
    return replace(example, question=replace_word(example.question, word, rng.choice(near)), answers=())


_DETAIL = re.compile(rf"\b(in|at|by|from|with|during|for) ({_NAME.pattern[2:]}|[12]\d{{3}}\b)")


def add_detail(example: Example, names: Names, rng: Rng, *, true: bool) -> Example | None:
    """Adds to the question a place, a person or a year that its evidence names (still answerable), or another one."""
    start, end = evidence_of(example)
    options: list[tuple[str, str]] = []
    for match in _DETAIL.finditer(example.context, start, end):
        clear = all(e <= match.start() or s >= match.end() for s, e in example.answers)
        word, told = match.groups()
        if clear and told.lower() not in example.question.lower() and not holds_answer(told, example):
            options.append((word, told))
    if not options:
        return None
    word, told = rng.choice(options)
    detail: str | None = told
    if not true:
        if told in _MONTHS:
            detail = rng.choice([m for m in _MONTHS if m not in example.context])
        else:
            year = told[0].isdigit()
            detail = _other_number(told, example.context, rng) if year else names.like(told, example.context, rng)
    if detail is None:
        return None
    question = f"{example.question.rstrip(' ?')} {word} {detail}?"
    return replace(example, question=question, answers=example.answers if true else ())


def negate(example: Example, rng: Rng, *, evidence: bool) -> Example | None:
    """Denies the sentence that answers (no answer is left), or another sentence (the answer stays)."""
    start, end = evidence_of(example)
    if not evidence:
        others = [p for p in sentences(example.context) if p != (start, end)]
        if not others:
            return None
        start, end = rng.choice(others)
    sentence = example.context[start:end]
    asked = set().union(*(lexicon.lemmas(w) for w in re.findall(r"[a-z]{3,}", example.question.lower())), set())
    for match in re.finditer(r"\b(was|were|is|are|had|has|have|can|could|will|would)\b(?! n[o']t) (\w+)", sentence):
        if not evidence or lexicon.lemmas(match.group(2)) & asked - {"the", "a"}:
            place = start + match.end(1)
            return _denied(example, [(place, place, rng.choice([" not", " never", " not"]))], evidence)
    for match in re.finditer(r"\b([a-z]+ed|wrote|made|held|began|built|won|led|took|became|sold)\b", sentence):
        stem = next((x for x in sorted(lexicon.lemmas(match.group())) if x != match.group()), None)
        if stem and (not evidence or stem in asked):
            new = rng.choice([f"did not {stem}", f"never {match.group()}"])
            return _denied(example, [(start + match.start(), start + match.end(), new)], evidence)
    return None


def _denied(example: Example, changes: list[tuple[int, int, str]], evidence: bool) -> Example | None:
    made = edit(example, changes)
    if evidence:
        return replace(made, answers=())
    return made if len(made.answers) == len(example.answers) else None


def prune(example: Example, rng: Rng, *, evidence: bool) -> Example | None:
    """Takes out every sentence that holds the answer, or (still answerable) one that does not."""
    parts = sentences(example.context)
    out = [p for p in parts if holds_answer(example.context[p[0] : p[1]], example)]
    out += [p for p in parts if p not in out and any(s < p[1] and e > p[0] for s, e in example.answers)]
    kept = [p for p in parts if p not in out]
    if len(kept) < 2 or not out:
        return None
    if evidence:
        text = "".join(example.context[a:b] for a, b in kept).strip()
        return None if holds_answer(text, example) else replace(example, context=text, answers=())
    start, end = rng.choice(kept)
    made = edit(example, [(start, end, "")])
    return made if made.answers else None


class Neighbours:
    """Passages of the same document (or source) that look like a question, for hard negatives."""

    def __init__(self, examples: Sequence[Example], documents: Mapping[str, Sequence[str]]) -> None:
        self._groups: dict[str, list[str]] = {}
        self._ready: dict[str, tuple[TfidfVectorizer, Any]] = {}
        texts: dict[str, dict[str, None]] = defaultdict(dict)
        for example in examples:
            texts[example.group].setdefault(example.context)
        for group in texts.keys() & documents.keys():
            texts[group] |= dict.fromkeys(documents[group])
        self._groups = {group: list(found) for group, found in texts.items()}

    def near(self, example: Example, top: int) -> list[str]:
        """Returns the `top` likeliest other passages that do not hold the answer."""
        contexts = self._groups[example.group]
        if len(contexts) < 4:
            return []
        if example.group not in self._ready:
            vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
            self._ready[example.group] = (vectorizer, vectorizer.fit_transform(contexts))
        vectorizer, matrix = self._ready[example.group]
        asked: Any = vectorizer.transform([example.question])
        scores: np.ndarray = (matrix @ asked.T).toarray().ravel()
        order = scores.argsort()[::-1][: top + 3].tolist()
        found = [contexts[i] for i in order if scores[i] > 0 and contexts[i] != example.context]
        return [c for c in found if not mentions_answer(c, example)][:top]

    def swap(self, example: Example, rng: Rng) -> Example | None:
        """Puts a likely passage without the answer in the place of the one that answers."""
        found = self.near(example, 4)
        return replace(example, context=rng.choice(found), answers=()) if found else None

    def pad(self, example: Example, rng: Rng) -> Example:
        """Puts likely passages before and after a short one."""
        before, after = "", ""
        for text in self.near(example, rng.choice([1, 2, 3])):
            before, after = (before + text + " ", after) if rng.random() < 0.5 else (before, after + " " + text)
        moved = tuple((s + len(before), e + len(before)) for s, e in example.answers)
        return replace(example, context=before + example.context + after, answers=moved)
