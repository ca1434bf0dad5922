"""The writer: a chat model drafts sentences with numbers; code copies the quotes that the numbers stand for.

Nothing that a model says is shown from here. It becomes claims, which `qa.verify` supports or rejects.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

import prompts
from index.document import Hit, Sentence
from qa.answer import WRITER, Claim, Draft, ModelUse, Quote, Rejection, as_quote
from qa.converse import Question, Turn, leans_back
from qa.evidence import share, stems
from qa.parse import SCHEMA, Numbered, numbered_sentences

MOST_CLAIMS = 8
"""A model that goes on after so many sentences is stopped."""
MOST_LEANS = 2
"""A sentence without numbers is taken to rest on at most so many sentences."""
LONGEST_QUESTION = 400
"""In characters: a condensed question that is longer is none."""

WRITE, REWRITE, CONDENSE = map(prompts.load, ("write", "rewrite", "condense"))

Check = Callable[[Claim], str | None]
"""Why a claim is not supported; None if it is."""


class WriterError(RuntimeError):
    """The chat model gave no usable answer. The message says why, and never quotes what a server said."""


class ModelError(ValueError):
    """A chat model that cannot be opened: its name, its package or its key is missing."""


class Model(Protocol):
    """What the writer needs of a chat model: one question's worth of calls, as `qa.chat_model.Calls`."""

    name: str
    structured: bool

    def stream(
        self, prompt: prompts.Prompt, values: Mapping[str, str], schema: Mapping[str, Any] | None = None
    ) -> Generator[str | Mapping[str, Any]]:
        """The model's output in pieces; closing it stops the model. Raises `WriterError`."""
        ...

    @property
    def use(self) -> ModelUse:
        """What the calls so far have cost."""
        ...


@dataclass(frozen=True, slots=True)
class Numbering:
    """The sentences of some passages, numbered from 1, each once, in the order of the documents."""

    places: tuple[tuple[Hit, Sentence], ...]
    text: str

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> "Numbering":
        """Number the sentences of the hits; a blank line parts passages, a heading stands above its own."""
        places = list[tuple[Hit, Sentence]]()
        lines, seen, heading = list[str](), set[tuple[str, int]](), ""
        for hit in sorted(hits, key=lambda hit: (hit.document.source, hit.passage.start)):
            lines += [""] if lines else []
            if hit.passage.heading and hit.passage.heading != heading:
                heading = hit.passage.heading
                lines.append(f"({heading})")
            for sentence in hit.passage.sentences:
                if (key := (hit.document.id, sentence.start)) not in seen:
                    seen.add(key)
                    places.append((hit, sentence))
                    lines.append(f"[{len(places)}] {_one_line(hit.passage.slice(sentence))}")
        return cls(tuple(places), "\n".join(lines))

    def claim(self, drafted: Numbered) -> Claim:
        """A drafted sentence with the quotes that its numbers stand for.

        A number that stands for nothing becomes a quote of nothing, which the verifier rejects. A sentence without
        numbers leans on the sentences that share most of its words: small models forget the numbers.
        """
        sentence, numbers = drafted
        return Claim(sentence, tuple(self._quote(number) for number in numbers or self._leans(sentence)))

    def _quote(self, number: int) -> Quote:
        if not 1 <= number <= len(self.places):
            return Quote(f"number {number}", 0, 0)
        hit, sentence = self.places[number - 1]
        return as_quote(hit.passage.id, sentence)

    def _leans(self, sentence: str) -> list[int]:
        wanted, numbers = stems(sentence), list[int]()
        for _ in range(MOST_LEANS):
            shares = [share(wanted, stems(hit.passage.slice(told))) if wanted else 0.0 for hit, told in self.places]
            best = max(range(len(shares)), key=lambda i: (shares[i], -i), default=-1)
            if best < 0 or not shares[best]:
                break
            numbers.append(best + 1)
            hit, told = self.places[best]
            wanted -= stems(hit.passage.slice(told))
        return numbers


def write(
    question: Question, hits: Sequence[Hit], *, model: Model, check: Check, read: Callable[[], Draft]
) -> Iterator[Draft]:
    """Draft an answer with a chat model, sentence by sentence; where it fails, the offline reader's draft stands in.

    Sentences that `check` does not support are sent back once, with the reasons. What fails again is in the draft
    as rejected.

    Args:
        question: What is asked.
        hits: The passages that the model is shown.
        model: One question's calls of a chat model.
        check: The verifier, for one claim.
        read: Drafts the offline reader's answer.

    Yields:
        Drafts of what is to be shown and what failed so far, then the whole. If nothing is to be shown, the whole is
        the reader's draft, with a note that says why.
    """
    numbering, reading = Numbering.of(hits), read()
    written = replace(reading, claims=(), engine=WRITER, scores={})
    sorted_out, note = _Claims(check, hits, None if model.structured else reading), ""
    try:
        if numbering.places:
            for _ in sorted_out.take(_claims(numbering, model, WRITE, question=question.alone)):
                yield replace(written, claims=sorted_out.shown, rejected=sorted_out.rejected)
        if again := sorted_out.sent_back():
            for _ in sorted_out.take(_rewritten(question, numbering, model, again)):
                yield replace(written, claims=sorted_out.shown, rejected=sorted_out.rejected)
    except WriterError as error:
        note = f"{error} "
    rejected = sorted_out.rejected
    if sorted_out.shown:
        note = note and f"{note}{HALF_DONE}"
        yield replace(written, claims=sorted_out.whole, rejected=rejected, model=model.use, note=note or None)
        return
    if model.structured and not note and not rejected:
        yield replace(written, model=model.use)
        return
    if not note:
        why = BESIDE if sorted_out.held else NOTHING_SUPPORTED if rejected else NO_ANSWER
        note = why.format(model.name)
    note += STOOD_IN if reading.claims else FOUND_NONE
    yield replace(reading, rejected=rejected, model=model.use, note=note)


