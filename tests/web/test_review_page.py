"""The review page in a real Chromium: every key, nothing lost, nothing executed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from chatmill.project import Project
from chatmill.store.examples import get_example
from review_browser import Opener, at, log, saved
from review_room import PAIRS, make_room
from review_server import RunningReview, running_review

pytestmark = pytest.mark.browser
XSS = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_keep_edit_reject_undo_reload_and_go_on(running: RunningReview, open_page: Opener) -> None:
    """The whole of a reviewer's day with the keyboard alone."""
    page = open_page(running)
    at(page, 0)
    expect(page.locator(".bubble.question .text")).to_have_text(PAIRS[0][0])
    page.keyboard.press("k")
    at(page, 1)
    page.keyboard.press("e")
    answer = page.locator(".bubble.answer textarea")
    expect(answer).to_be_focused()
    answer.press("End")
    answer.type(" kkeru 추가")  # letters that are keys elsewhere
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.answer .typed")).to_have_text("kkeru 추가")
    expect(page.locator(".status")).to_have_text("Kept")
    page.keyboard.press("n")
    at(page, 2)
    page.keyboard.press("r")
    expect(page.locator("#reasons")).to_be_visible()
    page.keyboard.press("6")
    at(page, 3)
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    expect(page.locator("#reasons")).to_be_hidden()
    page.keyboard.press("u")
    at(page, 2)
    expect(page.locator(".status")).to_have_text("To decide")
    page.keyboard.press("Shift+U")
    expect(page.locator(".status")).to_have_text("Rejected")
    page.keyboard.press("n")
    at(page, 3)
    saved(page)
    page.reload()
    at(page, 3)
    expect(page.locator("#count")).to_have_text("3 of 5 decided")
    page.keyboard.press("k")
    at(page, 4)
    page.keyboard.press("k")
    expect(page.locator("article.done h1")).to_have_text("Everything is decided")
    saved(page)
    page.keyboard.press("p")
    at(page, 4)
    expect(page.locator(".status")).to_have_text("Kept")
    page.keyboard.press("n")
    expect(page.locator("article.done")).to_be_visible()
    actions = [(example_id[-1], action) for example_id, action, _ in log(running.project)]
    assert actions == [
        ("0", "keep"),
        ("1", "edit"),
        ("2", "reject"),
        ("2", "restore"),
        ("2", "restore"),
        ("3", "keep"),
        ("4", "keep"),
    ]
    assert log(running.project)[2][2] == "duplicate"
    edited = get_example(running.project.database, "e0000001").turns[0]
    assert edited.answer == f"{PAIRS[1][1]} kkeru 추가"
    assert edited.answer_citations


def test_skip_and_go_back(running: RunningReview, open_page: Opener) -> None:
    """Skipping decides nothing, and one can look back at what was decided."""
    page = open_page(running)
    page.keyboard.press("n")
    at(page, 1)
    page.keyboard.press("ArrowRight")
    at(page, 2)
    page.keyboard.press("k")
    at(page, 3)
    page.keyboard.press("ArrowLeft")
    at(page, 2)
    expect(page.locator(".status")).to_have_text("Kept")
    page.keyboard.press("p")
    at(page, 1)
    page.keyboard.press("n")
    at(page, 3)
    page.go_back()
    at(page, 1)
    saved(page)
    assert len(log(running.project)) == 1


def test_leaving_an_edit_changes_nothing(running: RunningReview, open_page: Opener) -> None:
    """Esc gives back the words as they were."""
    page = open_page(running)
    page.keyboard.press("e")
    page.locator(".bubble.answer textarea").fill("something else")
    page.keyboard.press("Escape")
    expect(page.locator(".bubble.answer .text")).to_have_text(PAIRS[0][1])
    page.keyboard.press("e")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_have_text("Nothing was changed")
    assert log(running.project) == []


def test_everything_works_by_mouse(running: RunningReview, open_page: Opener) -> None:
    """No key is needed, on a phone's width either."""
    page = open_page(running, width=390)
    page.click("#do-keep")
    at(page, 1)
    page.click("#do-undo")
    at(page, 0)
    page.click("#do-reject")
    page.click("#reasons .choice >> nth=1")
    at(page, 1)
    page.click("#do-edit")
    page.locator(".bubble.question textarea").fill("새 질문?")
    page.click("#do-save")
    expect(page.locator(".bubble.question .typed")).to_have_text("새 질문?")
    page.click("#do-next")
    at(page, 2)
    page.click("#do-previous")
    at(page, 1)
    page.click("[data-do=help]")
    expect(page.locator("#help")).to_be_visible()
    page.click("#help .act")
    expect(page.locator("#help")).to_be_hidden()
    saved(page)
    actions = [action for _, action, _ in log(running.project)]
    assert actions == ["keep", "restore", "reject", "edit"]


