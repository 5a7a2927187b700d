"""Make the pictures of the triage page: `python docs/triage_screenshots.py`.

Examples and decisions are planted (`tests/triage_room.py`), what is learnt and shown is real.
"""

import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from chatmill.stages.review.triage import train_triage
from chatmill.web.app import make_review_server
from triage_room import is_bad, one_decides, people_decide, triage_project

IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
READY = "html[data-ready=yes]"
N_ALL, N_DECIDED, N_SINCE = 1_000, 720, 40


def main() -> None:
    """Let people decide, let triage learn, and take the pictures."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        triage_project(Path(scratch) / "support-bot", N_ALL) as project,
    ):
        people_decide(project, range(N_DECIDED))
        train_triage(project)
        for number in range(N_DECIDED, N_DECIDED + N_SINCE):
            one_decides(project, number, "reject" if is_bad(number) else "keep")
        server = make_review_server(project, port=0, reviewer="Mina")
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        take(server.link)
        server.server.should_exit = True
        thread.join(20)


def take(link: str) -> None:
    """Take the offer with its sample, and what a phone shows once it is kept."""
    with sync_playwright() as playwright:
        path = CHROMIUM if Path(CHROMIUM).exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 860})
        page = context.new_page()
        page.goto(link)
        page.wait_for_selector("article.pair, article.done")
        page.goto(link.split("/start/", maxsplit=1)[0] + "/triage")
        page.wait_for_selector(READY)
        page.click("#sample")
        page.wait_for_selector("#pairs li")
        page.screenshot(path=IMAGES / "triage.png")
        state = context.storage_state()
        page.click("#keep")
        page.wait_for_selector("#steps li")
        phone = browser.new_context(
            viewport={"width": 390, "height": 780}, locale="ko-KR", storage_state=state
        ).new_page()
        phone.goto(page.url)
        phone.wait_for_selector(READY)
        phone.screenshot(path=IMAGES / "triage-phone.png")
        browser.close()


if __name__ == "__main__":
    main()
