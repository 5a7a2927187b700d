"""Evaluate: every turn asked, every number from real embeddings, nothing asked twice."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from chatmill.errors import MeasureError, ModelCallError, TuningError, UntrustedProviderError
from chatmill.project import InitAnswers, Project
from chatmill.records import Evaluation, Score
from chatmill.settings import ProviderSettings
from chatmill.stages.evaluate import (
    evaluate,
    evaluation_summary,
    interval_method,
    read_evaluation_scores,
    require_cosine,
    summarize,
)
from chatmill.store.evaluations import list_evaluations
from evaluating import ANSWERS, TUNED, answer_of, keep_and_build, record_tuned_model, use_server
from openai_server import OpenAIServer, refusal

Embed = Callable[[str], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A built project and the server that plays its models."""

    project: Project
    server: OpenAIServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A finished evaluation that many tests look at and none changes."""

    asked: Asked
    evaluation: Evaluation
    scores: list[Score]


@contextmanager
def built(folder: Path, embed: Embed) -> Iterator[Asked]:
    """Make a built project whose models are a scripted server with real embeddings."""
    answers = InitAnswers(agents=("Mina Park",), products=("W5500",))
    with OpenAIServer() as server, Project.create(folder / "room", answers) as project:
        server.answer = answer_of
        server.vector = embed
        use_server(project, server)
        keep_and_build(project)
        record_tuned_model(project)
        yield Asked(project=project, server=server)


@pytest.fixture
def asked(tmp_path: Path, embed: Embed) -> Iterator[Asked]:
    """A built project nobody evaluated yet."""
    with built(tmp_path, embed) as made:
        yield made


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, embed: Embed) -> Iterator[Evaluated]:
    """A finished evaluation."""
    with built(tmp_path_factory.mktemp("evaluated"), embed) as made:
        evaluation = evaluate(made.project)
        scores = read_evaluation_scores(made.project, evaluation)
        yield Evaluated(asked=made, evaluation=evaluation, scores=scores)


def own(scores: Sequence[Score], question: str) -> Score:
    """Return the score of a question asked with its own system line."""
    return next(e for e in scores if e.question == question and e.prompt == "example")


def test_a_perfect_answer_follows_and_a_foreign_one_does_not(evaluated: Evaluated) -> None:
    """The verdicts come from embeddings of real answers, in both languages."""
    for item in ANSWERS:
        score = own(evaluated.scores, item.question)
        assert score.reference == item.answer
        if item.said == item.answer:
            assert score.verdict == "followed"
            assert score.cosine == pytest.approx(1.0, abs=1e-5)
            assert score.rouge_l == 1.0
        elif item.is_foreign:
            assert score.verdict == "not followed"


def test_a_changed_number_is_at_most_partly_followed(evaluated: Evaluated) -> None:
    """Cosine hardly sees 500 us become 900 us; the facts do."""
    wrong = [own(evaluated.scores, item.question) for item in ANSWERS if item.has_other_number]
    assert len(wrong) == 2
    for score in wrong:
        assert score.cosine > 0.7
        assert score.facts is not None
        assert score.facts < 1.0
        assert score.verdict != "followed"


def test_a_later_turn_is_asked_after_the_reviewed_turns(evaluated: Evaluated) -> None:
    """A mistake in turn 1 must not spoil turn 2: the reference stands before it."""
    first, second = ANSWERS[0], ANSWERS[1]
    (body,) = [
        each.body
        for each in evaluated.asked.server.seen("/chat/completions")
        if each.body["model"] == TUNED
        and each.body["messages"][-1]["content"] == second.question
        and each.body["messages"][0]["content"].startswith("This is information")
    ]
    said = [each["content"] for each in body["messages"][1:]]
    assert said == [first.question, first.answer, second.question]
    assert body["temperature"] == 0


def test_both_system_lines_are_asked_and_the_base_model_with_one(evaluated: Evaluated) -> None:
    """Customers never send a summary, so the drop with the serving line is measured."""
    served = [each for each in evaluated.scores if each.prompt == "serving"]
    assert len(served) * 2 == len(evaluated.scores)
    assert {each.system for each in served} == {"You answer customers' questions about W5500."}
    assert all(each.base_cosine is None for each in served)
    example_lines = [each for each in evaluated.scores if each.prompt == "example"]
    assert all(each.base_cosine is not None for each in example_lines)


def test_held_out_phrasings_meet_the_plain_baseline(evaluated: Evaluated) -> None:
    """The nearest trained question's answer is scored against the same reference."""
    held_out = [each for each in evaluated.scores if each.split == "paraphrase"]
    trained = [each for each in evaluated.scores if each.split == "train"]
    nearest = [each.nearest_cosine for each in held_out if each.nearest_cosine is not None]
    assert len(nearest) == len(held_out) > 0
    assert all(each.nearest_cosine is None for each in trained)
    assert np.mean(nearest) > 0.5


