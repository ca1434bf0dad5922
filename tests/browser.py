"""A page served by the real program, and a real browser to look at it with."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUESTION = "Who alleged that Russian weapons were smuggled over the Tajik border?"
EXERCISES = "Which countries have held joint military exercises with Russia?"
PATIENCE = 120_000
"""Milliseconds: a busy machine is no failure."""

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""The browser's own calls home switched off, so that each request a test sees is the page's."""


@contextmanager
def serve(*arguments: str, port: int = 0, log: Path | None = None) -> Generator[str]:
    """Run `footnote serve`, on a free port unless one is named; gives the page's address.

    Args:
        arguments: Of the command.
        port: 0 takes a free one.
        log: Where to keep all that the program says, on stdout and stderr.
    """
    command = [sys.executable, "-m", "qa", "serve", "--port", str(port), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        said = log or Path(folder) / "log"
        with said.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as server:
            try:
                while not (found := re.search(r"Footnote is at (http://\S+) ", said.read_text())):
                    if server.poll() is not None:
                        raise RuntimeError(f"the page did not start: {said.read_text()}")
                    time.sleep(0.05)
                yield found[1]
            finally:
                server.terminate()


@contextmanager
def chromium() -> Generator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def watched(page: Page, address: str) -> list[str]:
    """What a page does that it must not: requests to other hosts, errors in the console. Filled as it happens."""
    wrong = list[str]()
    own = (address, "data:", f"blob:{address}")
    page.on("request", lambda sent: wrong.append(sent.url) if not sent.url.startswith(own) else None)
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


def open_page(page: Page, address: str) -> None:
    """Open the page, and wait until it shows a document."""
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(".text .block").first.wait_for(state="attached")


def ask(page: Page, question: str) -> Locator:
    """Type a question, send it with the keyboard, and wait until its answer is whole; gives the turn."""
    turns = page.locator(".turn")
    number = turns.count()
    box = page.get_by_label("Question", exact=True)
    box.fill(question)
    box.press("Enter")
    return whole(page, number)


def whole(page: Page, number: int) -> Locator:
    """The turn of a number, counted from 0, once it is whole and what it cites is marked."""
    page.locator(f'.turn[data-number="{number}"]:not(.waiting) .tools').wait_for()
    page.locator('.turns[aria-busy="false"]').wait_for()
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    return page.locator(f'.turn[data-number="{number}"]')


def marked(page: Page) -> list[str]:
    """The texts of the marks on the screen, each joined from its pieces; those of a turn that cites are waited for."""
    drawn = "!document.querySelector('.turn[aria-current] .note') || document.querySelector('mark.cited')"
    with suppress(PlaywrightTimeout):  # what is cited may be in a document that is not shown
        page.wait_for_function(drawn, timeout=10_000)
    pieces: list[tuple[str, str]] = page.locator("mark.cited").evaluate_all(
        "marks => marks.map(mark => [mark.dataset.start, mark.textContent])"
    )
    return ["".join(text for at, text in pieces if at == start) for start in dict.fromkeys(at for at, _ in pieces)]


def comes_into_view(page: Page, selector: str) -> bool:
    """Whether an element comes to lie whole inside the document's pane, and the pane's part of the window."""
    pane = page.locator(".document .text")
    for _ in range(100):
        box, frame, size = page.locator(selector).first.bounding_box(), pane.bounding_box(), page.viewport_size
        if box and frame and size:
            top, bottom = max(frame["y"], 0), min(frame["y"] + frame["height"], size["height"])
            if top <= box["y"] and box["y"] + box["height"] <= bottom:
                return True
        page.wait_for_timeout(100)
    return False
