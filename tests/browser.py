"""A page served by the real program, and a real browser to look at it with."""

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUESTION = "Who alleged that Russian weapons were smuggled to the Taliban?"
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
def serve(*arguments: str) -> Generator[str]:
    """Run `footnote serve` on a free port; gives the page's address."""
    command = [sys.executable, "-m", "qa", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            lines = list[str]()
            for line in server.stderr:
                if found := re.search(r"http://\S+", line):
                    yield found[0]
                    return
                lines.append(line)
            raise RuntimeError("the page did not start: " + "".join(lines))
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


def ask(page: Page, question: str) -> None:
    """Type a question, send it with the keyboard, and wait until its answer is whole."""
    box = page.get_by_placeholder("Ask about the document")
    box.wait_for(timeout=60_000)
    answered = page.locator("[data-testid=bot]").count()
    box.fill(question)
    box.press("Enter")
    last = page.locator("[data-testid=bot]").nth(answered)
    last.get_by_text(re.compile(r"paragraph \d+|cannot|The question has")).first.wait_for(timeout=60_000)
    page.wait_for_timeout(300)
