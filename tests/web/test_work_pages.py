"""The pages about the project's work in a real Chromium: live, and charts in their frame."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from chatmill.models.tuning import JobEvent, JobMetrics
from chatmill.project import InitAnswers, Project
from chatmill.stages.train.events import EventLog
from chatmill.stages.work import Announcer
from chatmill.store.examples import get_example
from drawn_scores import score
from evaluating import keep_and_build, record_tuned_model, store_evaluation
from review_server import RunningReview, running_review

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
CHROMIUM = "/usr/bin/chromium"
XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
READY = "html[data-ready=yes]"


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
    """A project with one round behind it."""
    with Project.create(tmp_path / "room", InitAnswers()) as project:
        keep_and_build(project)
        record_tuned_model(project)
        scores = [
            score("e0003", 0.41, "not followed", question=XSS),
            *(score(f"e{at:04d}", 0.9, "followed") for at in range(4, 9)),
        ]
        store_evaluation(project, "v1-aaaa", scores)
        with running_review(project) as made:
            yield made


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open a page; a script error or anything a policy refused fails the test."""
    contexts = []
    troubles: list[str] = []

    def opened(running: RunningReview, path: str, *, locale: str = "en-US") -> Page:
        context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda said: troubles.append(said.text) if "Policy" in said.text else None
        )
        page.goto(running.link)
        expect(page.locator("article.pair, article.done")).to_be_visible()
        page.goto(running.address + path)
        expect(page.locator(READY)).to_be_attached()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def test_a_mark_leads_to_its_question_and_back_to_review(
    running: RunningReview, open_page: Opener
) -> None:
    """Click a point, read what was said, send it to review; chat text stays text everywhere."""
    page = open_page(running, "/evaluations")
    frame = page.frame_locator("#score-chart")
    expect(frame.locator(".mark-symbol path").first).to_be_visible()
    frame.locator(".mark-symbol path[aria-label*='did not follow']").click()
    expect(page.locator("#detail-title")).to_have_text(XSS)
    expect(page.locator("#questions tr.chosen")).to_have_count(1)
    expect(page.locator("#nearest section")).to_have_count(3)
    page.locator("#detail [data-return=e0003]").click()
    expect(page.locator("#detail [data-return=e0003]")).to_have_text("Back in the review queue")
    assert get_example(running.project.database, "e0003").status == "pending"
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    assert page.title() != "owned"
    inside = page.frames[-1].evaluate(
        "() => [window.origin, document.querySelectorAll('img').length]"
    )
    assert inside == ["null", 0]


def test_the_table_works_without_the_chart(running: RunningReview, open_page: Opener) -> None:
    """Everything the plot tells is in the table, with the keyboard alone, in Korean too."""
    page = open_page(running, "/evaluations", locale="ko-KR")
    expect(page.locator("#questions tbody tr")).to_have_count(6)
    page.locator("#verdict").select_option("followed")
    expect(page.locator("#shown")).to_have_text("질문 5개")
    page.locator("#questions button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_focused()
    expect(page.locator("#detail .verdict")).to_have_text("따름")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#questions tr.chosen")).to_have_attribute("data-key", "2")


def test_what_runs_is_shown_as_it_goes(running: RunningReview, open_page: Opener) -> None:
    """A command of another process appears, moves on and goes away by itself."""
    page = open_page(running, "/overview")
    expect(page.locator("#running")).to_have_text("Nothing runs at the moment.")
    with Announcer(running.project.folder, "evaluate") as announce:
        announce("asking the tuned model", 3, 12)
        expect(page.locator("#running .card")).to_contain_text("3 of 12")
    expect(page.locator("#running")).to_have_text("Nothing runs at the moment.")
    page.locator("#stage").select_option("build")
    page.locator("#start-button").click()
    expect(page.locator("#runs .flag")).to_have_text("done")
    expect(page.locator("#log-text")).to_contain_text('"dataset": "v2"')


def test_datasets_and_training_show_what_there_is(
    running: RunningReview, open_page: Opener
) -> None:
    """Files to download, a curve in its frame, and a table of the same figures."""
    log = EventLog(running.project, "ftjob-1")
    for step in range(1, 20):
        metrics = JobMetrics(step=step, total_steps=20, train_loss=3 / step)
        log.add(JobEvent(id=str(step), created_at=1, level="info", message="", metrics=metrics))
    page = open_page(running, "/training")
    expect(page.frame_locator("#loss-chart").locator(".mark-line path").first).to_be_visible()
    page.locator("#losses-part summary").click()
    expect(page.locator("#losses tbody tr")).to_have_count(19)
    page.goto(running.address + "/datasets")
    expect(page.locator("#files li")).to_have_count(6)
    with page.expect_download() as waiting:
        page.locator("#files a").first.click()
    assert waiting.value.suggested_filename == "v1-train.jsonl"
