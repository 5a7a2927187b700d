"""`rescue`: an account is saved whole, its tuned models' answers are recorded, nothing twice."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatmill.errors import (
    ModelCallError,
    SpendError,
    UnreadableFileError,
    UntrustedProviderError,
)
from chatmill.models.requests import reply_key
from chatmill.models.spending import Spending
from chatmill.project import Project
from chatmill.settings import PriceSettings, ProviderSettings
from chatmill.stages.evaluate.questions import questions_of, request_for
from chatmill.stages.rescue import rescue
from chatmill.stages.rescue.folder import RescueFolder, safe_name
from chatmill.store.datasets import read_rows
from chatmill.store.replies import read_replies
from evaluating import keep_and_build
from openai_account import Account
from openai_server import LOST_ANSWER, OpenAIServer, malformed, refusal

TUNED = "ft:gpt-4o-mini-2024-07-18:acme:bot:1"
OTHER = "ft:gpt-4o-mini-2024-07-18:acme:bot:2"
RESULT = b"step,train_loss,train_accuracy\n1,2.0,0.5\n"


def chat(question: str, answer: str) -> str:
    """Make a line of a training file, Korean as it is."""
    messages = [
        {"role": "system", "content": "W5500에 관한 정보입니다."},
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]
    return json.dumps({"messages": messages}, ensure_ascii=False)


TRAINING = "\n".join(
    (chat("소켓은 몇 개인가요?", "8개입니다."), chat("How large is its buffer?", "It has 32 KB."))
)
VALIDATION = chat("IPv6를 쓸 수 있나요?", "아니요.")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def account(server: OpenAIServer) -> Account:
    """An account with two tuned models, a failed job, and files of every kind, in small pages."""
    made = Account.mounted(server)
    made.page_size = 2
    made.add_file("file-t", TRAINING.encode(), name="train.jsonl", purpose="fine-tune")
    made.add_file("file-v", VALIDATION.encode(), name="v.jsonl", purpose="fine-tune")
    made.add_file("file-r", base64.b64encode(RESULT), name="r.csv", purpose="fine-tune-results")
    made.add_file("file-x", "메모".encode(), name="../../x.sh", purpose="assistants")
    files = {"training_file": "file-t", "validation_file": "file-v"}
    made.add_job("ftjob-1", fine_tuned_model=TUNED, result_files=["file-r"], **files)
    made.add_job("ftjob-2", fine_tuned_model=OTHER, training_file="file-v")
    made.add_job("ftjob-3", fine_tuned_model=None, training_file="file-gone")
    return made


@pytest.fixture
def room(project: Project, server: OpenAIServer) -> Project:
    """A project whose provider `openai` is the scripted server."""
    use(project, server)
    return project


def use(project: Project, server: OpenAIServer, **options: Any) -> None:
    """Let a project's provider `openai` be the scripted server."""
    chosen = {"trusted": True, "api_key_env": "HOME", "batch_poll_seconds": 0.01, **options}
    provider = ProviderSettings(profile="openai", base_url=server.base_url, **chosen)
    project.settings = replace(project.settings, providers={"openai": provider})


def agreed(project: Project, **chosen: Any) -> Spending:
    """Answer every question about money with yes."""
    rules = Spending.from_settings(project.settings).with_faces(confirm=lambda _estimate: True)
    return replace(rules, **chosen)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_account_is_saved_whole(room: Project, account: Account) -> None:
    """Every file, job, event, checkpoint and result, unknown fields too; one file is missing."""
    result = rescue(room, "openai", is_asking=False)
    folder = room.folder / "rescue" / "openai"
    assert (result.n_files, result.n_jobs, result.n_models) == (4, 3, 2)
    assert [(each.kind, each.id) for each in result.missing] == [("file", "file-gone")]
    assert (folder / "files" / "file-t.jsonl").read_bytes() == TRAINING.encode()
    assert (folder / "files" / "file-x.sh").read_text(encoding="utf-8") == "메모"
    assert (folder / "results" / "file-r.csv").read_bytes() == RESULT
    assert len(rows_of(folder / "events" / "ftjob-1.jsonl")) == 5
    [checkpoint] = rows_of(folder / "checkpoints" / "ftjob-1.jsonl")
    assert checkpoint["fine_tuned_model_checkpoint"] == f"{TUNED}:ckpt-step-3"
    assert all(job["a_field_of_tomorrow"] for job in rows_of(folder / "jobs.jsonl"))
    assert not account.server.seen("/chat/completions")