class _Claims:
    """A model's claims, sorted into those to show, those that failed, and those that wait.

    A model with structured output is trusted to say whether the document answers. Any other is not: its claims wait
    until one of them leans on a sentence that the offline reader picked too, and what they leave out of the sentences
    that the reader picked is shown behind them, as it stands.

    Args:
        check: The verifier, for one claim.
        hits: The passages that the model was shown.
        reading: The reader's draft, or None for a model that is trusted.
    """

    def __init__(self, check: Check, hits: Sequence[Hit], reading: Draft | None) -> None:
        self._check = check
        self._documents = {hit.passage.id: hit.document.id for hit in hits}
        self._read = reading.claims if reading else ()
        self._picked = self._places(self._read) if reading else None
        self.shown: tuple[Claim, ...] = ()
        self.held = list[Claim]()
        self.failed = list[tuple[Claim, str]]()

    @property
    def rejected(self) -> tuple[Rejection, ...]:
        """The claims that failed, as they are shown."""
        return tuple(Rejection(claim.sentence, reason) for claim, reason in self.failed)

    @property
    def whole(self) -> tuple[Claim, ...]:
        """All that is to be shown in the end."""
        leans = self._places(self.shown)
        return (*self.shown, *(claim for claim in self._read if not self._places([claim]) & leans))

    def take(self, claims: Iterable[Claim]) -> Iterator[None]:
        """Sort claims; yields as often as there is one more to show, or one that failed."""
        for claim in claims:
            if reason := self._check(claim):
                self.failed.append((claim, reason))
                yield
            elif claim not in (*self.shown, *self.held):
                self.held.append(claim)
                if self._picked is None or self._picked & self._places([claim]):
                    self._picked = None  # from here on all are shown
                    self.shown, self.held = (*self.shown, *self.held), []
                    yield

    def _places(self, claims: Sequence[Claim]) -> set[tuple[str, int]]:
        """Where the quotes of claims begin, whichever passage names them."""
        return {(self._documents.get(q.passage_id, ""), q.start) for claim in claims for q in claim.quotes}

    def sent_back(self) -> list[tuple[Claim, str]]:
        """The claims that failed so far, which are no longer counted as failed."""
        failed, self.failed = self.failed, []
        return failed


NO_ANSWER = "The model {} found no answer. "
NOTHING_SUPPORTED = "Nothing that the model {} wrote is supported by the document. "
BESIDE = "What the model {} wrote leans on sentences in which the offline reader finds no answer. "
FOUND_NONE = "The offline reader found no answer either."
HALF_DONE = "What it had written until then was checked."
STOOD_IN = "The offline reader answered."


def condense(question: Question, history: Sequence[Turn], model: Model) -> Question:
    """Let the model put a follow-up into words that stand alone; by rule, as it came, where it cannot."""
    if not history:
        return question
    conversation = "\n".join(f"Question: {asked}\nAnswer: {answered[:400]}" for asked, answered in history[-3:])
    try:
        with closing(model.stream(CONDENSE, {"conversation": conversation, "question": question.asked})) as pieces:
            said = "".join(piece for piece in pieces if isinstance(piece, str))
    except WriterError:
        return question  # the writing fails next, and says why
    alone = _one_line(said.strip().partition("\n")[0]).removeprefix("Question:").strip()
    known = stems(" ".join([question.asked, conversation]))
    # A question of words that nobody used is an answer, or nonsense; one that still points back has not been rewritten.
    if not alone.endswith("?") or len(alone) > LONGEST_QUESTION or share(stems(alone), known) < 1 or leans_back(alone):
        return question
    return question.restated(alone)


def _claims(numbering: Numbering, model: Model, prompt: prompts.Prompt, **values: str) -> Iterator[Claim]:
    """The different claims that a model drafts, while it does."""
    seen = set[str]()
    with closing(
        model.stream(prompt, {"sentences": numbering.text, **values}, SCHEMA if model.structured else None)
    ) as pieces:
        for drafted in numbered_sentences(pieces):
            if drafted[0] not in seen:
                seen.add(drafted[0])
                yield numbering.claim(drafted)
            if len(seen) == MOST_CLAIMS:
                return


def _rewritten(
    question: Question, numbering: Numbering, model: Model, failed: Sequence[tuple[Claim, str]]
) -> Iterator[Claim]:
    """The failed claims as the model writes them after it was told why; those that it leaves out come as they were."""
    told = "\n".join(f"- {claim.sentence}\n  Why it failed: {reason}" for claim, reason in failed)
    said = 0
    try:
        for claim in _claims(numbering, model, REWRITE, failed=told, question=question.alone):
            said += 1
            yield claim
    except WriterError:
        pass  # what was written before is judged as it is
    for claim, _ in failed[said:]:
        yield claim


def _one_line(text: str) -> str:
    return " ".join(text.split())
