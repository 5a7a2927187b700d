"""The API about the project's work and results: all of it with real parts, and who may do what."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from chatmill.models.tuning import JobEvent, JobMetrics
from chatmill.project import InitAnswers, Project
from chatmill.stages.train.events import EventLog
from chatmill.stages.work import Announcer
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import get_example
from chatmill.store.jobs import update_job
from chatmill.web.guard import CSRF_HEADER
from drawn_scores import score
from evaluating import keep_and_build, record_tuned_model, store_evaluation
from review_server import REVIEWER, RunningReview, running_review

EVALUATION = "v1-aaaa"
XSS = "<img src=x onerror=alert(1)>"
SCORES = (
    score("e0003", 0.41, "not followed", question=XSS),
    score("e0004", 0.95, "followed", question="소켓은 몇 개인가요?"),
    score("e0007", 0.05, "not followed", split="test"),
    replace(score("e0004", 0.5, "partly", question="소켓은 몇 개인가요?"), prompt="serving"),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningReview]:
    """A project with one round behind it: kept examples, v1, a tuned model, an evaluation."""
    folder = tmp_path_factory.mktemp("work")
    with Project.create(folder / "room", InitAnswers()) as project:
        keep_and_build(project)
        record_tuned_model(project)
        store_evaluation(project, EVALUATION, SCORES)
        with running_review(project) as made:
            yield made


@pytest.fixture(scope="module")
def client(running: RunningReview) -> httpx2.Client:
    """Somebody who came in by the link, an admin."""
    made = running.client()
    made.timeout = httpx2.Timeout(60)  # the encoder and Vega are loaded at their first use
    return made


def test_the_overview_counts_everything(client: httpx2.Client) -> None:
    """The funnel, what waits and the rounds are those of the stages' own records."""
    found = client.get("/api/v1/overview").json()
    steps = {each["name"]: each["n"] for each in found["funnel"]}
    assert (steps["examples"], steps["kept"], steps["built"]) == (15, 15, 15)
    (round_,) = found["rounds"]
    assert (round_["dataset"], round_["n_not_followed"]) == ("v1", 2)
    assert round_["trained"] == pytest.approx(0.68)
    assert round_["unseen"] == pytest.approx(0.05)
    assert found["next_command"].startswith("chatmill ")
    plot = client.get("/api/v1/overview/rounds/plot", params={"width": 400}).json()
    assert plot["layer"]


def test_a_dataset_is_shown_and_downloaded(client: httpx2.Client) -> None:
    """Versions, files masked as built, and a diff; names that lead elsewhere open nothing."""
    assert client.get("/api/v1/datasets").json()["versions"][0]["name"] == "v1"
    about = client.get("/api/v1/datasets/v1").json()
    assert {each["name"] for each in about["files"]} >= {"train.jsonl", "manifest.json"}
    file = client.get("/api/v1/datasets/v1/files/train.jsonl")
    assert 'attachment; filename="v1-train.jsonl"' in file.headers["content-disposition"]
    assert "messages" in json.loads(file.text.split("\n", maxsplit=1)[0])
    diff = client.get("/api/v1/datasets/v1/diff", params={"since": "v1"}).json()
    assert (diff["n_same"], diff["changes"]) == (15, [])
    for path in ("v1/files/..%2f..%2fchatmill.toml", "v1/files/chatmill.db", "v9", "%2e%2e"):
        assert 400 <= client.get(f"/api/v1/datasets/{path}").status_code < 500


