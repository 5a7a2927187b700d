"""`chatmill evaluate`: ask the tuned model every question and print what it followed."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatmill.cli.output import (
    counted,
    emit_json,
    json_option,
    open_project,
    progress,
    say,
    table,
)
from chatmill.cli.spending import (
    batch_option,
    no_cache_option,
    spending_from,
    spending_of,
    yes_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.metrics.intervals import MeanEstimate
    from chatmill.records import Evaluation, Score
    from chatmill.settings import Settings
    from chatmill.stages.evaluate import PhrasingLine, SummaryLine


@click.command("evaluate")
@click.argument("dataset", required=False, metavar="[DATASET|FILE.jsonl]")
@click.option("--model", metavar="M", help="Ask this model in place of the newest tuned one.")
@click.option("--base-model", default="", metavar="M", help="FILE: compare with this model.")
@click.option("--base-url", default="", metavar="URL", help="FILE: the model's server, up to /v1.")
@click.option("--api-key-env", default="", metavar="VAR", help="FILE: variable with its key.")
@click.option("--system", default="", metavar="LINE", help="FILE: ask with this line too.")
@click.option(
    "--train", "train_file", type=click.Path(path_type=Path), help="FILE: what it was trained on."
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="DIR", help="FILE: where results go."
)
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="A quick look at N questions, stratified."
)
@click.option(
    "--fail-under",
    type=click.FloatRange(-1, 1),
    metavar="X",
    help="Exit 1 where the mean cosine of trained questions is below X.",
)
@click.option(
    "--fail-on-regression",
    metavar="RUN",
    help="Exit 1 where this run is worse than RUN (an evaluation, a version; of FILE a folder).",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Labels saved in the report: measure the verdicts, and judge as people did.",
)
@batch_option
@no_cache_option
@yes_option
@json_option
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - as click hands them over
    """Ask the tuned model every question of DATASET (the newest) and score its answers.

    With FILE.jsonl, chats in OpenAI's format, no project is needed: --model names what is asked.
    """
    given = _Options(**options)
    if given.dataset is not None and given.dataset.lower().endswith((".jsonl", ".json")):
        _evaluate_file(Path(given.dataset), given)
    else:
        _evaluate_project(ctx, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The command line, as click read it."""

    dataset: str | None
    model: str | None
    base_model: str
    base_url: str
    api_key_env: str
    system: str
    train_file: Path | None
    output: Path | None
    sample: int | None
    fail_under: float | None
    fail_on_regression: str | None
    labels: Path | None
    batch: bool
    no_cache: bool
    yes: bool
    as_json: bool


def _evaluate_project(ctx: click.Context, given: _Options) -> None:
    from chatmill.stages import evaluate as stage

    project = open_project(ctx)
    began = time.monotonic()
    earlier = None
    if given.fail_on_regression:
        earlier = stage.read_earlier_scores(project, given.fail_on_regression)
    with progress() as report:
        spending = spending_of(project, no_cache=given.no_cache, yes=given.yes, batch=given.batch)
        evaluation = stage.evaluate(
            project,
            given.dataset,
            model=given.model,
            sample=given.sample,
            progress=report,
            spending=spending,
        )
    scores = stage.read_evaluation_scores(project, evaluation)
    if given.labels is not None:
        labelled = stage.label_evaluation(project, evaluation, given.labels)
        evaluation, scores = labelled.evaluation, list(labelled.run.scores)
        for line in labelled.run.lines():
            say(line)
    _tell(
        _Outcome(
            evaluation=evaluation,
            scores=scores,
            settings=project.settings,
            report=f"{evaluation.folder}/report.html",
            seconds=time.monotonic() - began,
            earlier=earlier,
        ),
        given,
    )


