from dataclasses import replace

from evals.written import LABELLED, LABELS, Written, lines, read_labels, to_label
from index.sample import sample
from qa.answer import WRITER, Rejection
from tests.conftest import document
from tests.made import answer, case

BURNED = "The old mill by the river burned down in 1834."
MOVED = "Its owner, Adam Reed, moved to Ghent afterwards."
MILL = document(f"{BURNED} {MOVED}")
WHEN = case(answer=[["1834"]], evidence=[["burned down in"]])


def asked(*written: str, alone: str, first: float | None = 2.0) -> Written:
    model = replace(
        answer(MILL, *written), engine=WRITER, rejected=(Rejection("It rained.", "It says no such thing."),)
    )
    return Written(WHEN, model, answer(MILL, alone), first, 4.0)


def test_what_people_judged_is_counted_apart_from_what_they_have_not_seen() -> None:
    found = "\n".join(lines([asked(BURNED, MOVED, alone=BURNED)], {(BURNED, (BURNED,)): True}))
    assert "sentences of the model that are shown        2" in found
    assert "supported     100.0 % (2.5 to 100.0 %, n = 1)" in found
    assert "not judged yet                             1" in found


def test_all_that_is_shown_is_to_be_labelled_and_as_much_of_the_rest_as_makes_the_sample() -> None:
    written = [asked(BURNED, MOVED, alone=BURNED)] * 2
    assert to_label(written) == [(BURNED, (BURNED,)), (MOVED, (MOVED,)), ("It rained.", ())]
    many = [
        replace(
            w, answer=replace(w.answer, rejected=tuple(Rejection(f"It rained {n} times.", "No.") for n in range(200)))
        )
        for w in written
    ]
    assert len(to_label(many)) == len(set(to_label(many))) == LABELLED
    found = "\n".join(lines(written, {("It rained.", ()): True}))
    assert "sentences rejected, after a second try       2" in found
    assert "supported     100.0 % (2.5 to 100.0 %, n = 1)" in found


def test_a_question_that_the_reader_had_right_and_the_model_has_not_is_named() -> None:
    found = "\n".join(lines([asked(MOVED, alone=BURNED)], {(MOVED, (MOVED,)): False}))
    assert "lost: made-1; gained: none" in found
    assert "supported     0.0 %" in found


def test_what_the_reader_answered_is_not_counted_as_written() -> None:
    stood_in = replace(asked(BURNED, alone=BURNED), answer=answer(MILL, BURNED), first=None)
    found = "\n".join(lines([stood_in], {}))
    assert "answered in the model's own words            0" in found
    assert "whole answer, with the model           p50 4.0 s" in found


def test_every_label_is_of_quotes_that_the_brief_holds_and_none_is_there_twice() -> None:
    labels = read_labels(LABELS)
    text = sample().text
    assert labels
    assert len({(label.sentence, label.quotes) for label in labels}) == len(labels)
    assert [quote for label in labels for quote in label.quotes if quote not in text] == []
    assert all(label.why for label in labels if not label.supported)
