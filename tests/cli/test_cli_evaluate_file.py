"""`chatmill evaluate FILE.jsonl`: anybody's chats, any server, no project, and exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatmill.errors import UnreadableFileError
from chatmill.stages.evaluate.chat_file import read_chat_file
from evaluating import ANSWERS, BASE, TUNED, answer_of
from openai_server import OpenAIServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder with a chat file, and a server that answers."""

    folder: Path
    server: OpenAIServer

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        return subprocess.run(
            [sys.executable, "-m", "chatmill.cli.app", "evaluate", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "160"},
        )

    def evaluate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Evaluate the file with the scripted server's tuned model."""
        return self.run(
            "chats.jsonl", "--model", TUNED, "--base-url", self.server.base_url, *arguments
        )


def line(*texts: str, **more: object) -> str:
    """Write one conversation, the customer first, as a line."""
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]
    return json.dumps({"messages": messages, **more}, ensure_ascii=False)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, embed: Callable[[str], list[float]]
) -> Iterator[Desk]:
    """A chat file of one question a line, the first two in one, and one line that is broken."""
    folder = tmp_path_factory.mktemp("desk")
    first, second, *rest = ANSWERS
    lines = [line(first.question, first.answer, second.question, second.answer)]
    lines += [line(item.question, item.answer) for item in rest]
    (folder / "train.jsonl").write_text("\n".join(lines[:8]) + "\n", encoding="utf-8")
    (folder / "chats.jsonl").write_text("\n".join([*lines, '{"mess']) + "\n", encoding="utf-8")
    with OpenAIServer() as server:
        server.answer = answer_of
        server.vector = embed
        yield Desk(folder=folder, server=server)


@pytest.fixture(scope="module")
def first(desk: Desk) -> subprocess.CompletedProcess[str]:
    """The first run, which the others are held against."""
    return desk.evaluate("--base-model", BASE, "--train", "train.jsonl")


def test_a_file_is_evaluated_without_a_project(
    desk: Desk, first: subprocess.CompletedProcess[str]
) -> None:
    """One command, anybody's file and server: table, report, and what could not be read."""
    assert first.returncode == 0, first.stderr
    assert "chats.jsonl, line 16: not JSON" in first.stderr
    assert "en trained" in first.stdout
    assert "ko unseen" in first.stdout
    report = desk.folder / "chats-evaluation" / "report" / "report.html"
    assert "Report: chats-evaluation/report/report.html" in first.stderr
    assert "chats.jsonl" in report.read_text(encoding="utf-8")


def test_a_sample_asks_nothing_again_and_an_equal_run_passes(
    desk: Desk, first: subprocess.CompletedProcess[str]
) -> None:
    """Answers were stored; a quick look is named as one; nothing got worse, so it exits 0."""
    assert first.returncode == 0
    n_calls = len(desk.server.seen("/chat/completions"))
    again = desk.evaluate(
        *("--base-model", BASE, "--sample", "15", "--json"),
        *("--fail-on-regression", "chats-evaluation"),
    )
    assert again.returncode == 0, again.stderr
    assert len(desk.server.seen("/chat/completions")) == n_calls
    found = json.loads(again.stdout)
    assert found["regression"]["outcome"] == "no difference"
    assert found["embedder"].startswith("local/universal-sentence-encoder-multilingual-v3 0")
    assert "A sample of 15 questions, " in again.stderr


def test_a_worse_run_exits_with_one(desk: Desk, first: subprocess.CompletedProcess[str]) -> None:
    """Continuous integration stops on a model that got worse, and reads by how much."""
    assert first.returncode == 0
    worse = desk.run(
        *("chats.jsonl", "--model", BASE, "--base-url", desk.server.base_url),
        *("--fail-on-regression", "chats-evaluation", "--output", "worse"),
    )
    assert worse.returncode == 1
    assert "--fail-on-regression: worse: -" in worse.stderr
    assert "Traceback" not in worse.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chats.jsonl",), "no model to ask"),
        (("nothing.jsonl", "--model", "m"), "cannot be read"),
        (("chats.jsonl", "--model", "m", "--fail-on-regression", "none"), "no earlier run"),
    ],
)
def test_what_is_missing_is_one_line(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    """A forgotten model, a file that is not there, and no run to compare with."""
    done = desk.run(*arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_chat_file_as_people_write_them(tmp_path: Path) -> None:
    """Parts, developer lines, two user messages in a row, weight 0, a mark at the start."""
    parts = [{"type": "text", "text": "소켓은?"}, {"type": "image_url", "image_url": {}}]
    messages = [
        {"role": "developer", "content": "W5500 안내"},
        {"role": "user", "content": "안녕하세요"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "8개입니다.", "weight": 0},
        {"role": "user", "content": "버퍼는?"},
        {"role": "assistant", "content": "32KB입니다."},
    ]
    path = tmp_path / "chats.jsonl"
    rows = [json.dumps({"id": 7, "messages": messages}, ensure_ascii=False), "[]", line("only")]
    path.write_text("\ufeff" + "\r\n".join(rows), encoding="utf-8")
    found = read_chat_file(path)
    (asked,) = found.questions
    assert (asked.system, asked.question, asked.reference) == (
        "W5500 안내",
        "버퍼는?",
        "32KB입니다.",
    )
    assert asked.before[0].question == "안녕하세요\n소켓은?"
    assert (asked.conversation_id, asked.turn, asked.language) == ("7", 1, "ko")
    assert [each.line for each in found.rejections] == [2, 3]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'{"messages": 3}\n', b"[1"])
def test_a_file_that_asks_nothing_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, not UTF-8, or no chats: one line, never a traceback."""
    path = tmp_path / "odd.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read_chat_file(path)
