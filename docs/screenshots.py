"""Make the screenshots of docs/review.md: `python docs/screenshots.py [DEMO_PROJECT]`.

Those of the review are made from the sample chats; the others need a project that `chatmill demo`
has finished, and are left as they are without one.
"""

import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, Page, sync_playwright

from chatmill.project import InitAnswers, Project
from chatmill.stages import review
from chatmill.stages.check import check
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.store.examples import list_examples, list_findings
from chatmill.web.app import ReviewServer, make_review_server

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
TOAST_MS = 3500
"""After this long no message covers the page."""
SHOWN = "p.novak@example.com"
"""Words of the example the screenshots show."""


def main() -> None:
    """Make a project of the sample, decide about some of it, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        answers = InitAnswers(products=("W5500", "W5100S", "W6100", "W55RP20"))
        with Project.create(Path(folder) / "support-bot", answers) as project:
            shown = prepare(project)
            server = make_review_server(project, port=0, reviewer="Mina")
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            with sync_playwright() as playwright:
                path = CHROMIUM if Path(CHROMIUM).exists() else None
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                take(browser, server, shown)
                browser.close()
            server.server.should_exit = True
            thread.join()


def prepare(project: Project) -> str:
    """Import, extract, check, and decide about two thirds; the id of the example to show."""
    import_files(project, [ROOT / "examples" / "wiznet-support" / "chats"])
    extract(project)
    check(project)
    flagged = list_findings(project.database)
    plain = [each for each in list_examples(project.database) if each.id not in flagged]
    for at, each in enumerate(plain[: 2 * len(plain) // 3]):
        action: review.ReviewAction = "reject" if at % 9 == 0 else "keep"
        review.decide(project, each.id, action, decision_id=str(uuid4()), reviewer="Mina")
    return next(
        each.id
        for each in list_examples(project.database)
        if each.id in flagged and SHOWN in each.turns[0].question
    )


def take(browser: Browser, server: ReviewServer, shown: str) -> None:
    """Take every picture."""
    origin = server.link.partition("/start/")[0]
    context = browser.new_context()
    context.new_page().goto(server.link)
    cookies = context.cookies()
    for name, locale, scheme, width, height in (
        ("review", "en-US", "light", 1280, 720),
        ("review-ko-dark", "ko-KR", "dark", 1280, 720),
        ("review-phone", "ko-KR", "light", 390, 780),
    ):
        opened = browser.new_context(
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
        )
        opened.add_cookies([{**each} for each in cookies])  # type: ignore[typeddict-item]  # the same keys
        page = opened.new_page()
        show(page, f"{origin}/examples/{shown}")
        page.hover(".bubble.answer .cited")
        save(page, name)
        if name == "review-ko-dark":
            page.keyboard.press("r")
            save(page, "review-reject")
            page.keyboard.press("Escape")
        opened.close()
    take_edited(browser, cookies, f"{origin}/examples/{shown}")
    take_list(browser, cookies, f"{origin}/examples")


def take_edited(browser: Browser, cookies: Sequence[Mapping[str, Any]], address: str) -> None:
    """Take the picture of an edit that was checked at once."""
    opened = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 720})
    opened.add_cookies([{**each} for each in cookies])  # type: ignore[typeddict-item]  # the same keys
    page = opened.new_page()
    show(page, address)
    page.keyboard.press("e")
    question, answer = page.locator(".bubble textarea").all()
    question.fill("Which crystal does the W5500 need?")
    answer.press("End")
    answer.type(" Load it with 18 pF.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".typed")
    page.mouse.move(0, 0)
    page.wait_for_timeout(TOAST_MS)
    save(page, "review-edited")
    opened.close()


def take_list(browser: Browser, cookies: Sequence[Mapping[str, Any]], address: str) -> None:
    """Take the picture of the list, two examples chosen."""
    opened = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 860})
    opened.add_cookies([{**each} for each in cookies])  # type: ignore[typeddict-item]  # the same keys
    page = opened.new_page()
    page.goto(f"{address}?status=pending")
    page.wait_for_selector("html[data-ready=yes]")
    for at in (1, 2):
        page.locator("#rows input").nth(at).check()
    save(page, "examples")
    opened.close()


def show(page: Page, address: str) -> None:
    """Open an example and wait until it stands."""
    page.goto(address)
    page.wait_for_selector("article.pair")
    page.wait_for_timeout(400)


def save(page: Page, name: str) -> None:
    """Save a picture."""
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
    if sys.argv[1:]:
        import work_screenshots

        work_screenshots.main(Path(sys.argv[1]))
