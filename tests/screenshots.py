"""Pictures of each screen of the page, light and dark, desk and phone: `make screenshots`. Needs chromium."""

import os
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import QUESTION, ask, chromium, comes_into_view, open_page, serve

PICTURES = Path(__file__).parents[1] / "docs"
DESK = ViewportSize(width=1280, height=760)
PHONE = ViewportSize(width=390, height=780)
EGG = "How long should I boil an egg?"


def empty(page: Page) -> None:
    """Nothing asked yet: the suggestions."""
    page.locator(".suggestions button").nth(2).wait_for()


def answered(page: Page) -> None:
    """An answer, and its mark in the document."""
    turn = ask(page, QUESTION)
    page.locator(".suggestions button").nth(2).wait_for()
    if page.locator(".panes .document").is_visible():
        turn.locator(".answer .note").first.click()
        comes_into_view(page, "mark.here")


def refused(page: Page) -> None:
    """A question that the document does not answer."""
    turn = ask(page, EGG)
    if page.locator(".panes .document").is_visible():
        turn.locator(".related button").first.click()


def sheet(page: Page) -> None:
    """The document, opened by a footnote; on a phone it is a sheet."""
    ask(page, QUESTION).locator(".answer .note").first.click()
    comes_into_view(page, "mark.here")


def card(page: Page) -> None:
    """The card with a footnote's quote."""
    ask(page, QUESTION).locator(".answer .note").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.locator(".card").wait_for()


def about(page: Page) -> None:
    """About this answer."""
    ask(page, QUESTION).get_by_text("About this answer").click()
    page.locator(".about dl").scroll_into_view_if_needed()


def history(page: Page) -> None:
    """The conversations of this browser."""
    ask(page, QUESTION)
    page.get_by_role("button", name="New", exact=True).click()
    page.locator(".welcome").wait_for()
    ask(page, EGG)
    page.get_by_role("button", name="History").click()
    page.locator("dialog[open] li").first.wait_for()


def documents(page: Page) -> None:
    """The documents, and how one is added."""
    if not page.locator(".panes .document").is_visible():
        page.get_by_role("button", name="Document", exact=True).click()
    page.get_by_role("button", name="Documents").click()
    page.locator("dialog[open] li").first.wait_for()
    page.get_by_label("address of a web page").fill("https://example.org/report")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("dialog[open] .trouble:not(:empty)").wait_for()


def writer(page: Page) -> None:
    """Who writes the answers, and how another one is chosen."""
    page.locator(".by button").click()
    page.get_by_role("radio", name="Another").check()
    page.get_by_label("Its name").fill("ollama:llama3.2")


SCREENS: dict[str, Callable[[Page], None]] = {
    screen.__name__: screen for screen in (empty, answered, refused, sheet, card, about, history, documents, writer)
}


def screens(
    browser: Browser, address: str, colours: Literal["light", "dark"], size: ViewportSize
) -> Iterator[tuple[str, Page]]:
    """Each screen of the page in turn, in a browser of its own."""
    for name, show in SCREENS.items():
        context = browser.new_context(viewport=size, color_scheme=colours, reduced_motion="reduce")
        page = context.new_page()
        open_page(page, address)
        show(page)
        page.wait_for_timeout(300)
        yield name, page
        context.close()


def main() -> None:
    """Keep a picture of each screen; the README shows some."""
    os.environ["FOOTNOTE_HOME"] = tempfile.mkdtemp(prefix="footnote-screenshots-")
    PICTURES.mkdir(exist_ok=True)
    with serve() as address, chromium() as browser:
        for colours in ("light", "dark"):
            for device, size in (("", DESK), ("-phone", PHONE)):
                for name, page in screens(browser, address, colours, size):
                    picture = Image.open(BytesIO(page.screenshot()))
                    picture.quantize(128).save(PICTURES / f"{name}-{colours}{device}.png", optimize=True)


if __name__ == "__main__":
    main()
