"""The extract stage with a model: paid once, resumed where it failed, compared, pasted by hand."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmill.errors import ModelCallError, ModelError, SpendError, UsageError
from chatmill.extractors.prompt import copy_prompts, load_prompts
from chatmill.models.spending import RunEstimate, Spending
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.compare_extractors import compare_extractors
from chatmill.stages.extract import extract, require_finished, write_prompts
from chatmill.store.calls import read_calls
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import list_examples
from chatmill.store.rejections import list_rejections
from openai_server import Json, OpenAIServer, refusal
from replying import MODEL, ask_scripted, first_pair, pair, reply, shown
from talking import bring_in

ROOM = [
    ("Ana", "How many sockets can the W5500 open?"),
    ("Mina Park", "It has 8."),
    ("Ana", "Thanks!"),
]
KOREAN = [
    ("고은찬", "W5500은 소켓을 몇 개까지 열 수 있나요?"),
    ("Mina Park", "8개까지 열 수 있습니다."),
]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that answers well."""
    with OpenAIServer() as running:
        running.answer = first_pair
        yield running


@pytest.fixture
def asked(project: Project, server: OpenAIServer) -> Project:
    """A project with an English and a Korean room whose extractor asks the server."""
    bring_in(project, ROOM)
    bring_in(project, KOREAN, key="room:2")
    ask_scripted(project, server)
    return project


def n_calls(server: OpenAIServer) -> int:
    """Count the chats the server saw."""
    return len(server.seen("/chat/completions"))


def keep(project: Project, example: Example) -> None:
    """Keep an example as it is."""
    before = ExampleState(status=example.status, system=example.system, turns=example.turns)
    after = ExampleState(status="kept", system=example.system, turns=example.turns)
    decision = Decision(
        id=f"d-{example.id}",
        example_id=example.id,
        reviewer="tester",
        action="keep",
        before=before,
        after=after,
    )
    record_decisions(project.database, [decision])


def test_answers_are_paid_once_and_accounted(asked: Project, server: OpenAIServer) -> None:
    """A second run asks nothing; other settings of roles use the stored answers."""
    summary = extract(asked)
    assert (summary.extractor, summary.n_new, summary.n_unfinished) == ("llm", 2, 0)
    assert [each.turns[0].answer for each in list_examples(asked.database)] == [
        "It has 8.",
        "8개까지 열 수 있습니다.",
    ]
    assert extract(asked).n_conversations == 0
    assert n_calls(server) == 2
    (tally,) = read_calls(asked.database)
    assert (tally.stage, tally.model, tally.n_answered) == ("extract", MODEL, 2)
    assert tally.cost_usd > 0


def test_a_grown_room_asks_only_its_changed_threads(asked: Project, server: OpenAIServer) -> None:
    """What was said long before is not paid for again."""
    extract(asked)
    bring_in(asked, [*KOREAN, ("고은찬", "감사합니다. 잘 됩니다!")], key="room:2")
    summary = extract(asked)
    assert (summary.n_conversations, summary.n_skipped, summary.n_unchanged) == (1, 1, 1)
    assert n_calls(server) == 3


def test_a_failed_call_is_listed_and_asked_again_alone(
    asked: Project, server: OpenAIServer
) -> None:
    """The next run asks what failed and nothing else, and what was found before stays."""
    server.script("/chat/completions", refusal(400))
    summary = extract(asked)
    assert (summary.n_new, summary.n_unfinished) == (1, 1)
    with pytest.raises(ModelCallError, match="1 of 2 conversations"):
        require_finished(summary)
    (left_out,) = list_rejections(asked.database, stage="extract")
    assert left_out.reason.startswith("not answered: ")
    again = extract(asked)
    assert (again.n_conversations, again.n_skipped, again.n_new) == (1, 1, 1)
    assert n_calls(server) == 3
    assert list_rejections(asked.database, stage="extract") == []


