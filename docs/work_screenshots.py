"""Make the pictures of the pages about the work: `python docs/work_screenshots.py DEMO_PROJECT`.

The project is one that `chatmill demo` has finished, so that every figure in the pictures is real;
a copy of it gets a second dataset version.
"""

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from chatmill.project import Project
from chatmill.stages import review
from chatmill.stages.build import build
from chatmill.store.examples import list_examples
from chatmill.web.app import make_review_server

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
READY = "html[data-ready=yes]"
PAINT_MS = 500
"""What a chart's frame needs until it is painted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a picture is looked at."""

    locale: str = "en-US"
    is_dark: bool = False
    width: int = 1280
    height: int = 860


PHONE = View(locale="ko-KR", width=390, height=780)
KOREAN_DARK = View(locale="ko-KR", is_dark=True)


def main(demo: Path) -> None:
    """Copy the project, change a little, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "support-bot"
        shutil.copytree(demo, copy)
        with Project.open(copy) as project:
            second_version(project)
            with served(project) as link, sync_playwright() as playwright:
                path = CHROMIUM if Path(CHROMIUM).exists() else None
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                take(browser, link)
                browser.close()


def second_version(project: Project) -> None:
    """Reject one kept example, edit another, and build again."""
    kept = list_examples(project.database, status="kept")
    gone, changed = kept[3], kept[5]
    review.decide(project, gone.id, "reject", decision_id=str(uuid4()), reviewer="Mina")
    turns = [review.TurnText(question=t.question, answer=t.answer) for t in changed.turns]
    turns[0] = review.TurnText(question=turns[0].question, answer=f"{turns[0].answer} (v1.1)")
    review.decide(
        project, changed.id, "edit", decision_id=str(uuid4()), reviewer="Mina", turns=turns
    )
    build(project)


@contextmanager
def served(project: Project) -> Iterator[str]:
    """Serve the project; the link that lets the first visitor in."""
    server = make_review_server(project, port=0, reviewer="Mina")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.link
    finally:
        server.server.should_exit = True
        thread.join()


def take(browser: Browser, link: str) -> None:
    """Take every picture."""
    origin = link.partition("/start/")[0]
    context = browser.new_context()
    first = context.new_page()
    first.goto(link)
    first.wait_for_selector("article")
    state = context.storage_state()
    with opened(browser, state, f"{origin}/overview", View(height=1180)) as page:
        page.locator("#stage").select_option("check")
        page.locator("#start-button").click()
        page.locator("#running progress").wait_for()
        page.evaluate("() => scrollTo(0, 0)")
        save(page, "overview")
    with opened(browser, state, f"{origin}/overview", PHONE) as page:
        save(page, "overview-phone")
    with opened(browser, state, f"{origin}/datasets", View(height=1180)) as page:
        page.locator(".change").first.wait_for()
        save(page, "datasets")
    with opened(browser, state, f"{origin}/training", KOREAN_DARK) as page:
        page.locator("iframe[data-drawn=yes]").wait_for()
        save(page, "training")
    with opened(browser, state, f"{origin}/evaluations", View()) as page:
        page.locator("iframe[data-drawn=yes]").wait_for()
        save(page, "evaluations")
    with opened(browser, state, f"{origin}/evaluations", KOREAN_DARK) as page:
        page.locator("iframe[data-drawn=yes]").wait_for()
        page.locator("#questions tbody tr").first.click()
        page.locator("#nearest section").first.wait_for(timeout=60_000)
        save(page, "evaluations-question")


@contextmanager
def opened(browser: Browser, state: StorageState, address: str, view: View) -> Iterator[Page]:
    """Open a page and wait until it stands."""
    context = browser.new_context(
        locale=view.locale,
        color_scheme="dark" if view.is_dark else "light",
        viewport={"width": view.width, "height": view.height},
        storage_state=state,
    )
    page = context.new_page()
    page.goto(address)
    page.locator(READY).wait_for(state="attached")
    yield page
    context.close()


def save(page: Page, name: str) -> None:
    """Save a picture."""
    page.wait_for_timeout(PAINT_MS)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
