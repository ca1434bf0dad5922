import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.squad import Answered, Asked, SquadError, load_squad, prediction, scores
from tests.conftest import Ran, document
from tests.made import answer

BURNED = "The old mill by the river burned down in 1834."
MOVED = "Its owner, Adam Reed, moved to Ghent afterwards."
MILL = document(f"{BURNED} {MOVED}")


def qa(question: str, *golds: str, **more: Any) -> dict[str, Any]:
    return {"id": question, "question": question, "answers": [{"text": g, "answer_start": 0} for g in golds], **more}


def write(path: Path, *paragraphs: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "The mill", "paragraphs": list(paragraphs)}]}))
    return path


TWO = (
    {"context": BURNED, "qas": [qa("When did the old mill burn down?", "1834", "in 1834")]},
    {"context": MOVED, "qas": [qa("Why did the owner's wife sell the house?", "Ghent", is_impossible=True)]},
)


def test_an_article_is_one_document_or_each_paragraph_is(tmp_path: Path) -> None:
    path = write(tmp_path / "squad.json", *TWO)
    (whole,) = load_squad(path)
    assert whole.document.text == f"{BURNED}\n\n{MOVED}"
    assert [asked.golds for asked in whole.questions] == [("1834", "in 1834"), ()]
    first, second = load_squad(path, per_paragraph=True)
    assert (first.document.text, second.document.text) == (BURNED, MOVED)
    assert [len(first.questions), len(second.questions)] == [1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{oops", "the whole file"),
        ('{"data": []}', "data"),
        ('{"data": [{"paragraphs": [{"context": "A mill."}]}]}', r"data\.0\.paragraphs\.0\.qas"),
        ('{"data": [{"paragraphs": [{"context": "A mill.", "qas": []}]}]}', "there is no question in it"),
        ('{"data": [{"paragraphs": [{"context": " ", "qas": [{"question": "Who?"}]}]}]}', "there is no text in it"),
    ],
)
def test_a_file_of_another_format_is_an_error_that_says_where(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(SquadError, match=said):
        load_squad(tmp_path / "other.json")


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SquadError, match=r"nowhere\.json: cannot be read"):
        load_squad(tmp_path / "nowhere.json")


def made(golds: tuple[str, ...], *shown: str, short: str | None = None) -> Answered:
    said = answer(MILL, *shown, short=short)
    return Answered(Asked("q", "?", golds), said, prediction(said), 0.1, ())


def test_squads_numbers_count_refusals_as_squad_does() -> None:
    found = [
        made(("1834",), BURNED, short="1834"),
        made(("Adam Reed",), MOVED, short="owner, Adam Reed"),
        made(("Ghent",)),
        made(()),
        made((), BURNED),
    ]
    numbers = {name: round(number.value, 3) for name, number in scores(found).items()}
    assert numbers == {
        "exact match": 0.4,
        "F1": 0.56,
        "answerable: exact match": 0.333,
        "answerable: F1": 0.6,
        "answerable, refused": 0.333,
        "unanswerable, refused": 0.5,
    }


def test_without_a_short_answer_the_sentences_are_what_is_measured() -> None:
    assert prediction(answer(MILL, BURNED)) == BURNED
    assert prediction(answer(MILL)) == ""


def test_a_user_measures_the_program_on_their_own_questions(tmp_path: Path, footnote: Callable[..., Ran]) -> None:
    ran = footnote("eval", "--squad", write(tmp_path / "squad.json", *TWO), "--out", tmp_path / "out")
    assert ran.code == 0
    assert "exact match" in ran.out
    written = json.loads((tmp_path / "out" / "squad.json").read_text())
    assert written["scores"]["answerable: exact match"]["value"] == 1
    assert written["questions"][0]["prediction"] == "1834"


def test_wrong_use_of_eval_is_a_sentence_and_exit_code_2(tmp_path: Path, footnote: Callable[..., Ran]) -> None:
    ran = footnote("eval", "--squad", tmp_path / "nowhere.json")
    assert ran.code == 2
    assert "cannot be read" in ran.err
    assert "Traceback" not in ran.err
