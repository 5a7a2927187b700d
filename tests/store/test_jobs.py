"""The jobs a project started: found by what they train, newest first, recorded once."""

from dataclasses import replace

from chatmill.project import Project
from chatmill.records import Hyperparameters, TuningJob
from chatmill.store.jobs import find_job_by_key, latest_job, list_jobs, record_job, update_job

JOB = TuningJob(
    id="ftjob-1",
    provider="local",
    base_model="smollm2-135m-instruct",
    dataset="v1",
    status="running",
    hyperparameters=Hyperparameters(n_epochs=20, batch_size="auto"),
)


def test_a_job_comes_back_as_it_went_in(project: Project) -> None:
    """No field is lost on the way through the database."""
    done = replace(
        JOB,
        status="succeeded",
        fine_tuned_model="ft:smollm2:room::1",
        trained_tokens=1234,
        adapter_sha256="ab" * 32,
    )
    record_job(project.database, done, "k")
    assert list_jobs(project.database) == [done]


def test_recording_twice_is_recording_once(project: Project) -> None:
    """A run that was killed after recording may record again."""
    record_job(project.database, JOB, "k")
    queued = replace(JOB, status="queued")
    record_job(project.database, queued, "k")
    assert list_jobs(project.database) == [queued]


def test_jobs_are_found_by_key_unless_they_ended_in_vain(project: Project) -> None:
    """A failed or cancelled job never stands in the way of a new one."""
    record_job(project.database, JOB, "k")
    assert find_job_by_key(project.database, "k") == JOB
    assert find_job_by_key(project.database, "other") is None
    update_job(project.database, replace(JOB, status="failed", error="메모리 부족"))
    assert find_job_by_key(project.database, "k") is None
    second = replace(JOB, id="ftjob-2")
    record_job(project.database, second, "k")
    assert find_job_by_key(project.database, "k") == second


def test_the_latest_job_is_one_to_chat_with(project: Project) -> None:
    """By default only succeeded jobs count, of one dataset where it is named."""
    for number, status in enumerate(("succeeded", "succeeded", "running"), start=1):
        job = replace(JOB, id=f"ftjob-{number}", dataset=f"v{number}", status=status)  # type: ignore[arg-type] # statuses from the tuple
        record_job(project.database, job, f"k{number}")
    newest = latest_job(project.database)
    assert newest is not None
    assert newest.id == "ftjob-2"
    of_first = latest_job(project.database, "v1")
    assert of_first is not None
    assert of_first.id == "ftjob-1"
    assert latest_job(project.database, "v3") is None
    running = latest_job(project.database, status=None)
    assert running is not None
    assert running.id == "ftjob-3"
