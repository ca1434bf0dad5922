"""Takes the README's screenshot: `make screenshots`. Needs chromium; the page shows the built-in brief."""

import os
import tempfile
from pathlib import Path

from tests.browser import QUESTION, ask, chromium, serve

PICTURES = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Ask one question of the built-in brief in a real browser, and keep a picture of what it shows."""
    os.environ["FOOTNOTE_HOME"] = tempfile.mkdtemp(prefix="footnote-screenshots-")
    PICTURES.mkdir(exist_ok=True)
    with serve() as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
        page.goto(address)
        ask(page, QUESTION)
        page.locator("a[href^='#cited-']").first.click()
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / "page.png")


if __name__ == "__main__":
    main()
