"""The list in a real browser: search, many at once and back, contradictions side by side."""

import pytest
from playwright.sync_api import Page, expect

from chatmill.records import Cluster
from chatmill.store.clusters import save_corpus
from chatmill.store.examples import count_examples
from review_browser import Opener, log
from review_server import RunningReview

pytestmark = pytest.mark.browser


def listed(open_page: Opener, running: RunningReview, rest: str = "", **chosen: str) -> Page:
    """Open the list."""
    page = open_page(running, **chosen)
    page.goto(f"{running.address}/examples{rest}")
    expect(page.locator("html[data-ready=yes]")).to_be_attached()
    return page


def test_many_are_decided_in_one_step_and_taken_back(
    running: RunningReview, open_page: Opener
) -> None:
    """The number is said before, the undo is offered after, and the address brings it all back."""
    page = listed(open_page, running)
    expect(page.locator("#rows .one")).to_have_count(5)
    page.get_by_label("Search").fill("리셋")
    expect(page.locator("#rows .one")).to_have_count(1)
    assert "q=%EB%A6%AC%EC%85%8B" in page.url
    page.get_by_label("Search").fill("")
    expect(page.locator("#rows .one")).to_have_count(5)
    page.get_by_role("button", name="All that are found").click()
    expect(page.locator("#chosen")).to_have_text("5 chosen")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("#sure-words")).to_have_text("Keep 5 examples?")
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("5 examples decided")
    assert count_examples(running.project.database)["kept"] == 5
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#done")).to_contain_text("5 decisions taken back")
    assert count_examples(running.project.database)["pending"] == 5


def test_two_syllables_are_found_and_rejected_by_keyboard(
    running: RunningReview, open_page: Opener
) -> None:
    """소켓 finds 소켓을; `/`, `j` and `x` search, move and choose."""
    page = listed(open_page, running, "?status=pending")
    page.keyboard.press("/")
    page.keyboard.type("레지")
    expect(page.locator("#rows .one")).to_have_count(1)
    page.locator("#rows .one .asks").focus()
    page.keyboard.press("x")
    expect(page.locator("#chosen")).to_have_text("1 chosen")
    page.get_by_role("button", name="Reject").click()
    page.get_by_label("Reason").select_option("duplicate")
    page.locator("#yes").click()
    expect(page.locator("#nothing")).to_be_visible()
    assert log(running.project) == [("e0000001", "reject", "duplicate")]
    page.go_back()


def test_contradictions_stand_side_by_side(running: RunningReview, open_page: Opener) -> None:
    """One click keeps the suggested answer and rejects the other; undo brings both back."""
    pair = Cluster(
        kind="conflict", name="", keeper="e0000002", example_ids=("e0000000", "e0000002")
    )
    save_corpus(running.project.database, [pair], [], [], "1")
    page = listed(open_page, running, "?view=conflicts", locale="ko-KR")
    members = page.locator(".cluster .member")
    expect(members).to_have_count(2)
    first, second = (members.nth(at).bounding_box() for at in range(2))
    assert first is not None
    assert second is not None
    assert abs(first["y"] - second["y"]) < 2
    page.locator(".member.suggested .act.good").click()
    expect(page.locator("#settled")).to_be_visible()
    assert count_examples(running.project.database)["kept"] == 1
    assert count_examples(running.project.database)["rejected"] == 1
    page.locator("#undo").click()
    expect(members).to_have_count(2)
    assert count_examples(running.project.database)["pending"] == 5