def test_a_server_that_stops_in_the_middle_loses_nothing(
    running: RunningReview, open_page: Opener
) -> None:
    """Decisions made while it is away are said to wait, survive a reload, and are sent later."""
    page = open_page(running)
    at(page, 0)
    page.wait_for_timeout(300)  # the next ones lie ready
    running.stop()
    page.keyboard.press("k")
    at(page, 1)
    page.keyboard.press("r")
    page.keyboard.press("4")
    at(page, 2)
    page.keyboard.press("k")
    expect(page.locator("#sync")).to_have_text("3 decisions waiting to be sent")
    assert log(running.project) == []
    running.start()
    saved(page)
    page.keyboard.press("u")
    at(page, 2)
    saved(page)
    reasons = [(example_id[-1], action) for example_id, action, _ in log(running.project)]
    assert reasons == [("0", "keep"), ("1", "reject"), ("2", "keep"), ("2", "restore")]
    running.stop()
    page.keyboard.press("k")
    expect(page.locator("#sync")).to_have_text("1 decision waiting to be sent")
    running.start()
    page.reload()
    expect(page.locator("#count")).to_have_text("3 of 5 decided")
    saved(page)
    assert len(log(running.project)) == 5


def test_no_key_acts_on_what_is_not_shown(running: RunningReview, open_page: Opener) -> None:
    """While the next example cannot be fetched, keys must not decide about the one before."""
    page = open_page(running)
    running.stop()
    for number in range(4):
        page.keyboard.press("k")
        at(page, number + 1)
    page.keyboard.press("k")
    expect(page.locator("article.done")).to_contain_text("does not answer")
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.keyboard.press("e")
    running.start()
    expect(page.locator("article.done h1")).to_have_text("Everything is decided")
    saved(page)
    assert [action for _, action, _ in log(running.project)] == ["keep"] * 5


def test_a_colleagues_decision_is_not_overwritten(
    running: RunningReview, open_page: Opener
) -> None:
    """Two browsers at one example: the second is told, and shown what holds."""
    first = open_page(running)
    second = first.context.new_page()
    second.goto(f"{running.address}/examples/e0000000")
    at(second, 0)
    first.keyboard.press("k")
    saved(first)
    second.keyboard.press("r")
    second.keyboard.press("1")
    expect(second.locator("#banner")).to_contain_text("Not recorded")
    assert [action for _, action, _ in log(running.project)] == ["keep"]


def test_words_and_their_source_light_up_both_ways(
    running: RunningReview, open_page: Opener
) -> None:
    """Pointing at words shows where they come from, and at a source what was made of it."""
    page = open_page(running)
    page.hover(".bubble.answer .cited")
    expect(page.locator("#source .lit")).to_have_text(PAIRS[0][1])
    page.hover("#source .cited >> nth=0")
    expect(page.locator("#pair .lit")).to_have_text(PAIRS[0][0])


def test_hangul_input_does_not_get_in_the_way(running: RunningReview, open_page: Opener) -> None:
    """With a Korean keyboard the K key types ㅏ; it must keep all the same."""
    page = open_page(running, locale="ko-KR")
    expect(page.locator(".status")).to_have_text("검토 전")
    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'ㅏ', code: 'KeyK', bubbles: true}))"
    )
    at(page, 1)
    expect(page.locator("#count")).to_have_text("5개 중 1개 결정")


def test_a_script_in_a_chat_is_only_text(
    tmp_path: Path, browser: Browser, open_page: Opener
) -> None:
    """Chats are untrusted: markup is shown as written, in every place of the page."""
    del browser
    pairs = [(XSS, f"Answer {XSS}"), ("다음?", "네, 다음입니다.")]
    with (
        make_room(tmp_path / "room", pairs, systems=[XSS, "둘째"]) as project,
        running_review(project) as running,
    ):
        page = open_page(running)
        expect(page.locator(".bubble.question .text")).to_have_text(XSS)
        expect(page.locator("#source .text >> nth=1")).to_have_text(f"Answer {XSS}")
        page.keyboard.press("e")
        page.locator(".bubble.answer textarea").fill(XSS * 2)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".bubble.answer .text")).to_have_text(XSS * 2)
        saved(page)
        page.reload()
        expect(page.locator(".bubble.answer .text")).to_have_text(XSS * 2)
        assert page.title() == "Review · room"
        assert page.locator("#pair img, #source img, #pair script").count() == 0


def test_the_finding_stands_at_its_words(tmp_path: Path, open_page: Opener) -> None:
    """After an edit the checks speak at once, at the exact words, emoji before them or not."""
    with (
        make_room(tmp_path / "room") as project,
        running_review(project) as running,
    ):
        page = open_page(running)
        page.keyboard.press("e")
        page.locator(".bubble.answer textarea").fill("😀😀 전화는 010-0000-1234 입니다.")
        page.keyboard.press("Control+Enter")
        page.hover(".bubble.answer .note >> text=phone number")
        expect(page.locator(".bubble.answer mark.lit >> nth=0")).to_be_visible()
        lit = page.locator(".bubble.answer mark.lit").all_text_contents()
        assert "".join(lit) == "010-0000-1234"


def test_an_empty_project_says_what_to_do(tmp_path: Path, open_page: Opener) -> None:
    """Nothing to review is no blank page."""
    with (
        Project.create(tmp_path / "room") as project,
        running_review(project) as running,
    ):
        page = open_page(running)
        expect(page.locator("article.done")).to_contain_text("chatmill import")


def test_the_next_example_is_painted_within_a_blink(
    running: RunningReview, open_page: Opener
) -> None:
    """From the key to the next example: prefetched, so far below what a person notices."""
    page = open_page(running)
    page.wait_for_timeout(300)
    took = page.evaluate(
        """() => new Promise((resolve) => {
            const from = performance.now();
            document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", bubbles: true}));
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
        })"""
    )
    at(page, 1)
    assert took < 400  # a loaded machine; 50 ms is the aim on a quiet one
