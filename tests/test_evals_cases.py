import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cases import CaseError, check_labels, holds, load_cases, normal
from evals.subjects import Subject, article, brief
from index.load import LoadError

GOOD = {
    "id": "mill-1",
    "question": "When did the old mill burn down?",
    "kind": "fact",
    "answerable": True,
    "answer": [["1834"]],
    "evidence": [["burned down in"]],
}
MILL = Subject(
    "mill", "mill.txt", "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent."
)


def write(folder: Path, *lines: dict[str, Any] | str) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "mill.jsonl").write_text("\n".join(texts))
    return folder


def test_the_fixed_set_has_two_hundred_questions_of_every_kind() -> None:
    count = Counter(case.kind.value for case in load_cases())
    assert count.total() >= 200
    least = {"fact": 60, "why": 20, "attribution": 25, "list": 15, "paraphrase": 25, "follow-up": 20}
    least |= {"near miss": 25, "far": 10, "false premise": 15, "injection": 10}
    assert {kind: count[kind] for kind in least if count[kind] < least[kind]} == {}


def test_every_label_of_the_fixed_set_is_held_by_the_documents_at_hand() -> None:
    other = article()
    check_labels(load_cases(), [brief(), *([other] if other else [])], complete=other is not None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answr": [["1834"]]}, '"answr"|answr'),
        ({"kind": "riddle"}, '"riddle"'),
        ({"answerable": "perhaps"}, '"perhaps"'),
        ({"evidence": [[]]}, r"evidence\.0"),
        ({"evidence": [[" "]]}, '" "'),
        ({"evidence": []}, "'mill-1' is answerable, so it needs an answer and its evidence"),
        ({"answerable": False}, "'mill-1' is not answerable, so it can have neither"),
        ({"history": [["only a question"]]}, "only a question|history"),
    ],
)
def test_a_line_that_is_no_case_is_an_error_that_quotes_it(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseError, match=rf"mill.jsonl, line 2: .*(?:{said})"):
        load_cases(write(tmp_path, {**GOOD, "id": "mill-0"}, {**GOOD, **change}))


def test_a_line_that_is_not_json_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"mill\.jsonl, line 1: "):
        load_cases(write(tmp_path, "{oops"))


def test_a_file_that_is_not_utf_8_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "caf\xe9"}')
    with pytest.raises(CaseError, match=r"latin\.jsonl: not UTF-8"):
        load_cases(tmp_path)


def test_an_article_that_is_not_text_is_an_error_and_a_missing_one_is_none(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoadError, match="not text in UTF-8"):
        article(tmp_path / "article.txt")
    assert article(tmp_path / "none.txt") is None


def test_two_cases_of_one_id_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="line 2: the id 'mill-1' is taken"):
        load_cases(write(tmp_path, GOOD, GOOD))


def test_a_folder_without_questions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there is no question"):
        load_cases(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": [["burned up in"]]}, "no sentence of the mill holds the evidence 'burned up in'"),
        ({"evidence": [["1834. Its owner"]]}, "no sentence of the mill holds the evidence"),
        ({"answer": [["1843", "1844"]]}, "holds the answer '1843' or '1844'"),
        ({"evidence": [["burned down in", "went up in flames"]]}, "no document holds the evidence 'went up in flames'"),
    ],
)
def test_a_label_that_nothing_could_meet_is_an_error(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    cases = load_cases(write(tmp_path, {**GOOD, **change}))
    with pytest.raises(CaseError, match=rf"mill-1: .*{said}"):
        check_labels(cases, [MILL], complete=True)


def test_a_wording_of_a_document_that_is_not_at_hand_is_no_error(tmp_path: Path) -> None:
    cases = load_cases(write(tmp_path, {**GOOD, "evidence": [["burned down in", "went up in flames"]]}))
    check_labels(cases, [MILL], complete=False)


@pytest.mark.parametrize(
    ("text", "words", "held"),
    [
        ("in 2010", "10", False),
        ("Zamir Kabulov", "Kabul", False),
        ("Kabul’s security", "kabul", True),
        ("the ‘defining  moment’ of 2017–19", "'defining moment' OF 2017-19", True),
        ("as said [7] before", "[7]", True),
    ],
)
def test_words_are_found_whole_whatever_their_case_quotes_and_dashes(text: str, words: str, held: bool) -> None:
    assert holds(text, words) is held


@given(st.text())
def test_making_a_text_alike_twice_changes_nothing_more(text: str) -> None:
    assert normal(normal(text)) == normal(text)