def test_a_failed_call_leaves_what_was_found_before(asked: Project, server: OpenAIServer) -> None:
    """A room asked anew with another model keeps its examples where that model fails."""
    extract(asked)
    before = {each.id for each in list_examples(asked.database)}
    server.script("/chat/completions", refusal(400), refusal(400))
    summary = extract(asked, model="other-model")
    assert (summary.n_unfinished, summary.n_withdrawn) == (2, 0)
    assert {each.id for each in list_examples(asked.database)} == before


def test_a_server_that_is_closed_says_so(asked: Project, server: OpenAIServer) -> None:
    """One line, nothing lost; the run goes on when the key is right."""
    server.script("/chat/completions", refusal(401))
    with pytest.raises(ModelError, match="401"):
        extract(asked)
    extract(asked)
    assert len(list_examples(asked.database)) == 2


KILLED_HALF_WAY = """
import os, signal, sys
from replying import ask_scripted
from chatmill.project import Project
from chatmill.stages.extract import extract

class There:
    base_url = sys.argv[2]

def report(what, done, total):
    if what != "extracting" and done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

with Project.open(sys.argv[1]) as project:
    ask_scripted(project, There)
    extract(project, progress=report)
"""


def test_a_kill_loses_no_answer(project: Project, server: OpenAIServer) -> None:
    """Killed between two answers and run again, no answered question is asked twice."""
    for number in range(6):
        bring_in(project, [(f"Ana{number}", f"Room {number}?"), ("Mina Park", f"Yes {number}.")],
                 key=f"room:{number}")  # fmt: skip
    project.close()
    tests = str(Path(__file__).parent.parent)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_HALF_WAY, str(project.folder), server.base_url],
        check=False,
        env={**os.environ, "PYTHONPATH": tests},
    )
    assert killed.returncode == -signal.SIGKILL
    before = n_calls(server)
    with Project.open(project.folder) as opened:
        ask_scripted(opened, server)
        n_stored = sum(each.n_answered for each in read_calls(opened.database))
        assert extract(opened).n_new == 6
    assert n_stored >= 2
    assert n_calls(server) - before == 6 - n_stored


def test_a_limit_and_an_estimate_come_before_money(asked: Project, server: OpenAIServer) -> None:
    """The estimate is shown first, and a no sends nothing."""
    shown_first: list[RunEstimate] = []
    spending = Spending.from_settings(asked.settings).with_faces(show=shown_first.append)
    assert extract(asked, limit=1, spending=spending).n_conversations == 1
    assert [each.n_to_send for each in shown_first] == [1]
    refused = Spending(prices=asked.settings.prices, confirm=lambda _estimate: False)
    with pytest.raises(SpendError, match="nothing was sent"):
        extract(asked, spending=refused)
    assert n_calls(server) == 1


def test_rules_ask_no_model(asked: Project) -> None:
    """A model beside another extractor is a mistake and said so."""
    with pytest.raises(UsageError, match="asks no model"):
        extract(asked, extractor="rules", model=MODEL)


def test_an_edited_prompt_is_asked_anew(asked: Project, server: OpenAIServer) -> None:
    """A project's own section replaces ours, and the answers of the old prompt do not count."""
    extract(asked)
    (asked.folder / "prompts").mkdir()
    (asked.folder / "prompts" / "en.md").write_text("## persona\n\nYou are Bo.\n", encoding="utf-8")
    summary = extract(asked)
    assert (summary.n_conversations, summary.n_unchanged) == (2, 2)
    said = [each.body["messages"][0]["content"] for each in server.seen("/chat/completions")]
    assert "You are Bo." in said[2] or "You are Bo." in said[3]
    assert all("## persona" not in each for each in said)


def test_prompts_can_be_copied_once(tmp_path: Path) -> None:
    """The copy is what is shipped, and an edited file is never overwritten."""
    copy_prompts(tmp_path / "prompts")
    assert load_prompts(tmp_path / "prompts") == load_prompts()
    with pytest.raises(UsageError, match="is there already"):
        copy_prompts(tmp_path / "prompts")


