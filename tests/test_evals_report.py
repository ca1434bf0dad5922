import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree as ET

from rich.console import Console

from evals import report
from evals.gate import Check
from evals.kill import Fate
from evals.mutate import Mutant
from evals.results import Run, by_kind, lost, reached, reliability, risk_coverage
from evals.run import Outcome
from evals.subjects import Subject
from evals.trials import Trial
from evals.webpage import to_html
from qa.answer import Answer
from tests.made import answer, case, outcome

BURNED = "The old mill by the river burned down in 1834."
MOVED = "Its owner, Adam Reed, moved to Ghent afterwards."
MILL = Subject("brief", "mill.txt", f"{BURNED} {MOVED}")


def asked(i: int, *shown: str, question: str = "When did it burn down?", sure: float = 0.8) -> Outcome:
    said = replace(answer(MILL.document, *shown, short="1834" if BURNED in shown else None), scores={"answer": sure})
    return outcome(MILL, case(question, id=f"fact-{i}", answer=[["1834"]], evidence=[["burned down in"]]), said)


def trial(i: int, fate: Fate) -> Trial:
    made = Mutant("brief", "change a date", case(id=f"fact-{i}"), MILL.raw, "'1834' becomes '1823'", lambda _, __: fate)
    return Trial(made, answer(MILL.document, BURNED), fate, ())


OUTCOMES = (
    asked(1, BURNED, sure=0.9),
    asked(2, MOVED, question="When | did <script>alert(1)</script> it burn?", sure=0.3),
    asked(3),
    asked(4, BURNED, sure=0.6),
)
RUN = Run(
    ("brief",),
    ("the article is not at x.",),
    OUTCOMES,
    (trial(1, Fate(True, "follows")), trial(2, Fate(False, "refused")), trial(3, Fate(False, "obeyed", worked=True))),
    {"cases": "0123"},
    12.3,
)
CHECKS = [
    Check("brief: answered right", False, "50 %, and the floor is at least 90 %"),
    Check("baseline", True, "fits"),
]
FLOORS = {"brief": {"right": 0.9}}


def test_what_was_reached_is_counted_from_questions_and_mutants() -> None:
    numbers = reached(RUN)["brief"]
    assert (numbers["right"].value, numbers["right"].n) == (0.5, 4)
    assert (numbers["killed"].value, numbers["killed"].n) == (1 / 3, 3)
    assert numbers["wrongly refused"].value == 0.25
    assert [(kind.value, number.n) for kind, number in by_kind(RUN, "brief").items()] == [("fact", 4)]
    assert lost(RUN, "brief") == {"retrieval": 0, "reading": 2, "verifying": 0}


def test_risk_falls_where_only_the_surest_answers_are_given() -> None:
    assert risk_coverage(list(OUTCOMES)) == [(0.25, 0), (0.5, 0), (0.75, 1 / 3)]
    assert [(sure, number.value) for sure, number in reliability(list(OUTCOMES), bins=3)] == [
        (0.3, 0),
        (0.6, 1),
        (0.9, 1),
    ]


def test_an_answerer_without_probabilities_has_no_risk_curve() -> None:
    def silent(said: Answer) -> Answer:
        return replace(said, scores={})

    assert risk_coverage([replace(o, answer=silent(o.answer)) for o in OUTCOMES]) == []


def test_the_terminal_shows_floor_target_what_is_missing_and_ends_with_the_result() -> None:
    out = StringIO()
    report.print_run(RUN, CHECKS, FLOORS, Console(file=out, width=140))
    lines = out.getvalue().splitlines()
    (row,) = [line for line in lines if "answered right" in line and "≥ 95 %" in line]
    assert re.search(r"50\.0 % +6\.8 to 93\.2 % +4 +≥ 90 % +≥ 95 % +2 more", row)
    assert "  brief / change a date / fact-2" in lines
    assert "SKIPPED  the article is not at x." in lines
    assert lines[-1] == (
        "evals: FAILED (brief: answered right): brief 50.0 % of 4 right, "
        "1 of 3 mutants killed, 1 document skipped, 12 s"
    )


def test_the_markdown_is_tables_that_no_question_can_break() -> None:
    text = report.to_markdown(RUN, CHECKS, FLOORS)
    assert "| FAILS | brief: answered right | 50 %, and the floor is at least 90 % |" in text
    assert "| brief | fact-2 | When \\| did <script>alert(1)</script> it burn? |" in text
    assert "brief / change a date / fact-2" in text
    assert "**Skipped.** the article is not at x." in text


def test_the_json_holds_everything_and_a_receipt_for_each_question() -> None:
    whole = json.loads(report.to_json(RUN, CHECKS, FLOORS))
    assert whole["passed"] is False
    assert whole["documents"]["brief"]["reached"]["right"]["value"] == 0.5
    assert whole["documents"]["brief"]["missing"]["right"] == 2
    assert [question["right"] for question in whole["questions"]] == [True, False, False, True]
    assert Answer.from_json(json.dumps(whole["questions"][0]["receipt"])) == OUTCOMES[0].answer
    assert [mutant["killed"] for mutant in whole["mutants"]] == [True, False, False]


def test_junit_fails_what_the_gate_fails_and_skips_what_was_wrong_before() -> None:
    suites = ET.fromstring(report.to_junit(RUN, CHECKS, {"brief": ["fact-2"]}))  # noqa: S314 - our own XML
    states = {case.get("name", "").split(":")[0]: [child.tag for child in case] for case in suites.iter("testcase")}
    assert states == {
        "brief": ["failure"],
        "baseline": [],
        "fact-1": [],
        "fact-2": ["failure"],
        "fact-3": ["skipped"],
        "fact-4": [],
        "brief / change a date / fact-1": [],
        "brief / change a date / fact-2": ["skipped"],
        "brief / change a date / fact-3": ["failure"],
    }
    assert [(s.get("tests"), s.get("failures"), s.get("skipped")) for s in suites] == [
        ("2", "1", "0"),
        ("4", "1", "1"),
        ("3", "1", "1"),
    ]


class Page(HTMLParser):
    """What a page holds: its tags, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.loads, self.text = list[str](), list[str](), ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_shows_every_question_with_its_marked_quotes() -> None:
    html = to_html(RUN, CHECKS, FLOORS, {"brief": MILL.document})
    page = Page(html)
    assert page.loads == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "url(" not in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert page.tags.count("svg") == 4
    assert page.tags.count("mark") == 3
    assert "<mark>The old mill by the river burned down in <strong>1834</strong>.</mark>" in html
    assert "When | did <script>alert(1)</script> it burn?" in page.text
    assert all(o.case.id in page.text for o in OUTCOMES)
    assert "refused, although the document answers" in page.text
