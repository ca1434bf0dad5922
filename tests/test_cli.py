import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa import Answer, Settings
from tests.conftest import Ran

MILL = "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."
QUESTION = "When did the old mill burn down?"
Footnote = Callable[..., Ran]


@pytest.fixture
def mill(tmp_path: Path, home: Path) -> Path:
    assert not home.exists()
    path = tmp_path / "mill.txt"
    path.write_text(MILL)
    return path


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_ask_prints_the_answer_then_its_footnotes_with_quote_source_and_paragraph(
    mill: Path, footnote: Footnote
) -> None:
    ran = footnote("ask", QUESTION, "-d", mill)
    assert ran.code == 0
    assert ran.out == (
        "1834\n\nThe old mill by the river burned down in 1834. [1]\n\n"
        f"[1] {mill}, paragraph 1\n"
        "    “The old mill by the river burned down in 1834.”\n"
    )


def test_ask_exits_with_3_where_the_document_does_not_answer(mill: Path, footnote: Footnote) -> None:
    ran = footnote("ask", "How long should I boil an egg?", "-d", mill)
    assert ran.code == 3
    assert "does not answer" in ran.out
    assert "Related, but not evidence" in ran.out


def test_a_receipt_holds(mill: Path, footnote: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = footnote("ask", QUESTION, "-d", mill, "--json").out
    assert Answer.from_json(receipt).to_json() + "\n" == receipt
    feed(monkeypatch, receipt)
    ran = footnote("verify", "-")
    assert (ran.code, ran.out) == (0, "holds\n")


def test_a_receipt_with_one_byte_of_the_quote_changed_says_where_it_does_not_hold(
    mill: Path, footnote: Footnote, tmp_path: Path
) -> None:
    forged = footnote("ask", QUESTION, "-d", mill, "--json").out.replace(
        '"quote": "The old mill by the river burned down in 1834.',
        '"quote": "The old mill by the river burned down in 1835.',
    )
    (tmp_path / "receipt.json").write_text(forged)
    ran = footnote("verify", tmp_path / "receipt.json")
    assert ran.code == 1
    assert f"[1] does not hold at character 44 of {mill}" in ran.out
    assert ran.out.endswith("does not hold\n")


def test_a_receipt_is_checked_against_the_file_as_it_is_now(mill: Path, footnote: Footnote, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(footnote("ask", QUESTION, "-d", mill, "--json").out)
    mill.write_text(MILL.replace("1834", "1843"))
    assert "has changed since" in footnote("verify", receipt).out
    moved = tmp_path / "moved.txt"
    moved.write_text(MILL)
    assert footnote("verify", receipt, "-d", moved).out == "holds\n"
    mill.unlink()
    assert footnote("verify", receipt).out == "holds\n", "the index still has it"


def test_a_receipt_of_the_built_in_document_holds(
    mill: Path, footnote: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    mill.unlink()
    ran = footnote("ask", "Who alleged that weapons were smuggled?", "--json")
    feed(monkeypatch, ran.out)
    assert footnote("verify", "-").out == "holds\n"


def test_what_is_no_receipt_is_wrong_use(mill: Path, footnote: Footnote, tmp_path: Path) -> None:
    for path in (mill, tmp_path / "missing.json", tmp_path):
        ran = footnote("verify", path)
        assert ran.code == 2
        assert "Traceback" not in ran.err
        assert ran.err.startswith("footnote: ")


def test_chat_keeps_the_history(mill: Path, footnote: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, f"Who moved to Ghent?\n\n{'x' * 3000}\nAnd when was that?\n")
    ran = footnote("chat", mill)
    assert ran.code == 0
    assert "Its owner, Adam Reed, moved to Ghent afterwards. [1]" in ran.out
    assert "does not answer" in ran.out, "when he moved is not said"
    assert ran.out.count("[1]") == 2, "the same words without the history are answered with the year of the fire"
    assert "The question has 3000 characters" in ran.err


def test_index_lists_and_removes(mill: Path, footnote: Footnote) -> None:
    assert "Nothing is indexed yet" in footnote("index").err
    assert footnote("index", mill).out == f"indexed\t{mill}\n"
    assert footnote("index", mill).out == f"unchanged\t{mill}\n"
    assert footnote("index").out == f"{mill}\tmill\n"
    assert footnote("index", "--remove", mill).out == f"removed\t{mill}\n"
    assert footnote("index").out == ""
    assert footnote("index", "--remove", mill).code == 2
    assert footnote("index", "--remove").code == 2


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["ask", "x", "--nonsense"], ["nonsense"], ["ask", "", "-d", "MILL"], ["ask", "x", "-d", "missing.txt"],
     ["serve", "--port", "99999999"], ["verify"]],
)  # fmt: skip
def test_wrong_use_exits_with_2_and_no_stack_trace(arguments: list[str], mill: Path, footnote: Footnote) -> None:
    ran = footnote(*(str(mill) if argument == "MILL" else argument for argument in arguments))
    assert ran.code == 2
    assert ran.err
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("home")
def test_a_wrong_setting_is_wrong_use(footnote: Footnote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_PORT", "eighty")
    ran = footnote("index")
    assert ran.code == 2
    assert "FOOTNOTE_PORT=eighty" in ran.err


def test_an_index_of_another_model_is_a_failure_that_names_both(
    mill: Path, footnote: Footnote, monkeypatch: pytest.MonkeyPatch
) -> None:
    footnote("index", mill)
    monkeypatch.setenv("FOOTNOTE_EMBEDDING_MODEL", "some/other-model")
    ran = footnote("ask", QUESTION)
    assert ran.code == 1
    assert "'all-MiniLM-L6-v2'" in ran.err
    assert "'some/other-model'" in ran.err


@pytest.mark.parametrize("command", ["ask", "chat", "serve", "index", "verify", "eval"])
def test_every_help_text_shows_an_example(command: str, footnote: Footnote) -> None:
    ran = footnote(command, "--help")
    assert ran.code == 0
    assert re.search(rf"Example: footnote {'ask .* [|] footnote ' if command == 'verify' else ''}{command} ", ran.out)


def test_a_document_cannot_steer_the_terminal(mill: Path, footnote: Footnote) -> None:
    mill.write_text("The old mill burned down in 1834 \x1b]0;pwned\x07\x1b[2J and fell.")
    ran = footnote("ask", QUESTION, "-d", mill)
    assert "1834" in ran.out
    assert "\x1b" not in ran.out


def test_a_question_that_is_not_text_is_wrong_use(mill: Path, footnote: Footnote) -> None:
    ran = footnote("ask", "when \udcff", "-d", mill)
    assert ran.code == 2
    assert "UTF-8" in ran.err


@pytest.mark.parametrize("path", ["", "~nosuchuser/x", "no-such.txt"])
def test_what_is_not_indexed_cannot_be_removed(path: str, footnote: Footnote) -> None:
    ran = footnote("index", "--remove", path)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_a_home_may_start_with_a_tilde_and_an_empty_one_is_none(
    mill: Path, footnote: Footnote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FOOTNOTE_HOME", "~/mine")
    assert footnote("index", mill).code == 0
    assert (tmp_path / "mine" / "index").is_dir()
    monkeypatch.setenv("FOOTNOTE_HOME", "")
    monkeypatch.setenv("FOOTNOTE_CHROMA_URL", "")
    assert Settings.load().home.is_relative_to(tmp_path)
    assert Settings.load().chroma_url is None


def test_the_same_sentence_in_several_files_is_shown_once(mill: Path, footnote: Footnote, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text(f"{MILL} The mill was old. The mill burned. It burned down in a day. When it burned, all saw it.")
    ran = footnote("ask", QUESTION, "-d", mill, "-d", copy)
    assert ran.out.splitlines()[2].count("The old mill by the river burned down in 1834.") == 1


def test_a_terminal_that_cannot_show_a_character_gets_its_number(mill: Path) -> None:
    mill.write_text("The old mill of Žďár burned down in 1834.")
    command = [sys.executable, "-m", "qa", "ask", QUESTION, "-d", str(mill)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "1834. [1]" in ran.stdout


@pytest.mark.parametrize("arguments", [["--host", "256.0.0.1"], ["--host", "::1"]])
def test_a_page_that_cannot_be_served_is_one_sentence(arguments: list[str], mill: Path) -> None:
    command = [sys.executable, "-m", "qa", "serve", str(mill), "--port", "0", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 1
    assert ran.stderr.startswith("footnote: The page cannot listen on"), ran.stderr


def test_as_a_program_results_go_to_stdout_and_nothing_else_does(mill: Path) -> None:
    command = [sys.executable, "-m", "qa", "ask", QUESTION, "-d", str(mill), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["status"] == "answered"
    assert ran.stderr == ""
