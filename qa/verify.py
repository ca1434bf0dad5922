"""A draft becomes an answer, or part of it is rejected. Pure, and the only place that builds a `Citation`."""

import re
from collections.abc import Callable, Iterator, Sequence

from index.document import Document, Hit, Passage
from index.split import split
from qa.answer import (
    WRITER,
    Answer,
    AnswerSentence,
    Citation,
    Claim,
    Draft,
    Quote,
    Rejection,
    Related,
    Source,
    Status,
)
from qa.courtesy import REPLIES
from qa.decide import verdict

Supports = Callable[[str, Sequence[str]], str | None]
"""Why quotes do not support a sentence that is in other words; None if they do. As `qa.support.model.Support`."""

NOT_FOUND = "The document does not answer this question."
NOT_FOUND_IN_SEVERAL = "None of the documents answers this question."
RELATED = 3
"""How many of the nearest passages are shown, as not being evidence, where there is no answer."""


def verify(
    draft: Draft, hits: Sequence[Hit], documents: Sequence[Document] = (), *, supports: Supports | None = None
) -> Answer:
    """Keep the claims of a draft that the document supports, and reject the others with a reason.

    A claim is supported when each of its quotes is one or more whole sentences of a retrieved passage, as the document
    holds it, and its sentence is one of them or all, word for word; or says no more, as `supports` finds, if written.

    Args:
        draft: What an answerer proposes.
        hits: The passages it was given, the nearest first.
        documents: All that were asked, for the receipt; those of the hits where left out.
        supports: Judges the writer's sentences; where left out, they too must be word for word.

    Returns:
        An answer whose every sentence has a citation, and every citation's quote is the document's at its offsets.
    """
    passages, supports = {hit.passage.id: hit for hit in hits}, supports if draft.engine == WRITER else None
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences, rejected = list[AnswerSentence](), list(draft.rejected)
    for claim in draft.claims:
        if reason := unsupported(claim, hits, supports=supports):
            rejected.append(Rejection(claim.sentence, reason))
            continue
        numbers = list[int]()
        for quote in claim.quotes:
            hit = passages[quote.passage_id]
            key = (hit.document.id, quote.start, quote.end)
            numbers.append(citations.setdefault(key, _citation(len(citations) + 1, quote, hit)).number)
        sentences.append(AnswerSentence(_one_line(claim.sentence), tuple(dict.fromkeys(numbers))))
    asked = documents or tuple({hit.document.id: hit.document for hit in hits}.values())
    otherwise = draft.reply if draft.reply in REPLIES else _refusal(len(asked))
    short = _one_line(draft.short or "")
    return Answer(
        question=draft.question,
        status=_status(sentences, rejected),
        text=" ".join(map(marked, sentences)) or otherwise,
        short=short if short and any(short in _one_line(c.quote) for c in citations.values()) else None,
        verdict=_verdict(draft.question, [c.quote for c in citations.values()]),
        sentences=tuple(sentences),
        citations=tuple(citations.values()),
        rejected=tuple(rejected),
        related=() if sentences else tuple(_related(hit) for hit in hits[:RELATED]),
        documents=tuple(Source(d.id, d.source, d.title, d.sha256) for d in asked),
        scores=draft.scores,
        engine=draft.engine,
        understood=draft.understood or draft.question,
        model=draft.model,
        note=draft.note,
    )


def marked(sentence: AnswerSentence) -> str:
    """A sentence with its markers, as `Answer.text` shows it: "It began in 2015. [1]"."""
    return " ".join([sentence.text, *(f"[{number}]" for number in sentence.citations)])


