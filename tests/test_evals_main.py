"""The whole line, on two questions of the brief: asked, mutated, judged and reported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evals.__main__ import main
from evals.cases import load_cases
from evals.gate import read_floors

CHOSEN = ("fact-001", "far-001")


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with a question set, and what `python -m evals accept` made of it."""
    folder = tmp_path_factory.mktemp("evals")
    chosen = [case.model_dump_json() for case in load_cases() if case.id in CHOSEN]
    (folder / "some.jsonl").write_text("\n".join(chosen))
    environment = {**os.environ, "FOOTNOTE_ARTICLE": str(folder / "no-article.txt")}
    ran = subprocess.run(
        [sys.executable, "-m", "evals", "accept", "--cases", folder, "--accepted", folder, "--out", folder / "out"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return folder, ran


Accepted = tuple[Path, subprocess.CompletedProcess[str]]


def test_what_was_accepted_is_green_and_the_last_line_says_so(accepted: Accepted) -> None:
    _, ran = accepted
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].startswith("evals: green: brief 100.0 % of 2 right, ")


def test_a_missing_article_is_said_and_the_brief_is_asked_all_the_same(accepted: Accepted) -> None:
    folder, ran = accepted
    assert f"skipped: the article is not at {folder / 'no-article.txt'}" in ran.stderr
    assert "1 document skipped" in ran.stdout.splitlines()[-1]


def test_all_reports_are_written_and_can_be_read(accepted: Accepted) -> None:
    folder, _ = accepted
    whole = json.loads((folder / "out" / "report.json").read_text())
    assert [question["id"] for question in whole["questions"]] == list(CHOSEN)
    assert len(whole["mutants"]) >= 10
    suites = ET.parse(folder / "out" / "junit.xml").getroot()  # noqa: S314 - our own XML
    assert len(list(suites.iter("testcase"))) >= 2 + len(whole["mutants"])
    assert (folder / "out" / "report.md").read_text().startswith("# Evals\n")
    assert (folder / "out" / "report.html").read_text().startswith("<!doctype html>\n")
    assert read_floors(folder / "floors.toml")["brief"]["right"] == 1
    assert set(json.loads((folder / "baseline.json").read_text())["results"]["brief"]) == set(CHOSEN)


def test_a_run_below_a_floor_fails_the_build(
    accepted: Accepted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = accepted
    monkeypatch.setattr("evals.__main__.article", lambda: None)
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "1")  # so that every question is refused
    options = ["--without-mutants", "--cases", str(folder), "--accepted", str(folder), "--out", str(tmp_path)]
    assert main(options) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("evals: FAILED (brief: answered right; brief: answerable, refused): brief 50.0 % of 2 right")


def test_a_question_set_that_cannot_be_used_is_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cases", str(tmp_path)]) == 2
    assert "there is no question" in capsys.readouterr().err
