"""Triage in the browser and by the API: a sample first, then the step, then all of it back."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from chatmill.project import Project
from chatmill.settings import FILE_NAME
from chatmill.stages import users
from chatmill.stages.review.triage import train_triage
from chatmill.stages.work import StageRunner
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples
from chatmill.store.triage import newest_model
from chatmill.web.retraining import Retraining
from review_browser import Opener
from review_server import RunningReview, running_review
from triage_room import is_bad, one_decides, people_decide, triage_project

N_DECIDED, N_ALL = 720, 760
N_GOOD = sum(not is_bad(number) for number in range(N_DECIDED, N_ALL))
PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody


@pytest.fixture
def learnt(tmp_path: Path) -> Iterator[Project]:
    """People decided about 720 examples by a rule; 40 more wait."""
    with triage_project(tmp_path / "room", N_ALL) as project:
        people_decide(project, range(N_DECIDED))
        train_triage(project)
        yield project


@pytest.fixture
def running(learnt: Project) -> Iterator[RunningReview]:
    """The same, served."""
    with running_review(learnt) as made:
        yield made


def at_triage(open_page: Opener, running: RunningReview, **chosen: str) -> Page:
    """Open the page about triage."""
    page = open_page(running, **chosen)
    page.goto(f"{running.address}/triage")
    expect(page.locator("html[data-ready=yes]")).to_be_attached()
    return page


@pytest.mark.browser
def test_a_sample_comes_first_then_all_are_kept_and_taken_back(
    running: RunningReview, open_page: Opener
) -> None:
    """Nobody keeps unseen, everything kept is triage's own, and one click takes it all back."""
    page = at_triage(open_page, running)
    expect(page.locator("#offer")).to_contain_text(f"{N_GOOD} examples it is at least 99%")
    keep = page.get_by_role("button", name=f"Keep these {N_GOOD}")
    expect(keep).to_be_disabled()
    page.get_by_role("button", name="Look at some first").click()
    expect(page.locator("#pairs li")).to_have_count(10)
    expect(page.locator("#pairs li").first).to_contain_text("소켓")
    keep.click()
    expect(page.locator("#steps li")).to_contain_text(f"{N_GOOD} examples")
    expect(page.locator("#offer")).to_have_text("Nothing that waits is that sure.")
    assert len(list_decisions(running.project.database, reviewer="triage")) == N_GOOD
    page.get_by_role("button", name="Look at some of them").click()
    expect(page.locator("#audited li")).to_have_count(10)
    page.get_by_role("button", name="Undo all at once").click()
    expect(page.locator("#offer")).to_contain_text(f"{N_GOOD} examples")
    assert count_examples(running.project.database)["pending"] == N_ALL - N_DECIDED
    expect(page.locator("#steps button")).to_have_count(0)


@pytest.mark.browser
def test_the_page_speaks_korean_and_counts_honestly(
    running: RunningReview, open_page: Opener
) -> None:
    """What people decided against its word stands in the table, in the visitor's language."""
    good = next(number for number in range(N_DECIDED, N_ALL) if not is_bad(number))
    one_decides(running.project, good, "reject")
    page = at_triage(open_page, running, locale="ko-KR")
    expect(page.locator("#history tbody tr")).to_contain_text(["0 (0%)"])
    expect(page.locator("#sample")).to_have_text("먼저 몇 개 보기")


def test_only_admins_let_it_keep(learnt: Project) -> None:
    """A reviewer may look at the offer and the sample; keeping and undoing are an admin's."""
    for role in ("reader", "reviewer", "admin"):
        users.create_user(learnt, role, PASSWORD, actor="test", role=role)
    with running_review(learnt) as running:
        reviewer = running.client_of("reviewer", PASSWORD)
        assert reviewer.get("/api/v1/triage").json()["offer"]["n_sure"] == N_GOOD
        assert len(reviewer.get("/api/v1/triage/sample?limit=3").json()) == 3
        body = {"id": str(uuid4()), "n_expected": N_GOOD, "model": 1}
        assert reviewer.post("/api/v1/triage/keep", json=body).status_code == 403
        admin = running.client_of("admin", PASSWORD)
        for wrong in ({"n_expected": N_GOOD - 1}, {"model": 2}):
            other = {**body, "id": str(uuid4()), **wrong}
            assert admin.post("/api/v1/triage/keep", json=other).status_code == 409
        kept = admin.post("/api/v1/triage/keep", json=body).json()
        assert admin.post("/api/v1/triage/keep", json=body).json() == kept
        assert kept["n_examples"] == N_GOOD
        step = {"id": str(uuid4()), "batch": kept["batch"]}
        assert reviewer.post("/api/v1/triage/undo", json=step).status_code == 403
        assert admin.post("/api/v1/triage/undo", json=step).json()["n_examples"] == N_GOOD
    reasons = {each.reason for each in list_decisions(learnt.database, reviewer="triage")}
    assert all("asked for by admin" in reason for reason in reasons)


def test_reviewers_see_it_only_where_the_settings_say_so(learnt: Project, tmp_path: Path) -> None:
    """What it expects biases who decides, so it is hidden unless somebody wants it shown."""
    with running_review(learnt) as running:
        (item,) = running.client().get("/api/v1/queue/next").json()["items"]
        assert item["expected"] is None
    with (learnt.folder / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write("\n[review]\ntriage_shown = true\n")
    with Project.open(tmp_path / "room") as project, running_review(project) as running:
        (item,) = running.client().get("/api/v1/queue/next").json()["items"]
        assert 0 < item["expected"] < 1


def test_it_learns_anew_by_itself(tmp_path: Path) -> None:
    """After enough decisions a process of its own learns, and the project's page can show it."""
    with triage_project(tmp_path / "room", 120) as project:
        people_decide(project, range(80))
        retraining = Retraining(project, seconds_later=0.01)
        retraining.soon()
        runner = StageRunner(project)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            runs = runner.list_runs()
            if runs and runs[0].exit_code is not None:
                break
            time.sleep(0.05)
        (run,) = runner.list_runs()
        assert (run.stage, run.state, run.started_by) == ("triage", "done", "triage")
        model = newest_model(project.database)
        assert model is not None
        assert model.figures["state"] == "ready"
