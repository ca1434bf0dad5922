"""No part of the program looks outside this machine: not while indexing, not while answering, not while serving."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

MILL = "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."

WATCH = """
import atexit, os, socket, sys

seen = []

def watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", socket.gethostname()):
        with open(os.environ["SEEN"], "a") as file:
            file.write(f"{event} {arguments}\\n")
        raise OSError("this test has no network")

sys.addaudithook(watch)
"""

JOURNEY = """
import sys, threading, urllib.request
import qa.cli, qa.page.app

def footnote(*arguments):
    sys.argv = ["footnote", *arguments]
    try:
        qa.cli.main()
    except SystemExit as end:
        assert not end.code, arguments

path = sys.argv[1]
footnote("index", path)
footnote("ask", "When did the old mill burn down?", "-d", path)

def visit(address):
    assert "Footnote" in urllib.request.urlopen(address, timeout=60).read().decode()
    print("served at", address)

def block_thread(self):
    self.close()

qa.page.app.gr.Blocks.block_thread = block_thread
from qa.library import open_library
qa.page.app.serve_page(open_library([path]), host="127.0.0.1", port=0, browser=False, announce=visit)
"""


def travel(tmp_path: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "mill.txt").write_text(MILL)
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    environment = {
        **os.environ,
        "HTTP_PROXY": "http://127.0.0.1:9",  # an office's proxy must not be asked for the page's own address
        "PYTHONPATH": str(tmp_path),
        "FOOTNOTE_HOME": str(tmp_path / "home"),
        "SEEN": str(tmp_path / "seen"),
    }
    command = [*prefix, sys.executable, "-c", textwrap.dedent(JOURNEY), str(tmp_path / "mill.txt")]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)


def test_index_ask_and_serve_never_open_an_outside_connection(tmp_path: Path) -> None:
    ran = travel(tmp_path)
    seen = tmp_path / "seen"
    assert not seen.exists(), seen.read_text()
    assert ran.returncode == 0, ran.stderr
    assert "1834. [1]" in ran.stdout
    assert "served at http://127.0.0.1" in ran.stdout


def test_index_ask_and_serve_work_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    alone = [unshare or "", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if (
        not unshare
        or not shutil.which("ip")
        or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine gives no network namespaces of one's own")
    ran = travel(tmp_path, *alone)
    assert ran.returncode == 0, ran.stderr
    assert "served at http://127.0.0.1" in ran.stdout


def test_the_watch_of_these_tests_sees_an_outside_connection(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SEEN": str(tmp_path / "seen")}
    code = "import urllib.request; urllib.request.urlopen('http://example.org')"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert ran.returncode
    assert "example.org" in (tmp_path / "seen").read_text()
