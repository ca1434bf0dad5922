"""Questions in SQuAD's format (1.1 or 2.0), so that users can measure the program on their own documents."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from rich.console import Console
from rich.table import Table

from evals.metrics import Summary, Verdict, Verdicts, percentile, quotes_valid, summary
from evals.report import interval, percent
from evals.run import Desk, Tick
from index.document import Document
from index.load import LoadError, load_bytes
from qa.answer import Answer, Status
from qa.reader.measures import exact, f1


class SquadError(ValueError):
    """A file that is not in SQuAD's format. The message says where."""


class _Gold(BaseModel):
    text: str


class _Question(BaseModel):
    id: str = ""
    question: str = Field(min_length=1)
    answers: list[_Gold] = []
    is_impossible: bool = False


class _Paragraph(BaseModel):
    context: str = Field(min_length=1)
    qas: list[_Question]


class _Article(BaseModel):
    title: str = "untitled"
    paragraphs: list[_Paragraph] = Field(min_length=1)


class _File(BaseModel):
    data: list[_Article] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its gold answers; none where the document does not answer it."""

    id: str
    question: str
    golds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A document to index, and the questions to ask of it."""

    document: Document
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question.

    Attributes:
        prediction: The short answer; the sentences shown where none is set apart; "" for a refusal.
    """

    asked: Asked
    answer: Answer
    prediction: str
    seconds: float
    quotes: Verdicts


def load_squad(path: Path, *, per_paragraph: bool = False) -> list[Text]:
    """Read a file in SQuAD's format.

    Args:
        path: The file.
        per_paragraph: Make each paragraph a document, as SQuAD has it; else each article is one, which is harder,
            since the right paragraph must be found first.

    Raises:
        SquadError: The file is missing, or not in the format.
    """
    try:
        articles = _File.model_validate_json(path.read_bytes()).data
    except OSError as error:
        raise SquadError(f"{path}: cannot be read ({error.strerror}). Give the path of a SQuAD JSON file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise SquadError(
            f"{path}: not SQuAD's format: {where}: {first['msg']}. It is "
            '{"data": [{"title": …, "paragraphs": [{"context": …, "qas": [{"question": …, "answers": […]}]}]}]}.'
        ) from error
    texts = list[Text]()
    for i, article in enumerate(articles):
        groups = [[paragraph] for paragraph in article.paragraphs] if per_paragraph else [article.paragraphs]
        for j, group in enumerate(groups):
            name = f"{article.title}-{i}-{j}.txt"
            questions = tuple(_asked(question) for paragraph in group for question in paragraph.qas)
            if questions:
                texts.append(Text(_document("\n\n".join(p.context for p in group), name), questions))
    if not texts:
        raise SquadError(f"{path}: there is no question in it. Give a file with qas.")
    return texts


def ask_squad(texts: Sequence[Text], desk: Desk, *, tick: Tick = lambda: None) -> list[Answered]:
    """Ask every question of its own document."""
    found = list[Answered]()
    for text in texts:
        assistant = desk.open(text.document)
        assistant.warm_up()
        for asked in text.questions:
            start = time.perf_counter()
            answer = assistant.ask(asked.question)
            seconds = time.perf_counter() - start
            found.append(Answered(asked, answer, prediction(answer), seconds, quotes_valid(answer, text.document)))
            tick()
    return found


def prediction(answer: Answer) -> str:
    """What SQuAD's measures see of an answer."""
    if answer.status is Status.NOT_IN_DOCUMENT:
        return ""
    return answer.short or " ".join(sentence.text for sentence in answer.sentences)


def scores(found: Sequence[Answered]) -> dict[str, Summary]:
    """SQuAD's numbers: exact match and F1 over all and over the answerable, and refusals.

    As in SQuAD 2.0, a refusal of a question without an answer scores 1, and any answer to it 0.
    """
    answerable = [a for a in found if a.asked.golds]
    unanswerable = [a for a in found if not a.asked.golds]
    refusal = {id(a): Verdict(float(a.answer.status is Status.NOT_IN_DOCUMENT), "") for a in found}
    numbers = {
        "exact match": summary([Verdict(_score(a, "exact"), a.prediction) for a in found]),
        "F1": summary([Verdict(_score(a, "F1"), a.prediction) for a in found]),
        "answerable: exact match": summary([Verdict(_score(a, "exact"), a.prediction) for a in answerable]),
        "answerable: F1": summary([Verdict(_score(a, "F1"), a.prediction) for a in answerable]),
        "answerable, refused": summary([refusal[id(a)] for a in answerable]),
        "unanswerable, refused": summary([refusal[id(a)] for a in unanswerable]),
        "quotes valid": summary([verdict for a in found for verdict in a.quotes]),
    }
    return {name: number for name, number in numbers.items() if number}


def print_scores(found: Sequence[Answered], console: Console) -> None:
    """The numbers as a table."""
    table = Table("what", "value", "95 % interval", "n", title="SQuAD", title_justify="left")
    for name, number in scores(found).items():
        table.add_row(name, percent(number.value), interval(number), f"{number.n:,}")
    console.print(table)
    seconds = [a.seconds for a in found]
    p50, p95 = 1000 * percentile(seconds, 50), 1000 * percentile(seconds, 95)
    console.print(f"{len(found)} questions, p50 {p50:.0f} ms, p95 {p95:.0f} ms")


def to_json(found: Sequence[Answered]) -> str:
    """The numbers and every question, for programs."""
    whole: dict[str, Any] = {
        "scores": {name: asdict(number) for name, number in scores(found).items()},
        "questions": [
            {
                **asdict(a.asked),
                "prediction": a.prediction,
                "exact": _score(a, "exact"),
                "F1": _score(a, "F1"),
                "seconds": round(a.seconds, 4),
                "receipt": json.loads(a.answer.to_json()),
            }
            for a in found
        ],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _score(answered: Answered, measure: str) -> float:
    golds = answered.asked.golds or ("",)
    return (exact if measure == "exact" else f1)(answered.prediction, golds)


def _asked(question: _Question) -> Asked:
    golds = () if question.is_impossible else tuple(dict.fromkeys(gold.text for gold in question.answers))
    return Asked(question.id, question.question, golds)


def _document(text: str, name: str) -> Document:
    try:
        return load_bytes(text.encode(), name=name)
    except LoadError as error:
        raise SquadError(f"{error}") from error
