"""What `chatmill run` and `chatmill demo` print while the loop runs, and at its end."""

from collections.abc import Sequence
from pathlib import Path

from chatmill.cli.output import emit_json, progress, say
from chatmill.cli.train import show_event
from chatmill.loop import LoopResult, run
from chatmill.project import Project
from chatmill.stages.evaluate import EvaluationSummary, summarise


def run_and_show(
    project: Project,
    *,
    files: Sequence[Path] = (),
    recorded_review: Path | None = None,
    keep_clean: bool = False,
    as_json: bool = False,
) -> None:
    """Run the loop and end with its figures: lines for a person, or one JSON object."""
    with progress() as report:
        result = run(
            project,
            files=files,
            recorded_review=recorded_review,
            keep_clean_examples=keep_clean,
            progress=report,
            on_stage=say,
            on_event=show_event,
        )
    if result.evaluation is None:
        say(f"{result.n_pending} of {result.n_examples} examples wait for review: chatmill review")
        if as_json:
            emit_json(_object(project, result, None))
        return
    summary = summarise(project, result.evaluation.id)
    if as_json:
        emit_json(_object(project, result, summary))
    else:
        _show(project, result, summary)


def _object(
    project: Project, result: LoopResult, summary: EvaluationSummary | None
) -> dict[str, object]:
    evaluation = result.evaluation
    report = None if evaluation is None else str(project.folder / evaluation.folder / "report.html")
    return {
        "examples": result.n_examples,
        "kept": result.n_kept,
        "base_cosine": None if summary is None else summary.base_cosine,
        "tuned_cosine": None if summary is None else summary.tuned_cosine,
        "shuffled_floor": None if summary is None else summary.shuffled_floor,
        "not_followed": None if summary is None else summary.not_followed,
        "report": report,
    }
