"""What a job reported, kept in the project while it runs, so that any page can draw its curve."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chatmill.models.tuning import JobEvent, JobMetrics
from chatmill.project import Project
from chatmill.stages.train.keepsake import LOG_NAME, METRICS_NAME, job_folder

LIVE_ENDING = ".events.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPoint:
    """The losses of one step; None where the server did not measure them."""

    step: int
    train_loss: float | None
    valid_loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCurve:
    """How the loss of a job went."""

    points: tuple[LossPoint, ...]
    """In order of the steps."""
    total_steps: int | None
    messages: tuple[str, ...]
    """The last words of the job, oldest first."""
    is_live: bool
    """Whether the job's own log is still being written."""


MESSAGES_KEPT = 50


class EventLog:
    """Writes down what a job reports while somebody follows it; kept beside the models.

    A disk that is full must not end a training: what cannot be written is not shown, no more.

    Args:
        project: Whose job.
        job_id: The job.
    """

    def __init__(self, project: Project, job_id: str) -> None:
        self._path = _live_path(project, job_id)
        self._known = {event.id for event in _events(self._path)}

    def add(self, event: JobEvent) -> None:
        """Append one event; one that is there already stays once."""
        if event.id in self._known:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")
        except OSError:
            return
        self._known.add(event.id)

    def remove(self) -> None:
        """Delete it, once the job's folder holds the whole log."""
        self._path.unlink(missing_ok=True)


def read_curve(project: Project, job_id: str) -> LossCurve:
    """Return what is known of a job's losses, from its folder or from the log being written.

    Args:
        project: Whose job.
        job_id: The job; one nobody knows has an empty curve.
    """
    folder = job_folder(project, job_id)
    kept, live = folder / LOG_NAME, _live_path(project, job_id)
    events = list(_events(kept if kept.is_file() else live))
    points: dict[int, LossPoint] = {}
    totals = [e.metrics.total_steps for e in events if e.metrics and e.metrics.total_steps]
    for event in events:
        if event.metrics is not None and event.metrics.step is not None:
            points[event.metrics.step] = _point(event.metrics, points.get(event.metrics.step))
    if not points:
        points = {each.step: each for each in _points_of_table(folder / METRICS_NAME)}
    said = [event.message for event in events if event.metrics is None and event.message]
    return LossCurve(
        points=tuple(points[step] for step in sorted(points)),
        total_steps=max(totals) if totals else None,
        messages=tuple(said[-MESSAGES_KEPT:]),
        is_live=not kept.is_file() and live.is_file(),
    )


def live_stamp(project: Project, job_id: str) -> int:
    """Return a number that grows with every event of a job that is followed; 0 where none is."""
    try:
        return _live_path(project, job_id).stat().st_size
    except OSError:
        return 0


def _live_path(project: Project, job_id: str) -> Path:
    folder = job_folder(project, job_id)
    return folder.with_name(f".{folder.name}{LIVE_ENDING}")


def _point(metrics: JobMetrics, known: LossPoint | None) -> LossPoint:
    """Make a point; a step that is reported twice keeps what the first report knew."""
    valid = metrics.full_valid_loss if metrics.valid_loss is None else metrics.valid_loss
    train = metrics.train_loss
    if known is not None:
        train = known.train_loss if train is None else train
        valid = known.valid_loss if valid is None else valid
    return LossPoint(step=metrics.step or 0, train_loss=train, valid_loss=valid)


def _events(path: Path) -> Iterator[JobEvent]:
    """Yield the events of a log; a last line that is still being written is left for later."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return
    for line in lines:
        try:
            values: dict[str, Any] = json.loads(line)
            metrics = values.pop("metrics", None)
            made = None if metrics is None else JobMetrics(**metrics)
            yield JobEvent(**values, metrics=made)
        except (ValueError, TypeError, AttributeError):
            continue


def _points_of_table(path: Path) -> Iterator[LossPoint]:
    """Yield the points of a hosted service's result file (CSV)."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return
    for row in csv.DictReader(io.StringIO(text)):
        step = _number(row.get("step"))
        if step is not None:
            yield LossPoint(
                step=int(step),
                train_loss=_number(row.get("train_loss")),
                valid_loss=_number(row.get("valid_loss") or row.get("validation_loss")),
            )


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
