"""Losses of a job: kept while somebody follows it, read from wherever they are."""

import json
from dataclasses import asdict

from chatmill.models.tuning import JobEvent, JobMetrics
from chatmill.project import Project
from chatmill.stages.train import live_stamp, loss_plot, read_curve
from chatmill.stages.train.events import EventLog

JOB = "ftjob-abc"


def step(number: int, loss: float | None, valid: float | None = None) -> JobEvent:
    """Make what a job reports of one step."""
    metrics = JobMetrics(step=number, total_steps=10, train_loss=loss, valid_loss=valid)
    return JobEvent(
        id=f"ev-{number}-{valid}", created_at=1, level="info", message="", metrics=metrics
    )


def test_a_curve_grows_while_the_job_runs(project: Project) -> None:
    """Followed twice, an event counts once; words of the job stand beside its numbers."""
    assert read_curve(project, JOB).points == ()
    log = EventLog(project, JOB)
    log.add(JobEvent(id="ev-0", created_at=1, level="info", message="작업 시작"))
    log.add(step(1, 2.5))
    before = live_stamp(project, JOB)
    again = EventLog(project, JOB)
    again.add(step(1, 2.5))
    again.add(step(2, 1.5))
    again.add(step(2, None, valid=1.9))
    assert live_stamp(project, JOB) > before
    curve = read_curve(project, JOB)
    assert [(p.step, p.train_loss, p.valid_loss) for p in curve.points] == [
        (1, 2.5, None),
        (2, 1.5, 1.9),
    ]
    assert (curve.total_steps, curve.is_live, curve.messages) == (10, True, ("작업 시작",))
    assert "학습" in json.dumps(loss_plot(curve, "ko", width=500), ensure_ascii=False)


def test_a_line_that_is_being_written_is_left_for_later(project: Project) -> None:
    """Whoever looks in the middle of a write sees whole events only."""
    EventLog(project, JOB).add(step(1, 2.5))
    with (project.models_folder / f".{JOB}.events.jsonl").open("a") as file:
        file.write('{"id": "ev-2", "crea')
    assert len(read_curve(project, JOB).points) == 1


def test_a_finished_job_is_read_from_its_folder(project: Project) -> None:
    """The whole log counts once the job is home; a hosted service's table does as well."""
    folder = project.models_folder / JOB
    folder.mkdir(parents=True)
    (folder / "training-log.jsonl").write_text(json.dumps(asdict(step(3, 0.5))) + "\n")
    curve = read_curve(project, JOB)
    assert ([p.step for p in curve.points], curve.is_live) == ([3], False)
    (folder / "training-log.jsonl").write_text("")
    (folder / "metrics.csv").write_text("step,train_loss,valid_loss\n1,2.0,\n2,nan,1.5\nx,,\n")
    curve = read_curve(project, JOB)
    assert [(p.step, p.train_loss, p.valid_loss) for p in curve.points] == [
        (1, 2.0, None),
        (2, None, 1.5),
    ]