def test_the_summary_counts_what_the_scores_say(evaluated: Evaluated) -> None:
    """The demo's last line and the table are sums of the same rows."""
    summary = evaluation_summary(evaluated.scores)
    trained = [e for e in evaluated.scores if e.split == "train" and e.prompt == "example"]
    assert summary.n_questions == len(trained)
    assert summary.tuned_cosine == pytest.approx(np.mean([each.cosine for each in trained]))
    assert summary.shuffled_floor == pytest.approx(evaluated.evaluation.shuffled_floor)
    assert summary.base_cosine is not None
    assert summary.base_cosine < summary.tuned_cosine
    method = interval_method(evaluated.asked.project.settings.evaluate)
    lines = summarize(evaluated.scores, method)
    counted = sum(line.n_not_followed for line in lines if line.group == "trained")
    assert counted == summary.not_followed == 2
    assert {line.language for line in lines} == {"en", "ko"}


def test_fail_under_refuses_a_low_mean(evaluated: Evaluated) -> None:
    """A continuous integration job can stop on a model that learnt too little."""
    require_cosine(evaluated.scores, 0.1, "report.html")
    with pytest.raises(MeasureError, match=r"below 0\.990"):
        require_cosine(evaluated.scores, 0.99, "report.html")


def test_the_report_is_one_offline_page_with_chats_escaped(evaluated: Evaluated) -> None:
    """A customer's `</script>` stays text, and the page loads nothing from anywhere."""
    folder = evaluated.asked.project.folder / evaluated.evaluation.folder
    names = {path.name for path in folder.iterdir()}
    tables = {"scores.parquet", "metrics.parquet", "scores.csv", "causes.json"}
    pictures = {"scores.png", "scores.svg", "distribution.png", "distribution.svg"}
    assert names == {"report.html", *tables, *pictures}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "</script><b>" not in page
    data = page.split('id="data">')[1].split("</script>")[0]
    assert any("</script><b>" in row["question"] for row in json.loads(data)["rows"])
    assert 'src="http' not in page
    assert 'href="http' not in page
    assert (folder / "scores.png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_run_is_not_asked_again(evaluated: Evaluated) -> None:
    """Evaluating twice costs nothing and gives the same evaluation."""
    n_calls = len(evaluated.asked.server.requests)
    assert evaluate(evaluated.asked.project) == evaluated.evaluation
    assert len(evaluated.asked.server.requests) == n_calls
    known = list_evaluations(evaluated.asked.project.database)
    assert [each.id for each in known] == [evaluated.evaluation.id]


def test_a_second_project_gets_the_same_scores(asked: Asked, evaluated: Evaluated) -> None:
    """Floor, thresholds and verdicts are seeded, so two machines agree."""
    evaluation = evaluate(asked.project)
    assert evaluation.id == evaluated.evaluation.id
    assert read_evaluation_scores(asked.project, evaluation) == evaluated.scores


def test_a_run_that_broke_off_asks_only_what_is_missing(asked: Asked) -> None:
    """Answers are stored as they arrive, and nothing half-written is left in reports/."""
    project, server = asked.project, asked.server
    server.script("/chat/completions", refusal(400))
    with pytest.raises(ModelCallError):
        evaluate(project)
    assert not list(project.reports_folder.glob("*"))
    n_before = len(server.seen("/chat/completions"))
    evaluation = evaluate(project)
    n_asked = len(server.seen("/chat/completions")) - n_before
    n_questions = len(read_evaluation_scores(project, evaluation)) // 2
    assert n_asked == 1 + n_questions, "the one that failed, and the base model's"


def test_a_korean_project_gets_a_korean_report(asked: Asked) -> None:
    """Korean is a first language of reports."""
    settings = asked.project.settings
    asked.project.settings = replace(settings, project=replace(settings.project, language="ko"))
    evaluation = evaluate(asked.project)
    page = (asked.project.folder / evaluation.folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in page
    assert "학습 내용을 따르지 않았" in page


def test_an_untrusted_provider_is_sent_nothing(asked: Asked) -> None:
    """Chats leave the machine only where the settings trust the receiver."""
    provider = ProviderSettings(base_url=asked.server.base_url)
    asked.project.settings = replace(asked.project.settings, providers={"scripted": provider})
    with pytest.raises(UntrustedProviderError):
        evaluate(asked.project)
    assert not asked.server.requests


def test_without_a_tuned_model_it_says_what_to_do(project: Project) -> None:
    """Evaluating too early is one clear line."""
    keep_and_build(project)
    with pytest.raises(TuningError, match="chatmill train v1"):
        evaluate(project)
