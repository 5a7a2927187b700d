"""The report in a real Chromium: the picture, the click, the table, and no network."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from chatmill.charts import hangul_font
from chatmill.project import InitAnswers, Project
from chatmill.stages.evaluate import evaluate
from chatmill.stages.evaluate.labels import read_labels
from evaluating import ANSWERS, answer_of, keep_and_build, record_tuned_model, use_server
from openai_server import OpenAIServer

CHROMIUM = Path("/usr/bin/chromium")
"""Debian's; Playwright's own where it is missing."""

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReport:
    """A report in a browser and what went wrong in it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report_file(
    tmp_path_factory: pytest.TempPathFactory, embed: Callable[[str], list[float]]
) -> Path:
    """The report of a real evaluation against a scripted server."""
    answers = InitAnswers(agents=("Mina Park",), products=("W5500",))
    folder = tmp_path_factory.mktemp("page") / "room"
    with OpenAIServer() as server, Project.create(folder, answers) as project:
        server.answer = answer_of
        server.vector = embed
        use_server(project, server)
        keep_and_build(project)
        record_tuned_model(project)
        return folder / evaluate(project).folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this file."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM if CHROMIUM.exists() else None, args=["--no-sandbox"]
        )
        yield opened
        opened.close()


@pytest.fixture(params=["light", "dark"])
def report(
    request: pytest.FixtureRequest, browser: Browser, report_file: Path
) -> Iterator[OpenReport]:
    """The report, opened from disk."""
    page = browser.new_page(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    opened = OpenReport(page=page)
    page.on("console", lambda message: opened.problems.append(message.text))
    page.on("pageerror", lambda error: opened.problems.append(str(error)))
    page.on("request", lambda each: opened.requested.append(each.url))
    page.goto(report_file.as_uri())
    page.wait_for_selector("html[data-ready]")
    yield opened
    page.close()


def lost() -> list[str]:
    """Return the questions that were not followed."""
    return [item.question for item in ANSWERS if item.is_foreign]


def test_a_click_on_a_lost_mark_shows_its_answers(report: OpenReport) -> None:
    """The picture a team shows its boss leads to what was asked and said."""
    marks = report.page.locator('#plot [aria-label^="did not follow the training"]')
    assert marks.count() == len(lost())
    marks.first.click()
    detail = report.page.locator("#detail")
    assert detail.is_visible()
    question = detail.locator("h2").inner_text()
    item = next(item for item in ANSWERS if item.question == question)
    boxes = detail.locator(".answers section p").all_inner_texts()
    assert boxes[:2] == [item.answer, item.said]
    assert detail.locator("ins").count() > 0
    assert report.page.locator("#plot .is-chosen").count() > 0


def test_a_row_opens_by_click_and_the_keyboard_goes_on(report: OpenReport) -> None:
    """Rows are sorted with what was lost first; the arrows walk through them."""
    rows = report.page.locator("#rows tr")
    assert rows.count() == len(ANSWERS) + 4
    first = rows.nth(0).locator(".question").inner_text()
    assert first in lost()
    rows.nth(0).click()
    heading = report.page.locator("#detail h2")
    assert heading.inner_text() == first
    report.page.keyboard.press("ArrowRight")
    assert heading.inner_text() == rows.nth(1).locator(".question").inner_text()
    report.page.keyboard.press("Escape")
    assert not report.page.locator("#detail").is_visible()


def test_the_table_filters(report: OpenReport) -> None:
    """A reviewer sees the lost ones, or the Korean ones, or those with a word."""
    page = report.page
    rows = page.locator("#rows tr")
    page.select_option("[name=verdict]", "not followed")
    assert rows.count() == len(lost())
    page.select_option("[name=language]", "ko")
    assert rows.count() == 1
    page.select_option("[name=verdict]", "")
    page.fill("[name=text]", "재전송")
    assert rows.count() == 1
    page.fill("[name=text]", "no such words")
    assert rows.locator(".nothing").count() == 1


def test_chats_stay_text(report: OpenReport) -> None:
    """A question with markup is shown letter for letter and makes no element."""
    evil = next(item.question for item in ANSWERS if "<b>" in item.question)
    report.page.fill("[name=text]", "</script>")
    row = report.page.locator("#rows tr")
    assert row.locator(".question").inner_text() == evil
    row.click()
    assert report.page.locator("#detail h2").inner_text() == evil
    assert report.page.locator("#detail b b, #rows b").count() == 0


def test_nothing_is_loaded_and_nothing_complains(report: OpenReport) -> None:
    """The page works from a disk without a network, and its console is empty."""
    report.page.locator("#rows tr").first.click()
    assert report.problems == []
    assert [url for url in report.requested if not url.startswith("file:")] == []
    assert len(report.requested) == 1


def test_print_leaves_white_paper(report: OpenReport) -> None:
    """A dark screen prints as dark ink on white, without the open panel."""
    report.page.locator("#rows tr").first.click()
    report.page.emulate_media(media="print")
    color = report.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == "rgb(255, 255, 255)"
    assert not report.page.locator("#detail").is_visible()


def test_a_key_labels_an_answer_and_the_labels_are_saved(
    report: OpenReport, tmp_path: Path
) -> None:
    """One key says what followed, one what is right; the saved file goes back to chatmill."""
    page = report.page
    page.locator("#rows tr").first.click()
    page.keyboard.press("3")
    page.keyboard.press("6")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    page.keyboard.press("2")
    pressed = page.locator('#detail .labels [aria-pressed="true"]').all_inner_texts()
    assert pressed == ["2 partly followed"]
    with page.expect_download() as waiting:
        page.click("#save-labels")
    path = tmp_path / "labels.csv"
    waiting.value.save_as(path)
    first, second = read_labels(path)
    assert (first.label, first.correctness) == ("not followed", "no answer in the data")
    assert (second.label, second.correctness) == ("partly", None)
    assert first.question in lost()


def test_the_spread_of_scores_is_drawn(report: OpenReport) -> None:
    """Learnt and carried over stand beside each other, and both charts have their files."""
    texts = report.page.locator("#spread svg text").all_text_contents()
    assert {"trained", "held-out phrasings", "base model", "shuffled floor"} <= set(texts)


def test_the_print_is_a_pdf_with_every_answer(report: OpenReport, report_file: Path) -> None:
    """Paper shows each question with its answers; the charts lie beside it as PNG and SVG."""
    from pdfminer.high_level import extract_text

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    path = report_file.with_name("printed.pdf")
    path.write_bytes(report.page.pdf(format="A4", print_background=True))
    text = " ".join(extract_text(path).split())
    path.unlink()
    assert "Hold RSTn low for at least 900 us" in text
    if hangul_font() is not None:
        assert "풀업이" in text
    for name in ("scores.png", "scores.svg", "distribution.png", "distribution.svg"):
        assert report_file.with_name(name).stat().st_size > 1000


def test_causes_lead_to_their_questions(report: OpenReport) -> None:
    """Why questions did not follow stands in the page; a click shows those in the table."""
    page = report.page
    assert page.locator(".findings h2").all_inner_texts()[-1] == "Why they did not follow"
    page.locator(".findings").last.locator("button").first.click()
    shown = page.locator("#rows .question").all_inner_texts()
    assert shown
    assert set(shown) <= set(lost())
    page.locator(".findings").last.locator("button").first.click()
    assert page.locator("#rows tr").count() == len(ANSWERS) + 4
