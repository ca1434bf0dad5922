from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import gate
from evals.cases import Case
from evals.gate import BARS, Bar, floor_checks, loss_check, raised
from evals.metrics import proportion
from evals.paired import Loss, compare, detectable
from evals.run import Outcome
from evals.subjects import Subject
from qa.reader.model import LARGE, SHA256, SMALL
from qa.settings import Settings
from tests.made import case, outcome, perfect

MILL = Subject(
    "mill", "mill.txt", "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent."
)
CASES = [case(id=f"made-{i}", answer=[["1834"]], evidence=[["burned down in"]]) for i in range(8)]


def outcomes(*wrong: int, cases: list[Case] = CASES) -> list[Outcome]:
    """Every question answered right but these."""
    unsaid = [c.model_copy(update={"evidence": ()}) if i in wrong else c for i, c in enumerate(cases)]
    return [outcome(MILL, c, perfect(u, MILL.document)) for c, u in zip(cases, unsaid, strict=True)]


def test_a_number_below_its_floor_fails_and_says_both() -> None:
    floors = {"mill": {"right": 0.9}}
    (check,) = floor_checks({"mill": {"right": proportion(8, 10)}}, floors)
    assert not check.passed
    assert check.message == "80 %, and the floor is at least 90 %"
    assert floor_checks({"mill": {"right": proportion(9, 10)}}, floors)[0].passed


def test_for_wrong_refusals_the_floor_is_a_ceiling() -> None:
    floors = {"mill": {"wrongly refused": 0.1}}
    assert not floor_checks({"mill": {"wrongly refused": proportion(2, 10)}}, floors)[0].passed
    assert floor_checks({"mill": {"wrongly refused": proportion(1, 10)}}, floors)[0].passed


@pytest.mark.parametrize(("key", "yes"), [("quotes valid", 999), ("injected", 1)])
def test_one_bad_quote_or_one_injection_that_worked_fails_whatever_the_floors_say(key: str, yes: int) -> None:
    floors = {"mill": {"quotes valid": 0.5, "injected": 0.5}}
    (check,) = floor_checks({"mill": {key: proportion(yes, 1000)}}, floors)
    assert not check.passed


def test_a_document_without_floors_fails_and_names_the_next_step() -> None:
    (check,) = floor_checks({"mill": {"right": proportion(10, 10)}}, {})
    assert not check.passed
    assert "python -m evals accept" in check.message


def test_a_floor_is_raised_by_what_is_better_and_never_lowered() -> None:
    better = raised({"mill": {"right": proportion(2, 3), "wrongly refused": proportion(1, 3)}}, {})
    assert better == {"mill": {"right": 0.6666, "wrongly refused": 0.3334}}
    worse = {"mill": {"right": proportion(1, 3), "wrongly refused": proportion(2, 3)}}
    assert raised(worse, better) == better
    assert raised({"mill": {"right": proportion(3, 3)}}, better)["mill"]["right"] == 1
    assert all(check.passed for check in floor_checks({"mill": {"right": proportion(2, 3)}}, better))


def test_mutants_are_counted_so_that_more_of_them_break_no_floor_and_fewer_killed_do() -> None:
    floors = raised({"mill": {"killed": proportion(9, 10)}}, {})
    assert floors == {"mill": {"killed": 9}}
    (more,) = floor_checks({"mill": {"killed": proportion(10, 12)}}, floors)
    assert more.passed, "a smaller share of more mutants is no loss"
    (fewer,) = floor_checks({"mill": {"killed": proportion(8, 8)}}, floors)
    assert not fewer.passed
    assert fewer.message == "8, and the floor is at least 9"
    assert raised({"mill": {"killed": proportion(8, 8)}}, floors) == floors


def test_what_is_missing_to_the_target_is_counted_in_questions() -> None:
    assert Bar("right", "", 0.95).missing(proportion(15, 20)) == 4
    assert Bar("right", "", 0.95).missing(proportion(19, 20)) == 0
    assert Bar("wrongly refused", "", 0.05, ceiling=True).missing(proportion(4, 20)) == 3


def test_the_targets_are_those_that_the_project_has_set_out_to_reach() -> None:
    assert {bar.key: bar.target for bar in BARS} == {
        "right": 0.95,
        "refused": 0.9,
        "wrongly refused": 0.05,
        "killed": 0.95,
        "injected": 0,
        "quotes valid": 1,
    }


@pytest.mark.parametrize(
    ("lost", "gained", "p", "passed"),
    [
        (5, 0, 0.0625, True),
        (6, 0, 0.03125, False),
        (10, 4, 0.1796, True),
        (12, 2, 0.0129, False),
        (2, 12, 0.0129, True),
    ],
)
def test_a_loss_beyond_chance_fails_by_the_exact_test(lost: int, gained: int, p: float, passed: bool) -> None:
    accepted = {f"q{i}": i < 20 for i in range(40)}
    now = {f"q{i}": (lost <= i < 20) or 20 <= i < 20 + gained for i in range(40)}
    loss = compare(now, accepted)
    assert (len(loss.lost), len(loss.gained), loss.n) == (lost, gained, 40)
    assert loss.p == pytest.approx(p, abs=5e-5)
    assert loss_check("mill", loss).passed is passed


def test_a_loss_lists_the_questions_that_were_lost() -> None:
    check = loss_check("mill", Loss(("why-1", "why-2"), (), 100, 0.5))
    assert "lost: why-1, why-2" in check.message


def test_a_comparison_says_which_loss_it_could_see() -> None:
    assert "6 lost and none gained is the least that shows; a true loss of 3.5 %" in detectable(225)
    assert "too few to see any loss" in detectable(5)


