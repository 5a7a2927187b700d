"""axe-core finds nothing serious on any page: light and dark, a desk's and a phone's width."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page

from review_browser import Opener
from review_room import make_room
from review_server import running_review

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/examples",
    "/triage",
    "/overview",
    "/datasets",
    "/training",
    "/evaluations",
    "/users",
    "/account",
)
GRAVE = ("serious", "critical")


def faults(page: Page) -> list[str]:
    """List what axe-core calls serious, and where."""
    looked = Axe().run(page).response
    assert looked["passes"]
    return [
        f"{page.url} {fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in looked["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    ("scheme", "width", "locale"), [("light", 1280, "en-US"), ("dark", 390, "ko-KR")]
)
def test_no_page_has_a_serious_fault(
    tmp_path: Path,
    open_page: Opener,
    scheme: Literal["light", "dark"],
    width: int,
    locale: str,
) -> None:
    """Contrast, names of controls, roles: people with a screen reader or weak eyes can work."""
    pairs = [
        ("전화번호가 뭔가요?", "담당자 전화는 010-1234-5678 입니다."),
        ("둘째?", "네, 둘째입니다."),
    ]
    with make_room(tmp_path / "room", pairs) as project, running_review(project) as running:
        page = open_page(running, scheme=scheme, width=width, locale=locale)
        found: list[str] = []
        for path in PAGES:
            page.goto(f"{running.address}{path}")
            if page.title() and page.locator("#main").count():
                page.wait_for_timeout(500)  # its script has drawn it
                found += faults(page)
        page.goto(f"{running.address}/")
        page.locator("article.pair").wait_for()
        for keys in ("e", "r", "a", "?"):
            page.keyboard.press(keys)
            page.wait_for_timeout(300)  # opened
            found += faults(page)
            page.keyboard.press("Escape")
    assert found == []