def test_a_job_shows_its_losses_while_it_runs(
    running: RunningReview, client: httpx2.Client
) -> None:
    """What a followed job reports is on the page at once, also as a chart."""
    project = running.project
    (job,) = client.get("/api/v1/jobs").json()
    assert (job["dataset"], job["n_epochs"], job["has_card"]) == ("v1", 20, False)
    log = EventLog(project, job["id"])
    for step in range(1, 500):
        metrics = JobMetrics(step=step, total_steps=500, train_loss=3 / step)
        log.add(JobEvent(id=str(step), created_at=1, level="info", message="", metrics=metrics))
    about = client.get(f"/api/v1/jobs/{job['id']}").json()
    assert (about["n_losses"], about["total_steps"], about["is_live"]) == (499, 500, True)
    assert len(about["losses"]) <= 201
    assert about["losses"][-1]["step"] == 499
    assert client.get(f"/api/v1/jobs/{job['id']}/plot").json()["layer"]
    assert client.get("/api/v1/jobs/nothing").status_code == 422


def test_questions_come_a_page_at_a_time(client: httpx2.Client) -> None:
    """The least followed first; filters and words narrow; the plot's keys are the table's."""
    path = f"/api/v1/evaluations/{EVALUATION}"
    assert [each["id"] for each in client.get("/api/v1/evaluations").json()] == [EVALUATION]
    assert {line["group"] for line in client.get(path).json()["lines"]} == {"trained", "unseen"}
    page = client.get(f"{path}/questions", params={"limit": 2}).json()
    assert ([each["key"] for each in page["questions"]], page["n_matching"]) == ([2, 0], 3)
    page = client.get(f"{path}/questions", params={"text": "소켓", "verdict": "followed"}).json()
    assert [each["key"] for each in page["questions"]] == [1]
    about = client.get(f"{path}/questions/1").json()
    assert about["served_cosine"] == pytest.approx(0.5)
    assert about["status"] == "kept"
    plot = json.dumps(client.get(f"{path}/plot").json())
    assert '"key": 2' in plot
    assert client.get(f"{path}/questions/99").status_code == 422
    assert client.get("/api/v1/evaluations/none/questions").status_code == 422


def test_what_was_not_followed_is_sent_to_review(
    running: RunningReview, client: httpx2.Client
) -> None:
    """The example waits again with what the model said, under the name of who sent it, once."""
    path = f"/api/v1/evaluations/{EVALUATION}/questions"
    nearest = client.get(f"{path}/0/nearest").json()
    assert len(nearest) == 3
    assert "e0003" not in {each["example_id"] for each in nearest}
    body = {"example_ids": ["e0003", "e0005"]}
    done = client.post(f"{path}/0/return", json=body).json()
    assert done == {"queued": ["e0003", "e0005"], "known": [], "left": []}
    assert client.post(f"{path}/0/return", json=body).json()["known"] == ["e0003", "e0005"]
    assert get_example(running.project.database, "e0005").status == "pending"
    decisions = list_decisions(running.project.database, example_id="e0003")
    assert decisions[-1].reviewer == REVIEWER
    assert "did not follow the training" in decisions[-1].reason
    refused = client.post(f"{path}/2/return", json={"example_ids": ["e0007"]})
    assert refused.status_code == 422
    assert client.post(f"{path}/0/return", json={"example_ids": []}).status_code == 422


def test_only_known_stages_start(client: httpx2.Client) -> None:
    """What a forged or mistaken request asks for starts nothing."""
    names = {each["name"] for each in client.get("/api/v1/stages").json()["stages"]}
    assert names == {"extract", "check", "triage", "build", "train", "evaluate", "improve", "run"}
    for body in (
        {"stage": "import"},
        {"stage": "build", "dataset": "v1"},
        {"stage": "train", "dataset": "$(id)"},
        {"stage": "train", "epochs": 0},
        {"stage": "check", "command": "sh"},
    ):
        assert client.post("/api/v1/stages/runs", json=body).status_code == 422
    assert client.get("/api/v1/stages/runs").json() == []
    assert client.get("/api/v1/stages/runs/000001-build/log").status_code == 422


