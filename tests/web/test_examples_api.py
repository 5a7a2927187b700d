"""The list's API: filters, words, pages, one step over many, clusters; roles and masks."""

import json
from pathlib import Path
from uuid import uuid4

from chatmill.records import Cluster
from chatmill.stages import users
from chatmill.store.clusters import save_corpus
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import count_examples
from review_room import make_room
from review_server import RunningReview, running_review

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody


def test_filters_words_and_pages(running: RunningReview) -> None:
    """The address says what is chosen; a page says where the next one begins."""
    client = running.client()
    first = client.get("/api/v1/examples?status=pending&limit=2").json()
    assert [each["id"] for each in first["rows"]] == ["e0000000", "e0000001"]
    rest = client.get(f"/api/v1/examples?status=pending&after={first['after']}").json()
    assert (len(rest["rows"]), rest["after"]) == (3, None)
    (found,) = client.get("/api/v1/examples?q=리셋").json()["rows"]
    assert found["question"].startswith("리셋 핀은")
    assert client.get("/api/v1/examples?q=%3F").status_code == 422
    assert client.get("/api/v1/examples?keep_from=0.9").status_code == 422
    facets = client.get("/api/v1/facets").json()
    assert {"value": "pending", "shown": "pending", "n_examples": 5} in facets["status"]


def test_a_step_over_a_filter_and_its_undo(running: RunningReview) -> None:
    """What was counted is what is decided; twice is once; undo gives all of it back."""
    client = running.client()
    body = {"id": str(uuid4()), "action": "reject", "filter": {"q": "W5500"}, "reason": "duplicate"}
    n_found = client.get("/api/v1/examples-count?q=W5500").json()["n_examples"]
    assert client.post("/api/v1/bulk", json={**body, "expected": n_found + 1}).status_code == 409
    done = client.post("/api/v1/bulk", json={**body, "expected": n_found}).json()
    assert done["n_decided"] == n_found
    assert client.post("/api/v1/bulk", json={**body, "expected": n_found}).json() == {
        **done,
        "n_left": 0,
    }
    assert count_examples(running.project.database)["rejected"] == n_found
    undo = {"id": str(uuid4()), "batch": done["batch"]}
    assert client.post("/api/v1/bulk/undo", json=undo).json()["n_decided"] == n_found
    assert count_examples(running.project.database)["pending"] == 5
    both = {**body, "example_ids": [], "expected": 0, "id": str(uuid4())}
    assert client.post("/api/v1/bulk", json=both).status_code == 422


def test_conflicts_side_by_side(running: RunningReview) -> None:
    """The suggested one is kept and the other rejected in one step; then the pair is settled."""
    pair = Cluster(
        kind="conflict", name="", keeper="e0000002", example_ids=("e0000000", "e0000002")
    )
    same = Cluster(kind="near", name="", keeper="e0000003", example_ids=("e0000003", "e0000004"))
    save_corpus(running.project.database, [pair, same], [], [], "1")
    client = running.client()
    (conflict,) = client.get("/api/v1/conflicts").json()["clusters"]
    assert [each["id"] for each in conflict["rows"]] == ["e0000002", "e0000000"]
    assert conflict["keeper"] == "e0000002"
    (near,) = client.get("/api/v1/clusters").json()["clusters"]
    assert near["kind"] == "near"
    body = {"id": str(uuid4()), "keep": "e0000002", "reject": ["e0000000"]}
    assert client.post("/api/v1/clusters/keep", json=body).json()["n_decided"] == 2
    assert client.get("/api/v1/conflicts").json()["clusters"] == []


def test_the_selection_is_downloaded(running: RunningReview) -> None:
    """As text and as a workbook that review --apply takes back, and as JSON lines."""
    client = running.client()
    lines = client.get("/api/v1/export?form=jsonl&q=리셋")
    (row,) = map(json.loads, lines.text.splitlines())
    assert (row["id"], row["status"]) == ("e0000003", "pending")
    assert row["turns"][0]["question"].startswith("리셋 핀은")
    assert "e0000003" in client.get("/api/v1/export?form=txt&q=리셋").text
    assert client.get("/api/v1/export?form=xlsx").content.startswith(b"PK")
    named = client.get("/api/v1/export?form=jsonl&ids=e0000004&ids=e0000001").text.splitlines()
    assert [json.loads(each)["id"] for each in named] == ["e0000004", "e0000001"]
    assert client.get("/api/v1/export?form=exe").status_code == 422


def test_a_reader_decides_nothing_and_nobody_searches_behind_the_mask(tmp_path: Path) -> None:
    """Words that are hidden find nothing, else a search would tell what stands there."""
    pairs = [("전화번호가 뭔가요?", "담당자 전화는 010-1234-5678 입니다."), ("소켓?", "8개입니다.")]
    with make_room(tmp_path / "room", pairs) as project:
        for role in ("reader", "reviewer"):
            users.create_user(project, role, PASSWORD, actor="test", role=role)
        with running_review(project) as running:
            reader = running.client_of("reader", PASSWORD)
            shown = reader.get("/api/v1/examples").text
            assert "담당자 전화는" in shown
            assert "010-1234-5678" not in shown
            assert len(reader.get("/api/v1/examples?q=전화").json()["rows"]) == 1
            assert reader.get("/api/v1/examples?q=1234").json()["rows"] == []
            assert reader.get("/api/v1/examples-count?q=1234").json()["n_examples"] == 0
            body = {"id": str(uuid4()), "action": "keep", "filter": {}, "expected": 2}
            assert reader.post("/api/v1/bulk", json=body).status_code == 403
            reviewer = running.client_of("reviewer", PASSWORD)
            assert reviewer.post("/api/v1/bulk", json=body).json()["n_decided"] == 2
        assert {each.reviewer for each in list_decisions(project.database)} == {"reviewer"}
