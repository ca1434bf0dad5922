import json
from pathlib import Path

import numpy as np
import pytest

from qa.fit import WRONG_REFUSALS, as_json, fit, left_out, probability, report, shown_of
from qa.read import FEATURES, SCORER_FILE, load_scorer
from qa.reader.plots import reliability, risk_coverage
from qa.trials import Trial, turns


def trial(i: int, kind: str, document: str) -> Trial:
    """Of four sentences one answers, and the reader's margin knows which."""
    dice = np.random.default_rng(i)
    right = np.zeros(4, bool)
    features = dice.normal(size=(4, len(FEATURES)))
    if kind == "answerable":
        right[i % 4] = True
    features[:, 0] = np.where(right, 4, -4) + dice.normal(size=4)
    return Trial(document, "newwiki", kind, False, features, right, right, ("",) * 4, ("",) * 4, ())


@pytest.fixture(scope="module")
def asked() -> list[Trial]:
    return [trial(i, ("answerable", "taken out")[i % 2], f"document {i % 3}") for i in range(240)]


def test_what_the_reader_knows_is_found_and_the_rest_is_weighed_down(asked: list[Trial]) -> None:
    scorer = fit(asked)
    assert np.abs(scorer.order).argmax() == 0
    answerable = [probability(t, scorer) for t in asked if t.kind == "answerable"]
    assert np.mean(np.array(answerable) < scorer.threshold) == pytest.approx(WRONG_REFUSALS, abs=0.01)
    assert all(t.right[shown_of(t, scorer)[0]] for t in asked if t.kind == "answerable")


def test_a_feature_that_is_not_used_weighs_nothing(asked: list[Trial]) -> None:
    scorer = fit(asked, FEATURES[1:])
    assert scorer.order[0] == scorer.answers[0] == 0


def test_no_document_is_measured_with_numbers_that_were_fitted_on_it(asked: list[Trial]) -> None:
    scorers = {t.document: s for t, s in left_out(asked)}
    for document, scorer in scorers.items():
        again = fit([t for t in asked if t.document != document])
        assert np.array_equal(again.order, scorer.order)
    assert report(asked)["refused, taken out"]["n"] == 120


def test_the_fitted_numbers_are_read_back_as_they_were_written(asked: list[Trial], tmp_path: Path) -> None:
    scorer = fit(asked)
    (tmp_path / SCORER_FILE).write_text(json.dumps(as_json(scorer)))
    assert np.allclose(load_scorer(tmp_path).order, scorer.order, atol=1e-4)


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