def test_what_runs_is_streamed(running: RunningReview, client: httpx2.Client) -> None:
    """A command of another process is seen as it goes; an open job shows that it reported."""
    project = running.project
    job = record_tuned_model(project)
    update_job(project.database, replace(job, status="running"))
    with (
        Announcer(project.folder, "extract") as announce,
        client.stream("GET", "/api/v1/events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        first = next(json.loads(line[6:]) for line in lines if line.startswith("data: "))
        assert [each["stage"] for each in first["notices"]] == ["extract"]
        assert [each["id"] for each in first["jobs"]] == [job.id]
        announce("대화 읽기", 5, 9)
        second = next(json.loads(line[6:]) for line in lines if line.startswith("data: "))
        assert (second["notices"][0]["what"], second["notices"][0]["done"]) == ("대화 읽기", 5)
    update_job(project.database, job)


def test_a_stage_is_started_and_its_words_are_shown(client: httpx2.Client) -> None:
    """From the page to the child process and back, one at a time."""
    run = client.post("/api/v1/stages/runs", json={"stage": "build"}).json()
    assert (run["state"], run["started_by"]) == ("running", REVIEWER)
    again = client.post("/api/v1/stages/runs", json={"stage": "check"})
    assert again.status_code == 409
    with client.stream("GET", "/api/v1/events", timeout=30) as stream:
        for line in stream.iter_lines():
            if not line.startswith("data: "):
                continue
            (known,) = json.loads(line[6:])["runs"]
            if known["state"] != "running":
                break
    part = client.get(f"/api/v1/stages/runs/{run['id']}/log").json()
    assert part["run"]["state"] == known["state"] == "done"
    assert json.loads(part["output"])["dataset"] == "v2"


def test_the_chart_frame_is_a_world_of_its_own(client: httpx2.Client) -> None:
    """Vega's `Function` is allowed there alone, without network, cookies or our origin."""
    frame = client.get("/charts/frame")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert "frame-ancestors 'self'" in policy
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    for path in ("/overview", "/datasets", "/training", "/evaluations"):
        page = client.get(path)
        assert page.status_code == 200
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "frame-src 'self'" in page.headers["content-security-policy"]


def test_causes_are_listed_and_one_is_sent_whole(client: httpx2.Client) -> None:
    """Why questions did not follow, with what to do; a cause nobody has sends nothing."""
    path = f"/api/v1/evaluations/{EVALUATION}"
    found = client.get(f"{path}/causes").json()
    assert found["n_failed"] == len(found["causes"]) > 0
    assert {"cause", "evidence", "todo", "example_ids"} <= found["causes"][0].keys()
    assert client.get("/api/v1/evaluations/none/causes").status_code == 422
    assert client.post(f"{path}/improve", json={"cause": "bad luck"}).status_code == 422
    sent = client.post(f"{path}/improve", json={"cause": "answer too long"})
    assert sent.json() == {"queued": [], "known": [], "left": []}


def test_a_forged_start_is_refused(client: httpx2.Client) -> None:
    """Another site open in the same browser starts, cancels and returns nothing."""
    for path in (
        "/api/v1/stages/runs",
        "/api/v1/stages/runs/000001-build/cancel",
        f"/api/v1/evaluations/{EVALUATION}/questions/0/return",
    ):
        for headers in ({CSRF_HEADER: "0" * 64}, {"origin": "https://evil.example"}):
            assert client.post(path, json={"stage": "check"}, headers=headers).status_code == 403


def test_an_empty_project_has_pages_too(tmp_path: Path) -> None:
    """Nothing imported, nothing built: every page and list answers, and says what comes next."""
    with (
        Project.create(tmp_path / "empty", InitAnswers(language="ko")) as project,
        running_review(project) as running,
    ):
        client = running.client()
        overview = client.get("/api/v1/overview").json()
        assert overview["next_command"].startswith("chatmill import")
        assert (overview["rounds"], overview["topics"]) == ([], [])
        assert client.get("/api/v1/datasets").json()["n_versions"] == 0
        assert client.get("/api/v1/jobs").json() == client.get("/api/v1/evaluations").json() == []
        assert client.get("/api/v1/overview/rounds/plot").status_code == 200
