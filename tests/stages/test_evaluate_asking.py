"""What is asked: stratified samples, mechanical phrasings, and a second model's opinions."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from chatmill.errors import SettingsError, UsageError
from chatmill.project import InitAnswers, Project
from chatmill.stages.evaluate import (
    evaluate,
    interval_method,
    phrasing_lines,
    read_evaluation_scores,
    summarize,
)
from chatmill.stages.evaluate.phrasings import (
    change_order,
    change_politeness,
    change_spacing,
    make_typos,
    phrasings_of,
)
from chatmill.stages.evaluate.questions import AskedQuestion, sample_questions
from evaluating import ANSWERS, answer_of, keep_and_build, record_tuned_model, use_server
from openai_server import OpenAIServer

ENGLISH = "Can you tell me how many sockets the W5500 has, with DHCP?"
KOREAN = "W5500 소켓을 몇 개까지 열 수 있나요?"


def question(number: int, words: str, *, language: str = "en", **more: Any) -> AskedQuestion:
    """Make a question of a conversation of its own."""
    fields: dict[str, Any] = {
        "example_id": f"e{number}",
        "conversation_id": f"room:{number}",
        "split": "train",
        "language": language,
        "system": "",
        "turn": 0,
        "before": (),
        "question": words,
        "reference": f"It has {number}.",
    }
    return AskedQuestion(**fields | more)


def test_a_sample_keeps_the_shares_of_languages_groups_and_turns() -> None:
    """A quick look at 50 of 500 shows the same mixture, and every kind there is."""
    splits = ("train", "train", "train", "paraphrase", "test")
    asked = [
        question(
            at,
            f"Question {at}?",
            language="ko" if at % 2 else "en",
            split=splits[at % 5],
            turn=int(at % 100 == 0),
        )
        for at in range(500)
    ]
    drawn = sample_questions(asked, 50, seed=7)
    assert 50 <= len(drawn) <= 52
    assert drawn == sample_questions(asked, 50, seed=7)
    assert sum(each.language == "ko" for each in drawn) == pytest.approx(25, abs=3)
    assert sum(each.split == "train" for each in drawn) == pytest.approx(30, abs=3)
    assert any(each.turn for each in drawn)
    assert [each.example_id for each in drawn] == [
        each.example_id for each in asked if each in drawn
    ]
    assert sample_questions(asked, 900, seed=7) == asked


def test_forms_keep_numbers_and_part_names() -> None:
    """Another digit would be another question; only words and spaces are touched."""
    for words in (ENGLISH, KOREAN):
        for form in (change_politeness, change_order, make_typos, change_spacing):
            changed = form(words, random.Random(1))  # noqa: S311 - repeatable, not secret
            assert changed != words
            if changed:
                assert "W5500" in changed


def test_forms_read_as_people_write() -> None:
    """Polite becomes plain, a clause goes first, Korean words run together."""
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    assert change_politeness(ENGLISH, chance) == "How many sockets the W5500 has, with DHCP?"
    assert change_politeness(KOREAN, chance) == "W5500 소켓을 몇 개까지 열 수 있어?"
    assert change_order(ENGLISH, chance).startswith("with DHCP, Can you")
    assert change_spacing(KOREAN, chance) == "W5500 소켓을몇개까지열수있나요?"


def test_the_other_language_is_asked_where_the_examples_have_both() -> None:
    """Nothing is translated: the twin is an example of the same talk with the same numbers."""
    asked = [
        question(8, "How many sockets?", conversation_id="room:a"),
        question(9, "소켓 몇 개?", conversation_id="room:a", language="ko", reference="8개입니다."),
        question(3, "Which mode?", conversation_id="room:b"),
    ]
    asked[0] = replace(asked[0], reference="It has 8.")
    made = phrasings_of(asked, ("language",), seed=7)
    assert [(each.example_id, each.question) for each in made] == [
        ("e8", "소켓 몇 개?"),
        ("e9", "How many sockets?"),
    ]


def advised_answer(body: dict[str, Any]) -> str:
    """Reword, judge, or answer as the tuned and base models do."""
    words = body["messages"][-1]["content"]
    if body["model"] == "adviser" and "BEGIN ANSWER" in words:
        reference = words.split("BEGIN REFERENCE\n")[1].split("\nEND")[0]
        answer = words.split("BEGIN ANSWER\n")[1].split("\nEND")[0]
        return json.dumps({"points": 4 if answer == reference else 1, "why": "compared"})
    if body["model"] == "adviser":
        asked = words.removeprefix("BEGIN\n").removesuffix("\nEND")
        return json.dumps({"phrasings": [f"Tell me: {asked}", asked]})
    known = {item.question for item in ANSWERS}
    if words not in known and not any(words == each for each in known):
        original = next((each for each in known if each in words), None)
        if original is None:
            return answer_of(body) if _is_known(body) else "no idea"
        body = {**body, "messages": [{"role": "user", "content": original}]}
    return answer_of(body)


def _is_known(body: dict[str, Any]) -> bool:
    try:
        answer_of(body)
    except StopIteration:
        return False
    return True


@pytest.fixture
def room(tmp_path: Path) -> Project:
    """A built project; the test opens the server."""
    answers = InitAnswers(agents=("Mina Park",), products=("W5500",))
    return Project.create(tmp_path / "room", answers)


def test_phrasings_judge_and_graders_stand_beside_the_scores(
    room: Project, embed: Callable[[str], list[float]]
) -> None:
    """Reworded questions leave the headline alone; each opinion is a column, row by row."""
    grader = {
        "type": "text_similarity",
        "name": "fuzzy",
        "input": "{{sample.output_text}}",
        "reference": "{{item.reference}}",
        "evaluation_metric": "fuzzy_match",
    }
    (room.folder / "graders.json").write_text(json.dumps(grader), encoding="utf-8")
    with OpenAIServer() as server, room as project:
        server.answer, server.vector = advised_answer, embed
        use_server(project, server)
        keep_and_build(project)
        record_tuned_model(project)
        plain = evaluate(project)
        project.settings = replace(
            project.settings,
            evaluate=replace(
                project.settings.evaluate,
                phrasings=("polite", "typos", "model"),
                phrasing_model="scripted/adviser",
                judge_model="scripted/adviser",
                graders="graders.json",
            ),
        )
        more = evaluate(project)
        method = interval_method(project.settings.evaluate)
        scores = read_evaluation_scores(project, more)
        before = summarize(read_evaluation_scores(project, plain), method)
        assert summarize(scores, method) == before
        lines = phrasing_lines(scores, method)
        assert [line.phrasing for line in lines]
        assert all(line.n and line.change.mean <= 1e-6 for line in lines)
        reworded = [each for each in scores if each.prompt == "phrasing"]
        assert {each.phrasing for each in reworded} == {"polite", "typos", "model"}
        assert all(each.base_cosine is None for each in reworded)
        columns = pq.read_table(project.folder / more.folder / "metrics.parquet").to_pydict()
        assert {"fuzzy", "judge", "length_ratio", "refusal", "language"} == set(columns)
        for score, points in zip(scores, columns["judge"], strict=True):
            assert points == (1.0 if score.answer == score.reference else 0.25)
        sheet = (project.folder / more.folder / "scores.csv").read_text(encoding="utf-8-sig")
        assert sheet.splitlines()[0].endswith("length_ratio,refusal,language,fuzzy,judge")


def test_a_sample_is_an_evaluation_of_its_own(
    room: Project, embed: Callable[[str], list[float]]
) -> None:
    """A quick look never stands in for the whole, and asks only what it drew."""
    with OpenAIServer() as server, room as project:
        server.answer, server.vector = answer_of, embed
        use_server(project, server)
        keep_and_build(project)
        record_tuned_model(project)
        quick = evaluate(project, sample=6)
        own = [e for e in read_evaluation_scores(project, quick) if e.prompt == "example"]
        assert 6 <= len(own) <= 8
        assert len(server.seen("/chat/completions")) == 3 * len(own)
        assert evaluate(project).id != quick.id


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"metrics": ("bleurt",)}, UsageError, "no metric called bleurt"),
        ({"judge_model": "adviser"}, SettingsError, "PROVIDER/MODEL"),
    ],
)
def test_wrong_settings_are_one_line(
    room: Project,
    embed: Callable[[str], list[float]],
    options: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    """A metric nobody has, or a judge without a provider, says so."""
    with OpenAIServer() as server, room as project:
        server.answer, server.vector = answer_of, embed
        use_server(project, server)
        keep_and_build(project)
        record_tuned_model(project)
        project.settings = replace(
            project.settings, evaluate=replace(project.settings.evaluate, **options)
        )
        with pytest.raises(error, match=said):
            evaluate(project)