def problems(
    answer: Answer,
    find: Callable[[Source], Document | None],
    *,
    language: str = "en",
    supports: Supports | None = None,
) -> list[str]:
    """Check an answer again, later, against its documents: what does not hold, in sentences.

    No chat model is asked. Quotes and related passages are compared with the documents at their offsets, sentences with
    their quotes, and the answer's parts with each other. What is *not* checked, since no document can tell, is the
    question, the scores, the engine, and whether a refusal was right.

    Args:
        answer: Usually read from a receipt.
        find: Gives the document that a receipt names, or None where it is not at hand.
        language: The language by which the documents were cut into sentences.
        supports: As of `verify`.

    Returns:
        Nothing, if the answer holds.
    """
    found = list(_inner_problems(answer, supports if answer.engine == WRITER else None))
    places = [*answer.citations, *answer.related]
    needed = {place.document_id for place in places} if places else {source.document_id for source in answer.documents}
    sources = {source.document_id: source for source in answer.documents}
    for document_id in sorted(needed):
        source = sources.get(document_id)
        document = find(source) if source else None
        own = [place for place in places if place.document_id == document_id]
        if source is None:
            found.append(f"A quote names a document that the receipt does not: {own[0].source!r}.")
        elif document is None:
            found.append(f"{source.source}: the document is not at hand, so its quotes cannot be checked.")
        elif document.sha256 != source.sha256:
            found.append(f"{source.source}: the document has changed since (SHA-256 {document.sha256}).")
        else:
            passages = split(document, language=language)
            found += [p for place in own if (p := _place_problem(place, source, document, passages))]
    return found


def unsupported(claim: Claim, hits: Sequence[Hit], *, supports: Supports | None = None) -> str | None:
    """Why a claim is not supported, by the rules of `verify`; None if it is."""
    passages = {hit.passage.id: hit for hit in hits}
    if not claim.quotes:
        return "It names no place in the document."
    for quote in claim.quotes:
        hit = passages.get(quote.passage_id)
        if hit is None:
            return f"It leans on passage {quote.passage_id!r}, which was not retrieved."
        if not hit.passage.start <= quote.start < quote.end <= hit.passage.end:
            return f"It leans on characters {quote.start} to {quote.end}, which lie outside the passage it names."
        in_passage = hit.passage.text[quote.start - hit.passage.start : quote.end - hit.passage.start]
        if hit.document.text[quote.start : quote.end] != in_passage:
            return f"The document does not hold the quote at characters {quote.start} to {quote.end}."
        if not _whole_sentences(quote, hit.passage):
            return "It quotes part of a sentence, and what is left out can turn the meaning."
    quoted = [passages[quote.passage_id].document.text[quote.start : quote.end] for quote in claim.quotes]
    return _unsaid(claim.sentence, quoted, supports)


def _verdict(question: str, quotes: Sequence[str]) -> str | None:
    """What the quotes that decide the question say; None if none does, or they say different things."""
    said = {decided for quote in quotes if (decided := verdict(question, _one_line(quote)))}
    return said.pop() if len(said) == 1 else None


def _whole_sentences(quote: Quote, passage: Passage) -> bool:
    return any(s.start == quote.start for s in passage.sentences) and any(s.end == quote.end for s in passage.sentences)


def _unsaid(sentence: str, quotes: Sequence[str], supports: Supports | None) -> str | None:
    """Why a sentence is neither word for word in the text it cites nor, if that is asked, supported by it."""
    quoted = _one_line(" ".join(quotes))
    if _one_line(sentence) in (quoted, *map(_one_line, quotes)):
        return None
    if supports:
        return supports(_one_line(sentence), [_one_line(quote) for quote in quotes])
    return f"Its words are not those of the text it cites: {quoted!r}."


def _citation(number: int, quote: Quote, hit: Hit) -> Citation:
    return Citation(
        number=number,
        document_id=hit.document.id,
        source=hit.document.source,
        title=hit.document.title,
        quote=hit.document.text[quote.start : quote.end],
        start=quote.start,
        end=quote.end,
        page=hit.document.page_at(quote.start),
        paragraph=_paragraph(hit, quote.start),
    )


