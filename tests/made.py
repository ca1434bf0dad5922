"""Cases, answers and outcomes made by hand, for tests of the evals: no model is asked."""

from typing import Any

from evals.cases import Case, Kind, holds
from evals.run import Outcome, measured
from evals.subjects import Subject
from index.document import Document, Hit
from index.split import split
from qa.answer import Answer, Claim, Draft, as_quote
from qa.verify import verify


def case(question: str = "When did the old mill burn down?", **given: Any) -> Case:
    """A case; by default one that is answerable."""
    values: dict[str, Any] = {"id": "made-1", "question": question, "kind": Kind.FACT, "answerable": True, **given}
    return Case(**values)


def answer(document: Document, *sentences: str, short: str | None = None, question: str = "?") -> Answer:
    """The answer that shows and cites these sentences of a document; a refusal where there is none."""
    hits = [Hit(passage, document, 1.0) for passage in split(document)]
    places = {hit.passage.slice(s): as_quote(hit.passage.id, s) for hit in hits for s in hit.passage.sentences}
    claims = tuple(Claim(sentence, (places[sentence],)) for sentence in sentences)
    draft = Draft(question, claims, engine="made", short=short, scores={"answer": 0.8})
    return verify(draft, hits, [document])


def perfect(asked: Case, document: Document, short: str | None = None) -> Answer:
    """What a perfect answerer says: every sentence that holds labelled evidence, or a refusal."""
    labels = [words for alternatives in asked.evidence for words in alternatives]
    sentences = {p.slice(s): s.start for p in split(document) for s in p.sentences}
    held = [text for text in sentences if any(holds(text, words) for words in labels)]
    return answer(document, *held, short=short, question=asked.question)


def outcome(subject: Subject, asked: Case, said: Answer, *passages: str) -> Outcome:
    """An outcome with everything measured."""
    return measured(subject, asked, said, passages or tuple(p.text for p in split(subject.document)), 0.01)
