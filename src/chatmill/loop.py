"""The order of the stages and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatmill.errors import InputError
from chatmill.models.progress import Progress
from chatmill.project import Project
from chatmill.records import DatasetVersion, Evaluation, TuningJob
from chatmill.stages.build import build
from chatmill.stages.check import check
from chatmill.stages.evaluate import evaluate
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.stages.review import apply_recorded, keep_clean
from chatmill.stages.train import EventListener, train
from chatmill.store.examples import count_examples

StageListener = Callable[[str], None]
"""Called with one line at the start of every stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """How far one pass came; what was not reached is None."""

    n_examples: int
    n_kept: int
    n_pending: int
    """Waiting for review."""
    unread: InputError | None = None
    """What import could not read; the other files went through."""
    dataset: DatasetVersion | None = None
    job: TuningJob | None = None
    evaluation: Evaluation | None = None


def run(  # noqa: PLR0913 - the stages' own inputs, handed on
    project: Project,
    *,
    files: Sequence[Path] = (),
    recorded_review: Path | None = None,
    keep_clean_examples: bool = False,
    progress: Progress | None = None,
    on_stage: StageListener = lambda _line: None,
    on_event: EventListener | None = None,
) -> LoopResult:
    """Do every stage that has something to do; stop at review while examples wait for it.

    Killed anywhere and called again, it goes on: each stage finishes what is missing, repeats
    nothing that was paid for and duplicates nothing.

    Args:
        project: An open project.
        files: Exports to import first.
        recorded_review: A JSONL of decisions to take over, as the sample has one.
        keep_clean_examples: Keep pending examples without error findings, as policy
            `keep-clean`.
        progress: Told how far a stage is.
        on_stage: Told when a stage begins.
        on_event: Told what the fine-tuning job reports.

    Raises:
        ChatmillError: A stage could not do its work; what earlier stages did stays. A file that
            cannot be read stops nothing: see `LoopResult.unread`.
    """
    unread: InputError | None = None
    if files:
        on_stage("import: reading the exports")
        try:
            import_files(project, files, progress=progress)
        except InputError as error:  # what could be read is in; the rest is said again at the end
            on_stage(f"import: {error}")
            unread = error
    on_stage("extract: lifting questions and answers out of the talk")
    extract(project, progress=progress)
    on_stage("check: looking for words the source does not support")
    check(project, progress=progress)
    if recorded_review is not None:
        on_stage("review: taking over the recorded decisions")
        apply_recorded(project, recorded_review)
    if keep_clean_examples:
        on_stage("review: keeping what has no error (policy keep-clean)")
        keep_clean(project)
    counts = count_examples(project.database)
    result = LoopResult(
        n_examples=sum(counts.values()),
        n_kept=counts.get("kept", 0),
        n_pending=counts.get("pending", 0),
        unread=unread,
    )
    is_reviewed = keep_clean_examples or recorded_review is not None or not result.n_pending
    if not is_reviewed:
        return result
    on_stage("build: writing the dataset")
    dataset = build(project).version
    on_stage(f"train: fine-tuning on {dataset.name}")
    job = train(project, dataset.name, progress=progress, on_event=on_event)
    on_stage("evaluate: asking the tuned and the base model every question")
    evaluation = evaluate(project, dataset.name, job=job, progress=progress)
    return replace(result, dataset=dataset, job=job, evaluation=evaluation)
