"""Documents from the command line: by rules and with a model, in one dataset with the chats."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.project import Project
from openai_server import Json, OpenAIServer
from replying import pair, reply
from talking import bring_in

MANUAL = """# PX-20 Manual

## Reset

Hold nRST low for at least 500 us. The pin has a pull-up inside.

## 소켓은 몇 개까지 열 수 있나요?

8개입니다. 각 소켓은 자기 버퍼를 가집니다.
"""
PROVIDER = """
[providers.acme]
base_url = "{base_url}"
trusted = true

[prices.large]
input_per_million = 2.0
output_per_million = 8.0
"""


@pytest.fixture
def folder(project: Project) -> Path:
    """A project with a manual beside it."""
    (project.folder.parent / "manual.md").write_text(MANUAL, encoding="utf-8")
    return project.folder


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that asks one question of the chapter about the reset."""

    def answer(body: Json) -> str:
        if "› Reset" not in body["messages"][1]["content"]:
            return reply(left_out="nothing asked")
        return reply(
            pair("How long is nRST held low?", [1], "Hold nRST low for at least 500 us.", [2])
        )

    with OpenAIServer() as running:
        running.answer = answer
        yield running


def invoke(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run a command; what it refuses is raised."""
    result = CliRunner().invoke(
        application, ["--project", str(folder), *arguments], catch_exceptions=False
    )
    return result.stdout, result.stderr


def questions(folder: Path) -> dict[str, str]:
    """Return conversation → first question of each example."""
    rows = map(json.loads, invoke(folder, "examples", "--json")[0].splitlines())
    return {each["conversation_id"]: each["turns"][0]["question"] for each in rows}


def test_a_manual_and_a_chat_end_in_one_dataset(folder: Path, project: Project) -> None:
    """Rules take the FAQ of the manual and the pair of the chat; nobody is asked about roles."""
    room = [("Ana", "Which pin of the PX-20 is nRST?"), ("Mina Park", "It is pin 14 of the PX-20.")]
    bring_in(project, room)
    invoke(folder, "import", str(folder.parent / "manual.md"))
    invoke(folder, "extract")
    found = questions(folder)
    assert found["document:manual.md#PX-20 Manual › 소켓은 몇 개까지 열 수 있나요?"] == (
        "소켓은 몇 개까지 열 수 있나요?"
    )
    assert len(found) == 2
    people = invoke(folder, "roles", "--json")[0].splitlines()
    assert {json.loads(each)["speaker"] for each in people} == {"Ana", "Mina Park"}
    assert "document:" not in invoke(folder, "threads")[0]


def test_a_model_asks_the_chapters(folder: Path, server: OpenAIServer) -> None:
    """Each section is one request, a second run asks nothing, and prompts can be copied."""
    path = folder / "chatmill.toml"
    settings = path.read_text(encoding="utf-8") + PROVIDER.format(base_url=server.base_url)
    path.write_text(settings, encoding="utf-8")
    invoke(folder, "import", str(folder.parent / "manual.md"))
    chosen = ("--extractor", "llm", "--model", "acme/large", "--yes")
    invoke(folder, "extract", *chosen)
    assert questions(folder) == {
        "document:manual.md#PX-20 Manual › Reset": "How long is nRST held low?"
    }
    assert len(server.seen("/chat/completions")) == 2
    invoke(folder, "extract", *chosen)
    assert len(server.seen("/chat/completions")) == 2
    invoke(folder, "extract", "--copy-prompts")
    assert {each.name for each in (folder / "prompts").iterdir()} == {
        "en.md",
        "ko.md",
        "section.en.md",
        "section.ko.md",
    }
