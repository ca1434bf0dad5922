import json
from pathlib import Path

import numpy as np
import pytest

from qa.fit import WRONG_REFUSALS, Asked, as_json, decided, fit_all, left_out, probability, report, shown_of
from qa.judge import FEATURES, READ_AGAIN, SCORER_FILE, load_scorers, unsure
from qa.reader.plots import reliability, risk_coverage
from qa.trials import Trial, turns

RANK = FEATURES.index("rank")


def asked_once(i: int, kind: str, document: str) -> Asked:
    """Of six sentences in six passages one answers; the first reader mostly knows which, and the second always does."""
    dice = np.random.default_rng(i)
    right = np.zeros(6, bool)
    right[i // 2 % 6] = kind == "answerable"
    readings = list[Trial]()
    for noise in (4.0, 0.5):
        features = dice.normal(size=(6, len(FEATURES)))
        features[:, 0] = np.where(right, 4, -4) + noise * dice.normal(size=6)
        features[:, RANK] = 1 / np.arange(1, 7)
        readings.append(Trial(document, "newwiki", kind, False, features, right, right, ("",) * 6, ("",) * 6, ()))
    return tuple(readings)


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    return [asked_once(i, ("answerable", "taken out")[i % 2], f"document {i % 3}") for i in range(480)]


def answerable(asked: list[Asked]) -> list[Asked]:
    return [a for a in asked if a[0].kind == "answerable"]


def test_what_the_readers_know_is_found_and_the_rest_is_weighed_down(asked: list[Asked]) -> None:
    for scorer in fit_all(asked):
        assert np.abs(scorer.order[:RANK]).argmax() == 0


def test_the_threshold_refuses_as_many_of_the_answerable_as_it_may(asked: list[Asked]) -> None:
    scorers = fit_all(asked)
    refused = [probability(*decided(a, scorers)) < scorers[-1].threshold for a in answerable(asked)]
    assert np.mean(refused) == pytest.approx(WRONG_REFUSALS, abs=0.01)
    assert len({scorer.threshold for scorer in scorers}) == 1


def test_where_the_first_reader_is_not_sure_the_second_reads_its_best_passages_and_decides(asked: list[Asked]) -> None:
    scorers, seen = fit_all(asked), set[bool]()
    for question in asked:
        trial, scorer = decided(question, scorers)
        first = probability(question[0], scorers[0])
        seen.add(unsure(first))
        if not unsure(first):
            assert (trial, scorer) == (question[0], scorers[0])
            continue
        assert scorer is scorers[1]
        best = np.argsort(-(question[0].features @ scorers[0].order))[:READ_AGAIN]
        assert sorted(trial.features[:, RANK]) == sorted(question[1].features[best, RANK])
        for i, row in enumerate(trial.features):
            assert row[1] == max(np.delete(trial.features[:, 0], i))
    assert seen == {True, False}


def test_two_readers_find_more_than_the_first_alone(asked: list[Asked]) -> None:
    scorers = fit_all(asked)

    def right(trial: Trial, order: np.ndarray) -> bool:
        return bool(trial.right[(trial.features @ order).argmax()])

    alone = [right(a[0], scorers[0].order) for a in answerable(asked)]
    both = [right(trial, s.order) for trial, s in (decided(a, scorers) for a in answerable(asked))]
    assert sum(both) > sum(alone)


def test_a_reader_that_is_alone_decides_all(asked: list[Asked]) -> None:
    (scorer,) = fit_all([a[:1] for a in asked])
    assert all(decided(a[:1], [scorer]) == (a[0], scorer) for a in asked)
    assert np.mean([a[0].right[shown_of(a[0], scorer)].any() for a in answerable(asked)]) > 0.8


def test_a_feature_that_is_not_used_weighs_nothing(asked: list[Asked]) -> None:
    for scorer in fit_all(asked, FEATURES[1:]):
        assert scorer.order[0] == scorer.answers[0] == 0


def test_no_document_is_measured_with_numbers_that_were_fitted_on_it(asked: list[Asked]) -> None:
    scorers = {a[0].document: s for a, s in left_out(asked)}
    for document, fitted in scorers.items():
        again = fit_all([a for a in asked if a[0].document != document])
        assert all(np.array_equal(one.order, other.order) for one, other in zip(again, fitted, strict=True))
    assert report(asked)["refused, taken out"]["n"] == 240


def test_the_fitted_numbers_are_read_back_as_they_were_written(asked: list[Asked], tmp_path: Path) -> None:
    scorers = fit_all(asked)
    (tmp_path / SCORER_FILE).write_text(json.dumps(as_json(scorers)))
    for one, other in zip(load_scorers(tmp_path), scorers, strict=True):
        assert np.allclose(one.order, other.order, atol=1e-4)


def test_a_dialogue_becomes_questions_and_answers() -> None:
    dialogue = [("user", "Hello"), ("assistant", "Yes?"), ("assistant", "What is it?"), ("user", "The mill")]
    found = turns([{"role": role, "text": text} for role, text in dialogue])
    assert found == [("Hello", "Yes? What is it? [1]"), ("The mill", "")]


def test_the_plots_are_pictures_and_a_better_order_lies_lower() -> None:
    good = risk_coverage([0.9, 0.8, 0.2, 0.1] * 50, [True, True, False, False] * 50)
    bad = risk_coverage([0.1, 0.2, 0.8, 0.9] * 50, [True, True, False, False] * 50)
    assert good != bad
    for picture in (good, bad, reliability([0.1, 0.9], [False, True])):
        assert picture.startswith("<svg")
        assert picture.rstrip().endswith("</svg>")