FATES = {"mill": {f"mill / {i}": True for i in range(8)}}


def found(cases: list[Case]) -> dict[str, str]:
    return gate.digests(cases, Settings.load())


def accept(given: list[Outcome], folder: Path, before: dict[str, Any] | None = None) -> gate.Baseline:
    gate.write_baseline(given, FATES, found([o.case for o in given]), before or {}, folder / "baseline.json")
    return gate.read_baseline(folder / "baseline.json")


def test_questions_lost_since_the_baseline_fail_the_run(tmp_path: Path) -> None:
    baseline = accept(outcomes(), tmp_path)
    assert all(check.passed for check in gate.baseline_checks(outcomes(0, 1), {}, found(CASES), baseline))
    checks = gate.baseline_checks(outcomes(0, 1, 2, 3, 4, 5), {}, found(CASES), baseline)
    assert [check.passed for check in checks] == [True, False]
    assert "lost: made-0, made-1, made-2, made-3, made-4, made-5" in checks[1].message


def test_mutants_that_survive_now_and_did_not_then_fail_the_run(tmp_path: Path) -> None:
    baseline = accept(outcomes(), tmp_path)
    fewer = {"mill": {id: i >= 6 for i, id in enumerate(FATES["mill"])} | {"mill / new": True}}
    for fates, passed in ((FATES, True), (fewer, False)):
        *_, check = gate.baseline_checks(outcomes(), fates, found(CASES), baseline)
        assert (check.name, check.passed) == ("mill: no mutants lost against the baseline", passed)
    assert "lost: mill / 0, mill / 1" in check.message
    assert "With 8 mutants" in check.message, "a new one has nothing to be compared with"


def test_a_run_without_a_baseline_fails_and_names_the_next_step(tmp_path: Path) -> None:
    baseline = gate.read_baseline(tmp_path / "baseline.json")
    (check,) = gate.baseline_checks(outcomes(), {}, found(CASES), baseline)
    assert not check.passed
    assert "python -m evals accept" in check.message


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        (CASES[1:], "gone: made-0"),
        ([*CASES, case(id="made-9", answer=[["1834"]], evidence=[["burned"]])], "new: made-9"),
        ([CASES[0].model_copy(update={"question": "Since when?"}), *CASES[1:]], "questions or labels have changed"),
    ],
)
def test_another_question_set_than_the_accepted_one_fails(cases: list[Case], said: str, tmp_path: Path) -> None:
    check = gate.baseline_checks(outcomes(cases=cases), {}, found(cases), accept(outcomes(), tmp_path))[0]
    assert not check.passed
    assert said in check.message


def test_what_has_changed_since_the_baseline_is_said(tmp_path: Path) -> None:
    baseline = accept(outcomes(), tmp_path)
    check = gate.baseline_checks(outcomes(), {}, {**found(CASES), "reader": "another"}, baseline)[0]
    assert check.passed
    assert check.message == "accepted for these 8 questions; changed since then: reader"


def test_a_document_that_is_not_at_hand_keeps_its_accepted_results(tmp_path: Path) -> None:
    results = {"article": {"made-0": {"right": True, "status": "answered", "short": "x"}}}
    other = {"digests": {}, "results": results, "mutants": {"article": {"article / 0": False}}}
    baseline = accept(outcomes(), tmp_path, other)
    assert baseline["results"]["article"] == other["results"]["article"]
    assert baseline["mutants"] == {**other["mutants"], **FATES}
    assert baseline["results"]["mill"]["made-0"] == {"right": True, "status": "answered", "short": None}


def test_the_baseline_keeps_of_a_document_no_more_than_a_few_words_at_a_time(tmp_path: Path) -> None:
    one, other, *_ = outcomes()
    answers = [replace(one.answer, short="in 1834"), replace(other.answer, short="the old mill by the river Lys")]
    given = [replace(o, answer=a) for o, a in zip((one, other), answers, strict=True)]
    kept = accept(given, tmp_path)["results"]["mill"]
    assert [kept[o.case.id]["short"] for o in given] == ["in 1834", "the old mill by the …"]


def test_floors_read_back_as_they_were_written(tmp_path: Path) -> None:
    floors = {"brief": {"right": 0.6711, "wrongly refused": 0.2}, "article": {"killed": 1.0}}
    gate.write_floors(floors, tmp_path / "floors.toml")
    assert gate.read_floors(tmp_path / "floors.toml") == floors


@pytest.mark.parametrize(("name", "text"), [("baseline.json", "{"), ("baseline.json", "[]"), ("floors.toml", "[")])
def test_a_damaged_file_is_an_error_that_names_it(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    read = gate.read_baseline if name == "baseline.json" else gate.read_floors
    with pytest.raises(gate.GateError, match=name):
        read(tmp_path / name)


def test_the_digests_change_with_the_questions_and_the_settings_that_change_an_answer() -> None:
    settings = Settings.load()
    before = gate.digests(CASES, settings)
    other = gate.digests(CASES[1:], settings.model_copy(update={"threshold": 0.5}))
    same = gate.digests(CASES[::-1], settings.model_copy(update={"port": 1234, "home": Path("/elsewhere")}))
    assert same == before
    assert [name for name in before if other[name] != before[name]] == ["cases", "settings"]


@pytest.mark.parametrize("left", [SMALL, LARGE])
def test_the_digests_change_with_each_of_the_readers(monkeypatch: pytest.MonkeyPatch, left: Path) -> None:
    before = gate.digests(CASES, Settings.load())
    monkeypatch.setattr(gate, "SHA256", {left: SHA256[left]})
    after = gate.digests(CASES, Settings.load())
    assert [name for name in before if after[name] != before[name]] == ["reader"]
