"""axe-core finds no violation on any screen, light or dark, desk or phone. Run by `make test-page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import AXE, CHROMIUM, open_page, serve
from tests.screenshots import DESK, PHONE, screens

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser at {CHROMIUM}; name one in CHROMIUM"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; `make test-page` fetches it with npm"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(tmp_path_factory.mktemp("home")))
        with serve() as address:
            yield address


def violations(page: Page) -> list[str]:
    """What axe-core finds, a line each: the rule, and the first elements that break it."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [f"{v['id']}: {[node['html'][:120] for node in v['nodes'][:3]]}" for v in found["violations"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_screen_has_a_violation(size: ViewportSize, colours: Any, browser: Browser, address: str) -> None:
    found = {name: wrong for name, page in screens(browser, address, colours, size) if (wrong := violations(page))}
    assert found == {}


def test_axe_would_see_one(browser: Browser, address: str) -> None:
    page = browser.new_context().new_page()
    open_page(page, address)
    page.locator("#question").evaluate("box => box.labels[0].remove()")
    page.locator("#question").evaluate("box => box.removeAttribute('placeholder')")
    assert any(line.startswith("label:") for line in violations(page))
    page.context.close()


def test_the_first_paint_comes_within_a_second_and_a_half(browser: Browser, address: str) -> None:
    paints = list[float]()
    for _ in range(5):
        page = browser.new_context().new_page()
        open_page(page, address)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.context.close()
    assert min(paints) < 1500