def test_manifest_names_every_file_with_its_sum(room: Project, account: Account) -> None:
    """Sizes and SHA-256 are right, and what is missing stands there too."""
    del account
    folder = rescue(room, "openai", is_asking=False).folder
    manifest = json.loads((folder / "manifest.json").read_bytes())
    on_disk = {path for path in folder.rglob("*") if path.is_file()} - {folder / "manifest.json"}
    assert {folder / each["path"] for each in manifest["files"]} == on_disk
    for each in manifest["files"]:
        content = (folder / each["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            each["bytes"],
            each["sha256"],
        )
    assert [each["id"] for each in manifest["missing"]] == ["file-gone"]


def test_second_run_fetches_only_what_is_missing_or_damaged(
    room: Project, account: Account
) -> None:
    """What is there is not fetched again; a file that was changed or could not be had, is."""
    folder = rescue(room, "openai", is_asking=False).folder
    (folder / "files" / "file-v.jsonl").write_bytes(b"damaged")
    account.contents["file-gone"] = TRAINING.encode()
    account.server.requests.clear()
    result = rescue(room, "openai", is_asking=False)
    fetched = [each.path for each in account.server.requests if each.path.endswith("/content")]
    assert sorted(fetched) == ["/files/file-gone/content", "/files/file-v/content"]
    assert not result.missing
    assert (folder / "files" / "file-v.jsonl").read_bytes() == VALIDATION.encode()
    assert not [each for each in account.server.requests if each.path.endswith("/events")]


def test_rate_limits_and_faults_lose_nothing(
    room: Project, account: Account, server: OpenAIServer
) -> None:
    """429 with Retry-After, 500, half a page and a broken connection are tried again."""
    server.script("/files", refusal(429, retry_after="0"), malformed(), method="GET")
    server.script("/files/file-t/content", refusal(500), LOST_ANSWER, method="GET")
    server.script("/fine_tuning/jobs", refusal(503), method="GET")
    server.script("/fine_tuning/jobs/ftjob-1/events", refusal(429, retry_after="0"), method="GET")
    account.contents["file-gone"] = b""
    result = rescue(room, "openai", is_asking=False)
    assert not result.missing
    assert (result.n_files, result.n_jobs) == (5, 3)


@pytest.mark.parametrize("is_batch", [False, True])
def test_every_tuned_model_answers_its_own_questions(
    room: Project, account: Account, *, is_batch: bool
) -> None:
    """The user messages of its training and validation files, asked as they were trained."""
    account.contents["file-gone"] = b""
    result = rescue(room, "openai", spending=agreed(room, is_batch=is_batch))
    assert {each.model: each.n_answered for each in result.models} == {TUNED: 3, OTHER: 1}
    assert not result.n_unanswered
    rows = rows_of(result.folder / next(e.place for e in result.models if e.model == TUNED))
    assert [row["split"] for row in rows] == ["train", "train", "validation"]
    assert rows[0]["messages"][-1] == {"role": "assistant", "content": "echo: 소켓은 몇 개인가요?"}
    assert [message["role"] for message in rows[0]["messages"]] == ["system", "user", "assistant"]
    assert rows[0]["reference"] == "8개입니다."
    assert bool(account.batches) == is_batch
    account.server.requests.clear()
    again = rescue(room, "openai", spending=agreed(room))
    assert again.account is not None
    assert (again.account.n_sent, again.account.n_stored) == (0, 4)
    assert not account.server.seen("/chat/completions")


def test_questions_without_an_answer_are_written_and_asked_again(
    room: Project, account: Account, server: OpenAIServer
) -> None:
    """A refused call leaves its question in the file, and the next run asks only that one."""
    account.contents["file-gone"] = b""
    server.script("/chat/completions", refusal(400))
    result = rescue(room, "openai", spending=agreed(room))
    assert result.n_unanswered == 1
    rows = [row for each in result.models for row in rows_of(result.folder / each.place)]
    assert sorted(row["answer"] is None for row in rows) == [False, False, False, True]
    server.requests.clear()
    assert not rescue(room, "openai", spending=agreed(room)).n_unanswered
    assert len(server.seen("/chat/completions")) == 1


def test_money_is_asked_before_questions_and_after_saving(
    room: Project, account: Account, server: OpenAIServer
) -> None:
    """Without a price nobody can say what it costs: somebody has to agree, at any amount."""
    with pytest.raises(SpendError, match="nobody can say"):
        rescue(room, "openai")
    assert not server.seen("/chat/completions")
    assert (room.folder / "rescue" / "openai" / "manifest.json").is_file()
    price = PriceSettings(input_per_million=1_000_000.0, output_per_million=0.0)
    room.settings = replace(room.settings, prices={TUNED: price, OTHER: price})
    with pytest.raises(SpendError, match="more than"):
        rescue(room, "openai")
    account.contents["file-gone"] = b""
    capped = agreed(room, prices=room.settings.prices, confirm_above_usd=1e9, max_usd=1.0)
    with pytest.raises(SpendError, match="limit"):
        rescue(room, "openai", spending=capped)
    assert not server.seen("/chat/completions")


def test_untrusted_account_is_saved_and_not_asked(
    room: Project, account: Account, server: OpenAIServer
) -> None:
    """Listing sends no chat and needs no trust; asking does."""
    del account
    use(room, server, trusted=False)
    with pytest.raises(UntrustedProviderError):
        rescue(room, "openai", spending=agreed(room))
    assert (room.folder / "rescue" / "openai" / "files" / "file-t.jsonl").is_file()
    assert not server.seen("/chat/completions")


def test_own_questions_are_asked_of_every_model(
    room: Project, account: Account, tmp_path: Path
) -> None:
    """A file of questions takes the place of the training files; a bad line is refused."""
    account.contents["file-gone"] = b""
    own = tmp_path / "own.jsonl"
    own.write_text('{"question": "전원은 몇 V인가요?"}\n', encoding="utf-8")
    result = rescue(room, "openai", questions=own, spending=agreed(room))
    assert [each.n_questions for each in result.models] == [1, 1]
    own.write_text('{"question": "a"}\n{"prompt": "b"}\n', encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"own\.jsonl:2"):
        rescue(room, "openai", questions=own, spending=agreed(room))


def test_lines_that_hold_no_question_are_listed(room: Project, account: Account) -> None:
    """A line with a picture or half an object is said with file and line, the others are asked."""
    account.contents["file-gone"] = b""
    lines = [
        chat("a", "b"),
        '{"messages": [',
        '{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}',
    ]
    account.contents["file-t"] = b"\xef\xbb\xbf" + "\n".join(lines).encode()
    result = rescue(room, "openai", spending=agreed(room))
    reasons = [each.reason for each in result.missing]
    assert [reason.split(": ")[0] for reason in reasons] == ["file-t:2", "file-t:3"]
    assert {each.model: each.n_answered for each in result.models} == {TUNED: 2, OTHER: 1}


def test_evaluate_reads_what_a_rescue_recorded(room: Project, account: Account) -> None:
    """Asked with a dataset's own file, a rescue stores the replies `evaluate` looks for."""
    keep_and_build(room)
    train = room.folder / "datasets" / "v1" / "train.jsonl"
    account.contents = {**account.contents, "file-t": train.read_bytes(), "file-gone": b""}
    rescue(room, "openai", spending=agreed(room))
    rows = [row for row in read_rows(train.parent) if row.split == "train"]
    limit = room.settings.evaluate.max_answer_tokens
    keys = [
        reply_key(
            account.server.base_url,
            request_for(each, model=TUNED, system=each.system, max_tokens=limit),
        )
        for each in questions_of(rows)
    ]
    assert len(read_replies(room.database, keys)) == len(keys) > 10


def test_accounts_that_cannot_be_listed_say_why(
    room: Project, account: Account, server: OpenAIServer
) -> None:
    """A wrong key ends the run in one line, and nothing counts as saved."""
    del account
    server.script("/files", refusal(401), method="GET")
    with pytest.raises(ModelCallError, match="401"):
        rescue(room, "openai")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a/b", "", "file:1", "한글"])
def test_names_of_others_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    """Ids and file names come from a server: none leaves the folder, no two become one."""
    made = safe_name(name, "x/../../y.jsonl")
    assert "/" not in made
    assert not made.startswith(".")
    RescueFolder(tmp_path / "kept").write(f"files/{made}", b"x")
    assert [path.parent for path in tmp_path.rglob("*.jsonl")] == [tmp_path / "kept" / "files"]
    assert safe_name("a/b") != safe_name("a_b")
