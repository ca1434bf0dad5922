"""A draft becomes an answer, or part of it is rejected. Pure, and the only place that builds a `Citation`."""

import re
from collections.abc import Callable, Iterator, Sequence

from index.document import Document, Hit, Passage
from qa.answer import (
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

NOT_FOUND = "The document does not answer this question."
NOT_FOUND_IN_SEVERAL = "None of the documents answers this question."
RELATED = 3
"""How many of the nearest passages are shown, as not being evidence, where there is no answer."""


def verify(draft: Draft, hits: Sequence[Hit], documents: Sequence[Document] = ()) -> Answer:
    """Keep the claims of a draft that the document supports, and reject the others with a reason.

    A claim is supported when each of its quotes is one or more whole sentences of a passage that was retrieved, the
    document holds it at its offsets, and the claim's sentence is one of the quotes, or all of them, word for word.

    Args:
        draft: What an answerer proposes.
        hits: The passages it was given, the nearest first.
        documents: All documents that were asked, for the receipt; those of the hits where left out.

    Returns:
        An answer in which every sentence has a citation and every citation's quote is the document's text at
        its offsets.
    """
    passages = {hit.passage.id: hit for hit in hits}
    citations: dict[tuple[str, int, int], Citation] = {}
    sentences, rejected = list[AnswerSentence](), list[Rejection]()
    for claim in draft.claims:
        if reason := _unsupported(claim, passages):
            rejected.append(Rejection(claim.sentence, reason))
            continue
        for quote in claim.quotes:
            hit = passages[quote.passage_id]
            key = (hit.document.id, quote.start, quote.end)
            citations.setdefault(key, _citation(len(citations) + 1, quote, hit))
        numbers = [citations[passages[q.passage_id].document.id, q.start, q.end].number for q in claim.quotes]
        sentences.append(AnswerSentence(_one_line(claim.sentence), tuple(dict.fromkeys(numbers))))

    asked = documents or list({hit.document.id: hit.document for hit in hits}.values())
    short = draft.short and _one_line(draft.short)
    return Answer(
        question=draft.question,
        status=Status.NOT_IN_DOCUMENT if not sentences else Status.PARTIAL if rejected else Status.ANSWERED,
        text=" ".join(map(marked, sentences)) or (NOT_FOUND if len(asked) == 1 else NOT_FOUND_IN_SEVERAL),
        short=short if short and any(short in _one_line(c.quote) for c in citations.values()) else None,
        sentences=tuple(sentences),
        citations=tuple(citations.values()),
        rejected=tuple(rejected),
        related=() if sentences else tuple(_related(hit) for hit in hits[:RELATED]),
        documents=tuple(Source(d.id, d.source, d.title, d.sha256) for d in asked),
        scores=draft.scores,
        engine=draft.engine,
    )


def marked(sentence: AnswerSentence) -> str:
    """A sentence with its markers, as `Answer.text` shows it: "It began in 2015. [1]"."""
    return " ".join([sentence.text, *(f"[{number}]" for number in sentence.citations)])


def problems(answer: Answer, find: Callable[[Source], Document | None]) -> list[str]:
    """Check an answer again, later, against its documents: what does not hold, in sentences.

    No model is asked: quotes are compared at their offsets, and each sentence with its quotes.

    Args:
        answer: Usually read from a receipt.
        find: Gives the document that a receipt names, or None where it is not at hand.

    Returns:
        Nothing, if the answer holds.
    """
    found = list[str]()
    documents: dict[str, Document] = {}
    for source in answer.documents:
        document = find(source)
        if document is None:
            found.append(f"{source.source}: the document is not at hand, so its quotes cannot be checked.")
        elif document.sha256 != source.sha256:
            found.append(f"{source.source}: the document has changed since (SHA-256 {document.sha256}).")
        else:
            documents[source.document_id] = document
    found += [problem for citation in answer.citations if (problem := _citation_problem(citation, documents))]
    return found + list(_answer_problems(answer))


def _unsupported(claim: Claim, passages: dict[str, Hit]) -> str | None:
    """Why a claim is not supported; None if it is."""
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
    return _unquoted(claim.sentence, quoted)


def _whole_sentences(quote: Quote, passage: Passage) -> bool:
    return any(s.start == quote.start for s in passage.sentences) and any(s.end == quote.end for s in passage.sentences)


def _unquoted(sentence: str, quotes: Sequence[str]) -> str | None:
    """Why a sentence is not word for word in the text it cites; None if it is."""
    quoted = _one_line(" ".join(quotes))
    if _one_line(sentence) in (quoted, *map(_one_line, quotes)):
        return None
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


def _citation_problem(citation: Citation, documents: dict[str, Document]) -> str | None:
    document = documents.get(citation.document_id)
    if document is None:
        return (
            f"[{citation.number}] names a document that the receipt does not: {citation.source!r}."
            if (documents)
            else None
        )
    text = document.text[citation.start : citation.end]
    if text == citation.quote:
        return None
    pairs = zip(text, citation.quote, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(text), len(citation.quote)))
    return (
        f"[{citation.number}] does not hold at character {citation.start + same} of {citation.source}: "
        f"the document has {text[same : same + 20]!r}, the receipt {citation.quote[same : same + 20]!r}."
    )


def _answer_problems(answer: Answer) -> Iterator[str]:
    """What is wrong with an answer taken by itself: its markers, sentences, short answer and status."""
    quotes = {citation.number: citation.quote for citation in answer.citations}
    if list(quotes) != list(range(1, len(answer.citations) + 1)):
        yield f"The citations are numbered {[c.number for c in answer.citations]}, not 1, 2, 3 and so on."
    for sentence in answer.sentences:
        if missing := [number for number in sentence.citations if number not in quotes]:
            yield f"{sentence.text!r} has the markers {missing}, which stand for no citation."
        elif reason := _unquoted(sentence.text, [quotes[number] for number in sentence.citations]):
            yield f"{sentence.text!r} is not supported. {reason}"
    if answer.sentences and answer.text != " ".join(map(marked, answer.sentences)):
        yield "The answer's text is not its sentences with their markers."
    if not answer.sentences and answer.text not in (NOT_FOUND, NOT_FOUND_IN_SEVERAL):
        yield "The answer's text has no sentence with a citation behind it."
    if answer.short and not any(answer.short in _one_line(quote) for quote in quotes.values()):
        yield f"The short answer {answer.short!r} is in no cited quote."
    if (answer.status is Status.NOT_IN_DOCUMENT) != (not answer.sentences):
        yield f"The status {answer.status.value!r} does not fit an answer of {len(answer.sentences)} sentences."


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
