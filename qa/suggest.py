"""Questions that a document answers, made from its own sentences by rule and each tried before it is shown."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock, Thread

from index.document import Document
from index.embed import EmbedError
from index.load import LoadError
from index.split import split
from index.store import StoreError
from qa.answer import Answer, Status
from qa.assistant import Assistant
from qa.converse import leans_back

Ask = Callable[[str], Answer]

MOST_TRIED = 40
"""Candidates tried for one choice of documents; each costs as much as a question."""
LONGEST = 110
"""In characters: a suggestion has to fit on a button."""

_SAYING = (
    "said|says|alleged|alleges|asserted|asserts|argued|argues|warned|warns|claimed|claims|stressed|stresses|predicted"
    "|predicts|acknowledged|acknowledges|announced|announces|believes|believed|denied|denies|stated|states|reported"
    "|found|showed|shows|concluded|concludes|suggested|suggests|noted|notes|proposed|proposes"
)
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December"
    "|early|late|mid|spring|summer|autumn|winter|the (?:spring|summer|autumn|winter) of)"
)
_DATE = rf"(?:{_MONTH}[ -])?(?:1[0-9]|20)\d\d"
_NAME = r"(?:[A-Z][\w’'-]+)(?: (?:[A-Z][\w’'-]+|[A-Z]\.|bin|al|de|von|van))+"
_ROLE = r"\w{2,}(?:er|or|ist|ent|man|woman|ian|ssor|chief|king|queen|head|envoy|poet)"
_AUXILIARY = "is|are|was|were|has|have|had|can|could|will|would|should|must"

_SAID_THAT = re.compile(rf"\b({_SAYING})(?: in {_DATE})?,? that (.+)$")
_HAPPENED = re.compile(rf"\b[Ii]n ({_DATE})\b(?![–-])")
_PERSON = re.compile(rf"\b({_NAME}), (?:who (?:is|was|heads|headed|leads|led)|(?:[^,.]+ )?{_ROLE})\b[^,]*,")
_SUBJECT = r"(?!In |On |At |For |With |Over |Under |Although |While |Since |\w+ing\b)[^,;:]{3,40}?"
_DEFINED = re.compile(rf"^({_SUBJECT}) (is|are|was|were) (?:an?|the|one of)\b")
_BECAUSE = re.compile(rf"^({_SUBJECT}) ({_AUXILIARY}) ([^;:]+?),? (?:because|in order to)\b")
_PASSIVE = re.compile(rf"^({_SUBJECT}) (was|were) (\w+(?:ed|en|t|wn)\b.*?) in ({_DATE})\b")
_PROPER = re.compile(rf"(?<=[a-z,] )(the )?({_NAME})(?<!’s)(?<!’)(?<!ian)(?<!ish)(?<!ese)\b")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that was tried and answered.

    Attributes:
        document_id: The document whose sentence it was made from, and which the answer cites.
        start: Where that sentence starts, in document offsets.
    """

    question: str
    document_id: str
    start: int


def suggest(ask: Ask, documents: Sequence[Document], *, language: str = "en") -> Iterator[Suggestion]:
    """Questions made from the documents' sentences, spread over them, as each turns out to be answered.

    A question counts as answered when the whole answer is supported and cites the sentence it was made from.

    Args:
        ask: Asks the documents, for example `Assistant.ask`.
        documents: What to make questions from.
        language: As in `index.split.split`.
    """
    tried = list[Suggestion]()
    for document in documents:
        for start, end in sorted({(s.start, s.end) for p in split(document, language=language) for s in p.sentences}):
            tried += [Suggestion(q, document.id, start) for q in candidates(document.text[start:end])]
    seen = set[str]()
    for candidate in _spread(tried)[:MOST_TRIED]:
        if candidate.question in seen:
            continue
        seen.add(candidate.question)
        answer = ask(candidate.question)
        cited = {(citation.document_id, citation.start) for citation in answer.citations}
        if answer.status is Status.ANSWERED and (candidate.document_id, candidate.start) in cited:
            yield candidate