def _related(hit: Hit) -> Related:
    passage, document = hit.passage, hit.document
    return Related(
        document_id=document.id,
        source=document.source,
        title=document.title,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        paragraph=_paragraph(hit, passage.start),
    )


def _paragraph(hit: Hit, offset: int) -> int:
    """The number of the paragraph that holds a document offset inside a hit's passage."""
    return max(s.paragraph for s in hit.passage.sentences if s.start <= offset)


def _place_problem(
    place: Citation | Related, source: Source, document: Document, passages: Sequence[Passage]
) -> str | None:
    """What is wrong with a quote or a related passage, given its document and the passages that it is cut into."""
    name, text = (
        (f"[{place.number}]", place.quote) if isinstance(place, Citation) else ("A related passage", place.text)
    )
    there = document.text[max(0, place.start) : max(0, place.end)]
    if there != text:
        pairs = zip(there, text, strict=False)
        same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(there), len(text)))
        return (
            f"{name} does not hold at character {place.start + same} of {source.source}: "
            f"the document has {there[same : same + 20]!r}, the receipt {text[same : same + 20]!r}."
        )
    holding = [p for p in passages if p.start <= place.start < place.end <= p.end]
    if place.end - place.start != len(text) or not any(
        _whole_sentences(Quote(p.id, place.start, place.end), p) for p in holding
    ):
        return f"{name} is not made of whole sentences of {source.source}."
    paragraph = max(s.paragraph for s in holding[0].sentences if s.start <= place.start)
    expected = (source.source, source.title, document.page_at(place.start), paragraph)
    if (place.source, place.title, place.page, place.paragraph) != expected:
        return f"{name} is not where it says: it is in paragraph {paragraph} of {source.source}, {source.title!r}."
    return None


def _inner_problems(answer: Answer, supports: Supports | None) -> Iterator[str]:
    """What is wrong with an answer taken by itself: its markers, sentences, short answer and status."""
    quotes = {citation.number: citation.quote for citation in answer.citations}
    if [c.number for c in answer.citations] != list(range(1, len(answer.citations) + 1)):
        yield f"The citations are numbered {[c.number for c in answer.citations]}, not 1, 2, 3 and so on."
    if unused := set(quotes) - {number for sentence in answer.sentences for number in sentence.citations}:
        yield f"No sentence leans on the citations {sorted(unused)}."
    for sentence in answer.sentences:
        if not sentence.citations:
            yield f"{sentence.text!r} has no citation."
        elif missing := [number for number in sentence.citations if number not in quotes]:
            yield f"{sentence.text!r} has the markers {missing}, which stand for no citation."
        elif reason := _unsaid(sentence.text, [quotes[number] for number in sentence.citations], supports):
            yield f"{sentence.text!r} is not supported. {reason}"
    expected = " ".join(map(marked, answer.sentences))
    if answer.text != expected and (expected or answer.text not in (_refusal(len(answer.documents)), *REPLIES)):
        yield "The answer's text is not its sentences with their markers."
    if answer.short is not None and not any(answer.short in _one_line(quote) for quote in quotes.values()):
        yield f"The short answer {answer.short!r} is in no cited quote."
    if answer.verdict != _verdict(answer.question, list(quotes.values())):
        yield f"The verdict {answer.verdict!r} is not what the quotes say."
    if answer.status is not _status(answer.sentences, answer.rejected):
        yield f"The status {answer.status.value!r} does not fit: {len(answer.sentences)} sentences are shown."
    if answer.related and answer.sentences:
        yield "Passages are called related beside an answer."


def _status(sentences: Sequence[AnswerSentence], rejected: Sequence[Rejection]) -> Status:
    if not sentences:
        return Status.NOT_IN_DOCUMENT
    return Status.PARTIAL if rejected else Status.ANSWERED


def _refusal(documents: int) -> str:
    return NOT_FOUND if documents == 1 else NOT_FOUND_IN_SEVERAL


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