def _evaluate_file(file: Path, given: _Options) -> None:
    from chatmill.stages.evaluate import files

    earlier = None
    if given.fail_on_regression:
        earlier = files.read_run(Path(given.fail_on_regression))
    settings = files.settings_for(given.base_url, given.api_key_env)
    target = files.FileTarget(
        file=file,
        model=given.model or "",
        base_model=given.base_model,
        serving_line=given.system,
        train_file=given.train_file,
        folder=given.output or Path(f"{file.stem}-evaluation"),
        sample=given.sample,
    )
    with progress() as report:
        done = files.evaluate_file(
            target,
            settings,
            progress=report,
            spending=spending_from(
                settings, no_cache=given.no_cache, yes=given.yes, batch=given.batch
            ),
        )
    if given.labels is not None:
        raise click.UsageError("--labels needs a project")
    for each in done.rejections:
        say(f"{each.source}, line {each.line}: {each.reason}")
    _tell(
        _Outcome(
            evaluation=done.evaluation,
            scores=done.scores,
            settings=settings,
            report=f"{done.report}/report.html",
            seconds=done.seconds,
            earlier=earlier,
        ),
        given,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """A finished run, ready to be told."""

    evaluation: Evaluation
    scores: Sequence[Score]
    settings: Settings
    report: str
    seconds: float
    earlier: Sequence[Score] | None
    """Of the run it must not be worse than."""


def _tell(done: _Outcome, given: _Options) -> None:
    """Print the outcome, then fail where it was asked for."""
    from chatmill.stages import evaluate as stage

    method = stage.interval_method(done.settings.evaluate)
    lines = stage.summarize(done.scores, method)
    phrasings = stage.phrasing_lines(done.scores, method)
    regression = None
    if done.earlier is not None:
        regression = stage.compare_runs(done.earlier, done.scores, done.settings.evaluate)
    if given.as_json:
        emit_json(
            {
                **asdict(done.evaluation),
                **asdict(stage.evaluation_summary(done.scores)),
                "lines": [asdict(line) for line in lines],
                "phrasings": [asdict(line) for line in phrasings],
                "regression": None if regression is None else asdict(regression),
                "report": done.report,
            }
        )
    else:
        print_lines(lines)
        if phrasings:
            _print_phrasings(phrasings)
        say(f"Report: {done.report}")
    if given.sample is not None:
        n_asked = sum(each.prompt == "example" for each in done.scores)
        say(f"A sample of {counted(n_asked, 'question')}, {done.seconds:.0f} s")
    if regression is not None:
        say(f"Beside {given.fail_on_regression}: {regression.line()}")
    if notice := stage.missing_font_notice(done.settings.project.language, done.scores):
        say(notice)
    if given.fail_under is not None:
        stage.require_cosine(done.scores, given.fail_under, done.report)
    if regression is not None:
        stage.require_no_regression(regression, done.report)


def _print_phrasings(lines: Sequence[PhrasingLine]) -> None:
    """Print one row a form in which questions were asked again."""
    table(
        ("asked again", "questions", "tuned", "change", "interval", "followed → not"),
        [
            (
                line.phrasing,
                str(line.n),
                _mean(line.tuned),
                f"{line.change.mean:+.2f}",
                _interval(line.change),
                str(line.n_lost),
            )
            for line in lines
        ],
    )


def print_lines(lines: Sequence[SummaryLine]) -> None:
    """Print one row a language and group; `run` and `demo` end with it too.

    Narrow enough for 80 columns; docs/evaluate.md says what each column is.
    """
    table(
        (
            "questions",
            "base",
            "tuned",
            "interval",
            "served",
            "floor",
            "near",
            "followed/\npartly/not",
        ),
        [_cells(line) for line in lines],
    )


def _cells(line: SummaryLine) -> tuple[str, ...]:
    return (
        f"{line.language or '?'} {line.group}",
        _mean(line.base),
        _mean(line.tuned),
        _interval(line.tuned),
        _mean(line.serving),
        _mean(line.shuffled),
        _mean(line.nearest),
        f"{line.n_followed}/{line.n_partly}/{line.n_not_followed}",
    )


def _mean(estimate: MeanEstimate | None) -> str:
    return "" if estimate is None else f"{estimate.mean:.2f}"


def _interval(estimate: MeanEstimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "too few"
    return f"{estimate.low:.2f}–{estimate.high:.2f}"
