"""The face of extract: models, comparisons, pasted prompts, and what is refused in one line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.errors import ModelCallError
from chatmill.project import Project
from openai_server import OpenAIServer, refusal
from replying import first_pair
from talking import bring_in

ROOM = [("Ana", "How many sockets can the W5500 open?"), ("Mina Park", "It has 8.")]
PROVIDER = """
[extract]
model = "acme/large"

[providers.acme]
base_url = "{base_url}"
trusted = {trusted}
max_attempts = 1

[prices.large]
input_per_million = 2.0
output_per_million = 8.0
"""


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that answers well."""
    with OpenAIServer() as running:
        running.answer = first_pair
        yield running


@pytest.fixture
def folder(project: Project, server: OpenAIServer) -> Path:
    """A project with one room and a provider in its settings."""
    bring_in(project, ROOM)
    write_provider(project.folder, server, trusted=True)
    return project.folder


def write_provider(folder: Path, server: OpenAIServer, *, trusted: bool) -> None:
    """Name the scripted server in chatmill.toml."""
    path = folder / "chatmill.toml"
    text = path.read_text(encoding="utf-8").split("\n[extract]")[0]
    more = PROVIDER.format(base_url=server.base_url, trusted=str(trusted).lower())
    path.write_text(text + more, encoding="utf-8")


def invoke(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run `chatmill extract`; what it refuses is raised."""
    result = CliRunner().invoke(
        application, ["--project", str(folder), "extract", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


def test_the_estimate_comes_first_and_a_failed_call_ends_with_one_line(
    folder: Path, server: OpenAIServer
) -> None:
    """What it will take is said before, what is missing after; the next run asks only that."""
    server.script("/chat/completions", refusal(400))
    with pytest.raises(ModelCallError, match="1 of 1 conversations have parts without an answer"):
        invoke(folder, "--extractor", "llm")
    _printed, said = invoke(folder, "--extractor", "llm")
    assert "Calls: 1 calls to acme (large)" in said
    assert "1 new examples" in said


def test_an_untrusted_provider_gets_masked_words_only(folder: Path, server: OpenAIServer) -> None:
    """Who speaks in the room stays on this machine; the examples have the room's own words."""
    write_provider(folder, server, trusted=False)
    _printed, said = invoke(folder, "--extractor", "llm")
    assert "1 new examples" in said
    sent = json.dumps([each.body for each in server.requests], ensure_ascii=False)
    assert sent.count("W5500") > 0
    assert not [speaker for speaker, _ in ROOM if speaker in sent]


def test_two_models_are_shown_side_by_side(folder: Path) -> None:
    """Pairs, findings, calls and cost a pair; a model without a price says so."""
    printed, _said = invoke(folder, "--compare", "acme/large", "acme/other")
    assert "acme/other" in printed
    assert "cost per pair" in printed
    assert "price not in settings" in printed


def test_prompts_are_written_without_a_model(folder: Path, server: OpenAIServer) -> None:
    """Nothing is sent, and the person is told what to do next."""
    _printed, said = invoke(folder, "--write-prompts", str(folder / "pasted"))
    assert "1 prompts wait for a reply" in said
    _printed, said = invoke(folder, "--read-replies", str(folder / "pasted"))
    assert "1 conversation with parts without a reply" in said
    assert server.requests == []


def test_prompts_are_copied_for_editing_and_ways_exclude_each_other(folder: Path) -> None:
    """A copy lies in the project; two ways at once are a usage error."""
    invoke(folder, "--copy-prompts")
    assert (folder / "prompts" / "ko.md").is_file()
    result = CliRunner().invoke(
        application, ["--project", str(folder), "extract", "--copy-prompts", "--compare", "a", "b"]
    )
    assert result.exit_code == 2
