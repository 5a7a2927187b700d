"""The browser tests of pages: one Chromium a module, and a served room to review."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from review_browser import Opener
from review_room import make_room
from review_server import RunningReview, running_review

expect.set_options(timeout=15_000)
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; Debian's where there is one."""
    with sync_playwright() as playwright:
        path = CHROMIUM if Path(CHROMIUM).exists() else None
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room with five pending examples."""
    with make_room(tmp_path / "room") as project, running_review(project) as made:
        yield made


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open the page by its link; a script error or a refused resource fails the test."""
    contexts = []
    troubles: list[str] = []

    def opened(
        running: RunningReview,
        *,
        locale: str = "en-US",
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        context = browser.new_context(
            locale=locale, color_scheme=scheme, viewport={"width": width, "height": 800}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda said: troubles.append(said.text) if "Policy" in said.text else None,
        )
        page.goto(running.link)
        expect(page.locator("article.pair, article.done")).to_be_visible()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