def test_kept_pairs_become_the_examples_of_the_prompt(asked: Project, server: OpenAIServer) -> None:
    """A new room is asked with what people kept; a room never sees the answer to itself."""
    extract(asked)
    keep(asked, list_examples(asked.database)[0])
    bring_in(asked, [("Bob", "How fast is the W5500 over SPI?"), ("Mina Park", "Up to 80 MHz.")],
             key="room:3")  # fmt: skip
    assert extract(asked).n_conversations == 1
    body = server.seen("/chat/completions")[-1].body
    instruction = body["messages"][0]["content"]
    assert "PX-20" not in instruction
    assert '"question": "How many sockets can the W5500 open?"' in instruction
    assert shown(body)[0]["text"] == "How fast is the W5500 over SPI?"
    bring_in(asked, [*ROOM, ("Ana", "Really helpful.")])
    extract(asked)
    own = server.seen("/chat/completions")[-1].body["messages"][0]["content"]
    assert "PX-20" in own


def test_two_models_are_compared_by_findings_and_cost(asked: Project, server: OpenAIServer) -> None:
    """The better one shows more kept pairs found; nothing is stored but the replies."""
    extract(asked)
    keep(asked, list_examples(asked.database)[0])
    before = list_examples(asked.database)

    def answer(body: Json) -> str:
        return first_pair(body) if body["model"] == MODEL else reply(left_out="small talk")

    server.answer = answer
    good, bad = compare_extractors(asked, [MODEL, "small-model"])
    assert (good.n_pairs, good.n_kept_found, good.n_kept, good.n_errors) == (2, 1, 1, 0)
    assert good.cost_per_pair_usd is not None
    assert good.cost_per_pair_usd > 0
    assert (bad.n_pairs, bad.n_kept_found, bad.n_left_out) == (0, 0, 2)
    assert (bad.findings_per_pair, bad.totals.cost_usd) == (None, None)
    assert list_examples(asked.database) == before


def test_two_prompts_are_compared(asked: Project, server: OpenAIServer, tmp_path: Path) -> None:
    """A folder stands for its prompts with the model of the settings."""
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "en.md").write_text("## instruction\n\nFind pairs.\n", encoding="utf-8")
    ours, short = compare_extractors(asked, [MODEL, str(tmp_path / "short")], limit=2)
    assert (ours.model, short.model) == (f"scripted/{MODEL}", f"scripted/{MODEL}")
    assert n_calls(server) == 4


def test_prompts_are_written_and_replies_read_through_the_same_checks(
    project: Project, tmp_path: Path
) -> None:
    """People without a key paste; a bad reply is repaired by one more prompt, then stored."""
    bring_in(project, ROOM)
    folder = tmp_path / "pasted"
    assert write_prompts(project, folder) == (1, 1)
    assert write_prompts(project, folder) == (1, 0)
    (prompt,) = folder.glob("*.prompt.txt")
    assert "How many sockets can the W5500 open?" in prompt.read_text(encoding="utf-8")
    assert list_examples(project.database) == []
    waiting = extract(project, replies=folder)
    assert (waiting.n_new, waiting.n_unfinished) == (0, 1)

    name = prompt.name.removesuffix(".prompt.txt")
    bad = reply(pair("How many sockets can the W5500 open?", [1], "Sixteen of them.", [2]))
    (folder / f"{name}.reply.txt").write_text(bad, encoding="utf-8")
    assert extract(project, replies=folder).n_unfinished == 1
    (repair,) = set(folder.glob("*.prompt.txt")) - {prompt}
    assert '"Sixteen"' in repair.read_text(encoding="utf-8")
    good = reply(pair("How many sockets can the W5500 open?", [1], "It has 8.", [2]))
    mended = folder / repair.name.replace(".prompt.txt", ".reply.txt")
    mended.write_text(f"Here it is:\n```json\n{good}\n```", encoding="utf-8-sig")
    summary = extract(project, replies=folder)
    assert (summary.n_new, summary.n_unfinished) == (1, 0)
    assert list_examples(project.database)[0].turns[0].answer == "It has 8."
    assert extract(project, replies=folder).n_conversations == 0