def candidates(sentence: str) -> list[str]:
    """The questions that a sentence may answer, the most telling first. They are guesses by rule: try each."""
    sentence = " ".join(sentence.split()).rstrip(".")
    made = list[str]()
    if said := _SAID_THAT.search(sentence):
        made.append(f"Who {said[1]} that {said[2]}?")
    if (why := _BECAUSE.match(sentence)) and not said:
        made.append(f"Why {why[2]} {_inner(why[1])} {why[3]}?")
    if when := _PASSIVE.match(sentence):
        made.append(f"When {when[2]} {_inner(when[1])} {when[3]}?")
    if person := _PERSON.search(sentence):
        made.append(f"Who is {person[1]}?")
    if defined := _DEFINED.match(sentence):
        made.append(f"What {defined[2]} {_inner(defined[1])}?")
    if happened := _HAPPENED.search(sentence):
        made.append(f"What happened in {happened[1]}?")
    if not made and (proper := _PROPER.search(sentence)):
        made.append(f"What is said about {proper[1] or ''}{proper[2]}?")
    return [question for question in made if len(question) <= LONGEST and _stands_alone(question)]


def next_suggestions(
    found: Sequence[Suggestion], asked: Sequence[str], last: Answer | None, *, most: int = 3
) -> list[Suggestion]:
    """The suggestions to show: those not asked yet, and after an answer the ones from around what it cites.

    Args:
        found: What there is, in the order in which it was found.
        asked: The questions of the conversation so far.
        last: The conversation's last answer.
        most: How many to give.
    """
    cited = {(c.document_id, c.start) for c in last.citations} if last else set[tuple[str, int]]()
    asked_before = {_key(question) for question in asked}
    fresh = [s for s in found if _key(s.question) not in asked_before and (s.document_id, s.start) not in cited]
    if cited:
        fresh.sort(key=lambda s: min((abs(s.start - at) for id, at in cited if id == s.document_id), default=10**9))
    return fresh[:most]


def question_about(ask: Ask, words: str, start: int) -> str:
    """A question about a sentence: one that is answered from it, or else one that quotes it.

    Args:
        ask: As in `suggest`.
        words: The sentence.
        start: Where it starts in its document.
    """
    for question in candidates(words):
        if any(citation.start == start for citation in ask(question).citations):
            return question
    return f"What is said about “{' '.join(words.split())[:200]}”?"


class Suggester:
    """Makes suggestions in the background, once for each choice of documents.

    Args:
        assistant: Opens an assistant on the documents of some ids.
        language: As in `index.split.split`.
    """

    def __init__(self, assistant: Callable[[tuple[str, ...]], Assistant], *, language: str = "en") -> None:
        self._assistant = assistant
        self._language = language
        self._found = dict[tuple[str, ...], list[Suggestion]]()
        self._making = set[tuple[str, ...]]()
        self._lock = Lock()

    def found(self, ids: tuple[str, ...]) -> tuple[list[Suggestion], bool]:
        """What was found for a choice of documents so far, and whether more is being looked for."""
        with self._lock:
            if ids not in self._found:
                self._found[ids] = []
                self._making.add(ids)
                Thread(target=self._make, args=(ids,), daemon=True).start()
            return [*self._found[ids]], ids in self._making

    def _make(self, ids: tuple[str, ...]) -> None:
        try:
            assistant = self._assistant(ids)
            for suggestion in suggest(assistant.ask, assistant.documents, language=self._language):
                self._found[ids].append(suggestion)
        except (EmbedError, LoadError, StoreError):
            pass  # a document was removed in between; what was found until then was answered
        finally:
            self._making.discard(ids)


def _key(question: str) -> str:
    return " ".join(question.casefold().rstrip("? ").split())


def _inner(subject: str) -> str:
    """A sentence's subject as it stands inside a question: "The mill" becomes "the mill", "Moscow" stays."""
    first = subject.split(" ", 1)[0]
    small = first in {"The", "A", "An", "These", "Those", "Its", "His", "Her", "Their", "Some", "Many", "Most", "All"}
    return subject[0].lower() + subject[1:] if small else subject


def _stands_alone(question: str) -> bool:
    """Whether a question has no word that points outside it, and is no fragment with an odd quote or bracket."""
    balanced = all(question.count(a) == question.count(b) for a, b in ("()", "“”", "[]"))
    return balanced and ";" not in question and "’s:" not in question and not leans_back(question)


def _spread(made: Sequence[Suggestion]) -> list[Suggestion]:
    """In an order of which every beginning is spread evenly: by fractional parts of multiples of the golden ratio."""
    return [made[i] for i in sorted(range(len(made)), key=lambda i: i * 0.6180339887498949 % 1)]
