"""What the review page does beyond one decision: live checks, split, merge, remarks, the cursor."""

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Route, expect

from chatmill.stages import review
from chatmill.store.examples import get_example
from review_browser import Opener, at, log, saved
from review_room import PAIRS, make_room
from review_server import REVIEWER, RunningReview, running_review

pytestmark = pytest.mark.browser
SLOW_MS = 400


def test_an_edit_is_checked_and_compared_while_it_is_written(
    running: RunningReview, open_page: Opener
) -> None:
    """The reviewer sees what the checks will say, and what was changed, before saving."""
    page = open_page(running)
    page.keyboard.press("e")
    answer = page.locator(".bubble.answer")
    answer.locator("textarea").fill("The W5500 has 9 independent sockets. 010-0000-1234")
    expect(answer.locator(".live .note >> text=phone number")).to_be_visible()
    expect(answer.locator(".changes del").first).to_have_text("8")
    expect(answer.locator(".changes ins").first).to_have_text("9")
    expect(page.locator("#editing-state")).to_contain_text("Found")
    answer.locator("textarea").fill(PAIRS[0][1])
    expect(answer.locator(".live")).to_have_count(0)
    page.keyboard.press("Escape")
    assert log(running.project) == []


def test_merge_split_and_their_undo_by_keys(running: RunningReview, open_page: Opener) -> None:
    """Two become one and one becomes two, each a step that undo takes back whole."""
    page = open_page(running)
    page.keyboard.press("m")
    expect(page.locator(".bubble")).to_have_count(4)
    page.keyboard.press("s")
    expect(page.locator(".bubble")).to_have_count(2)
    saved(page)
    page.keyboard.press("k")
    expect(page.locator(".bubble.answer .text")).to_have_text(PAIRS[1][1])
    expect(page.locator("#source .cited").last).to_have_text(PAIRS[1][1])
    page.keyboard.press("u")  # the keep
    at(page, 0)
    page.keyboard.press("u")  # the split
    expect(page.locator(".bubble")).to_have_count(4)
    page.keyboard.press("u")  # the merge
    expect(page.locator(".bubble")).to_have_count(2)
    page.keyboard.press("Shift+U")
    expect(page.locator(".bubble")).to_have_count(4)
    saved(page)
    assert [action for _, action, _ in log(running.project)] == [
        *("merge", "merge", "split", "split", "keep"),
        *("restore", "restore", "restore", "restore", "restore", "restore", "restore"),
    ]
    page.keyboard.press("n")
    at(page, 2)
    page.keyboard.press("s")
    expect(page.locator("#toast")).to_contain_text("several turns")


def test_a_split_asks_where_there_are_several_places(
    running: RunningReview, open_page: Opener
) -> None:
    """With three turns the number of the place is the key."""
    for _ in range(2):
        review.merge_with_next(
            running.project, "e0000000", decision_id=str(uuid4()), reviewer="Mina"
        )
    page = open_page(running)
    expect(page.locator(".bubble")).to_have_count(6)
    page.keyboard.press("s")
    expect(page.locator("#reasons .choice")).to_have_count(2)
    page.keyboard.press("2")
    expect(page.locator(".bubble")).to_have_count(4)
    saved(page)
    assert len(get_example(running.project.database, "e0000000").turns) == 2


def test_comment_and_ask_reach_the_one_who_is_asked(
    running: RunningReview, open_page: Opener
) -> None:
    """Letters typed there decide nothing; the asked one finds question and example at once."""
    page = open_page(running)
    page.keyboard.press("c")
    page.keyboard.type("kru 확인")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".history .comment")).to_contain_text("kru 확인")
    page.click("#do-more")
    page.click("#do-ask")
    page.fill("#remark-who", "Mina")
    page.fill("#remark-text", "8개가 맞나요?")
    page.click("#remark-send")
    at(page, 1)
    saved(page)
    assert [(each.asker, each.question) for each in review.asked_of(running.project, "Mina")] == [
        (REVIEWER, "8개가 맞나요?")
    ]
    review.ask(
        running.project,
        "e0000004",
        "IPv6?",
        expert=REVIEWER,
        decision_id=str(uuid4()),
        reviewer="Mina",
    )
    page.reload()
    page.click("#asked")
    at(page, 4)
    expect(page.locator(".asked")).to_contain_text("Mina asks you")
    page.keyboard.press("k")
    expect(page.locator("#asked")).to_be_hidden()


def test_next_flagged_the_cursor_and_personal_data(tmp_path: Path, open_page: Opener) -> None:
    """F goes to what a check found; the brackets walk the words and light their source."""
    pairs = [*PAIRS[:3], ("전화번호가 뭔가요?", "담당자 전화는 010-1234-5678 입니다.")]
    with make_room(tmp_path / "room", pairs) as project, running_review(project) as running:
        page = open_page(running)
        at(page, 3)
        expect(page.locator(".bubble.answer .private")).to_have_text("010-1234-5678")
        page.keyboard.press("n")
        at(page, 0)
        page.keyboard.press("f")
        at(page, 3)
        page.keyboard.press("]")
        expect(page.locator("#source .lit")).to_have_text(pairs[3][0])
        page.keyboard.press("[")
        expect(page.locator("#pair .note.lit")).to_have_count(1)


def test_a_slow_network_never_holds_the_reviewer_up(
    running: RunningReview, open_page: Opener
) -> None:
    """Decisions are shown at once and sent in order, however long each takes."""
    page = open_page(running)
    page.wait_for_timeout(300)  # the next ones lie ready

    def slowly(route: Route) -> None:
        page.wait_for_timeout(SLOW_MS)
        route.continue_()

    page.route("**/api/v1/decisions", slowly)
    for number in range(1, 4):
        page.keyboard.press("k")
        expect(page.locator(f"body[data-example='e{number:07d}']")).to_be_attached(timeout=SLOW_MS)
    expect(page.locator("#sync")).to_have_text("Saving…")
    saved(page)
    assert [example_id[-1] for example_id, _, _ in log(running.project)] == ["0", "1", "2"]
