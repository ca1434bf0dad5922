"""The README's commands are run, and print what it says they print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qa import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)
CONSOLE = [block for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL) if "$ footnote" in block]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    home = str(tmp_path_factory.mktemp("home"))
    return {**os.environ, "FOOTNOTE_HOME": home, "PATH": programs, "COLUMNS": "100"}


@pytest.mark.parametrize("block", CONSOLE, ids=[block.splitlines()[0] for block in CONSOLE])
def test_a_command_prints_what_the_readme_says(block: str, environment: dict[str, str]) -> None:
    for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)
        assert [line.rstrip() for line in ran.stdout.splitlines()] == [line.rstrip() for line in output.splitlines()]
        assert ran.stderr == ""


def test_the_python_lines_give_what_the_readme_says(environment: dict[str, str]) -> None:
    (block,) = PYTHON
    code = f"import doctest, sys; sys.exit(doctest.run_docstring_examples({block!r}, {{}}, name='README'))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("", "", 0)


def test_the_table_of_settings_is_the_settings() -> None:
    rows = re.findall(r"^\| `(FOOTNOTE_\w+)` \| (.+?) \| .+ \|$", README, re.MULTILINE)
    assert rows == [(f"FOOTNOTE_{name.upper()}", field.description) for name, field in Settings.model_fields.items()]


def test_the_file_tree_names_every_module_and_no_other() -> None:
    section = README.split("## The files")[1].split("\n## ")[0]
    named = set(re.findall(r"`((?:evals|index|qa)/[\w/.-]+)`", section)) - {"evals/cases/"}
    there = {
        p.relative_to(ROOT).as_posix() for d in ("evals", "index", "qa") for p in (ROOT / d).rglob("*") if p.is_file()
    }
    aside = ("__pycache__", "__init__.py", "evals/cases/")
    assert named == {p for p in there if not any(part in p for part in aside)}


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http|#)([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
