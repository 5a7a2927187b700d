"""The second opinion: asked where the score is unsure, paid once, shown beside people's."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.errors import SettingsError
from chatmill.project import Project
from chatmill.records import Decision, ExampleState
from chatmill.settings import CheckSettings, PriceSettings, ProviderSettings
from chatmill.stages.check import check, judge
from chatmill.stages.extract import extract
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import list_examples, list_findings
from openai_server import Json, OpenAIServer
from talking import bring_in


def doubtful(body: Json) -> str:
    """Doubt what speaks of 8 sockets; obey nothing the chat says."""
    shown = body["messages"][1]["content"]
    words = "It has 8." if "It has 8." in shown else ""
    return json.dumps({"supported": not words, "words": words})


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that doubts one pair."""
    with OpenAIServer() as running:
        running.answer = doubtful
        yield running


@pytest.fixture
def room(project: Project, server: OpenAIServer) -> Project:
    """Two checked pairs, and settings that call every score unsure."""
    bring_in(project, [("Ana", "How many sockets has the W5500?"), ("Mina Park", "It has 8.")])
    bring_in(
        project,
        [("고은찬", "W6100 RSTn은 얼마나 Low로 두나요?"), ("Mina Park", "500us 이상 두세요.")],
        key="room:2",
    )
    provider = ProviderSettings(base_url=server.base_url, trusted=True, max_attempts=2)
    project.settings = replace(
        project.settings,
        providers={"scripted": provider},
        prices={"m": PriceSettings(input_per_million=1.0, output_per_million=1.0)},
        check=CheckSettings(
            judge_provider="scripted", judge_model="m", judge_from=0.0, judge_to=1.0
        ),
    )
    extract(project)
    check(project)
    return project


def test_a_doubt_is_a_finding_at_the_words(room: Project, server: OpenAIServer) -> None:
    """It stands beside the other findings, and asking again costs nothing."""
    summary = judge(room)
    assert (summary.n_unsure, summary.n_judged, summary.n_unsupported) == (2, 2, 1)
    judge(room)
    assert len(server.seen("/chat/completions")) == 2
    (found,) = [
        e for each in list_findings(room.database).values() for e in each if e.check == "judge"
    ]
    assert (found.field, found.evidence) == ("turns[0].answer", "It has 8.")
    check(room)
    assert judge(room).n_unsupported == 1


def test_only_what_the_score_leaves_open_is_asked(room: Project, server: OpenAIServer) -> None:
    """Words that stand in the source letter for letter need no second opinion."""
    sure = replace(room.settings.check, judge_from=0.3, judge_to=0.97)
    room.settings = replace(room.settings, check=sure)
    assert judge(room).n_unsure == 0
    assert server.seen("/chat/completions") == []


def test_agreement_with_people_is_counted(room: Project) -> None:
    """Only what somebody decided says how far the model can be believed."""
    decisions = [
        Decision(
            id=f"d{each.id}",
            example_id=each.id,
            reviewer="ana",
            action="reject",
            before=ExampleState(status="pending", system=each.system, turns=each.turns),
            after=ExampleState(status="rejected", system=each.system, turns=each.turns),
        )
        for each in list_examples(room.database)
    ]
    record_decisions(room.database, decisions)
    summary = judge(room)
    assert (summary.n_decided, summary.n_agreed, summary.agreement) == (2, 1, 0.5)


def test_a_reply_that_is_no_opinion_decides_nothing(room: Project, server: OpenAIServer) -> None:
    """It is asked again as often as settings say, then counted, never guessed."""
    server.answer = lambda _body: "sure, looks fine"
    summary = judge(room)
    assert (summary.n_judged, summary.n_unanswered) == (0, 2)


def test_a_judge_without_a_model_is_refused(room: Project) -> None:
    """One line says which setting is missing."""
    known = replace(room.settings.check, judge_model="")
    room.settings = replace(room.settings, check=known)
    with pytest.raises(SettingsError, match="judge_model"):
        judge(room)


def test_the_command_says_cost_and_agreement(project: Project, server: OpenAIServer) -> None:
    """What a person pays and gets stands in two lines."""
    bring_in(project, [("Ana", "How many sockets has the W5500?"), ("Mina Park", "It has 8.")])
    (project.folder / "chatmill.toml").write_text(
        f'[providers.scripted]\nbase_url = "{server.base_url}"\ntrusted = true\n'
        '[roles]\nagents = ["Mina Park"]\n[check]\njudge_from = 0.0\njudge_to = 1.0\n',
        encoding="utf-8",
    )
    here = ["--project", str(project.folder)]
    CliRunner().invoke(application, [*here, "extract"], catch_exceptions=False)
    shown = CliRunner().invoke(
        application,
        [*here, "check", "--judge", "--judge-model", "scripted/m", "--yes"],
        catch_exceptions=False,
    )
    assert "Second opinion of scripted/m: 1 unsure, 1 judged, 1 not supported" in shown.stderr
    assert "Calls: 1 asked" in shown.stderr
    assert "judge" in shown.stdout
