"""Starts a fine-tuning job or finds the one that runs, follows it, and brings its result home."""

import time
from collections.abc import Callable
from dataclasses import replace

from chatmill.errors import ServerDownError, TuningError
from chatmill.models.client import ModelClient
from chatmill.models.connection import RefusedCallError
from chatmill.models.estimates import FileSize, measured_tokens_per_second
from chatmill.models.progress import Progress
from chatmill.models.providers import LOCAL
from chatmill.models.retirements import tuning_notices
from chatmill.models.tuning import JobEvent, JobRequest, RemoteJob
from chatmill.project import Project
from chatmill.records import Hyperparameters, TuningJob
from chatmill.stages.train.events import EventLog
from chatmill.stages.train.keepsake import has_keepsake, keep_result
from chatmill.stages.train.plan import TrainingPlan, check_files, describe, make_plan
from chatmill.store.jobs import find_job_by_key, record_job, update_job

EventListener = Callable[[JobEvent], None]
"""Told what the job reports, and what chatmill has to say about it (an event without id)."""

ENDED = ("succeeded", "failed", "cancelled")
MOST_RESTARTS = 5
"""Times a local server that stopped is started again while following one job."""
NOT_FOUND = 404


def train(  # noqa: PLR0913 - what the caller may choose over the settings
    project: Project,
    dataset: str | None = None,
    *,
    provider: str | None = None,
    base_model: str | None = None,
    hyperparameters: Hyperparameters | None = None,
    suffix: str | None = None,
    again: bool = False,
    progress: Progress | None = None,
    on_event: EventListener | None = None,
) -> TuningJob:
    """Fine-tune a model on a dataset version; called again, it goes on or finds it done.

    A job is known by the hash of dataset, provider, base model, hyperparameters and seed. One
    that runs is followed, one that has finished is never trained again, whoever started it.

    Args:
        project: An open project.
        dataset: Dataset version; the newest when None.
        provider: Who trains; `[train] provider` when None.
        base_model: Model to tune; `[train] base_model` when None.
        hyperparameters: `[train]`'s when None.
        suffix: Part of the tuned model's name; `[train] suffix`, else the project's name.
        again: Ask the server about a job that was finished, and train it anew only where the
            server has lost it.
        progress: Told about the download of a base model.
        on_event: Told what the job reports.

    Returns:
        The job, succeeded.

    Raises:
        DatasetError: There is nothing to train on.
        UntrustedProviderError: The provider may not be sent the chats; nothing was sent.
        TuningError: The job failed or was cancelled.
        ModelError: The server refused, or nothing answers.
        KeyboardInterrupt: The person pressed Ctrl-C; the job goes on.
    """
    plan = make_plan(
        project,
        dataset,
        provider=provider,
        base_model=base_model,
        hyperparameters=hyperparameters,
        suffix=suffix,
    )
    run = _Run(project, plan, on_event or _ignore)
    done = find_job_by_key(project.database, plan.key)
    if done is not None and not again and _is_home(project, done):
        run.say(f"{done.id} has finished already, nothing is trained twice")
        return done
    return run.to_the_end(progress)


class _Run:
    """One call of `train`: what was seen and said so far."""

    def __init__(self, project: Project, plan: TrainingPlan, on_event: EventListener) -> None:
        self.project = project
        self.plan = plan
        self.on_event = on_event
        self.job_id = ""
        self.last_event: str | None = None
        self.size: FileSize | None = None

    def say(self, text: str, *, level: str = "info") -> None:
        self.on_event(JobEvent(id="", created_at=0, level=level, message=text))

    def to_the_end(self, progress: Progress | None) -> TuningJob:
        """Start or join the job and follow it; a local server that stops is started again."""
        n_restarts = 0
        while True:
            try:
                with ModelClient.for_provider(
                    self.plan.provider,
                    self.project.settings,
                    base_model=self.plan.base_model,
                    progress=progress,
                ) as client:
                    remote = self._start_or_join(client)
                    return self._finish(client, self._follow(client, remote))
            except ServerDownError:
                n_restarts += 1
                if self.plan.provider != LOCAL or n_restarts > MOST_RESTARTS:
                    raise
                self.say("the server of this machine stopped; starting it again", level="warn")
            except KeyboardInterrupt:
                self._say_detached()
                raise

    def _say_detached(self) -> None:
        if not self.job_id:
            self.say("stopped; what was started goes on with the next chatmill train")
            return
        self.say(
            f"{self.job_id} goes on at {self.plan.provider}; "
            f"to follow it again: chatmill train {self.plan.dataset.name}"
        )

    def _start_or_join(self, client: ModelClient) -> RemoteJob:
        with self.project.lock("train"):
            remote = self._known_job(client) or self._create(client)
            record_job(self.project.database, self._record(remote), self.plan.key)
        self.job_id = remote.id
        return remote

    def _known_job(self, client: ModelClient) -> RemoteJob | None:
        """Find this very work in our store, else (killed before recording) at the server."""
        stored = find_job_by_key(self.project.database, self.plan.key)
        if stored is not None:
            try:
                remote = client.get_job(stored.id)
            except RefusedCallError as error:
                if error.status != NOT_FOUND:
                    raise
                lost = replace(stored, status="cancelled", error="the server has lost it")
                update_job(self.project.database, lost)
                self.say(f"the server no longer has {stored.id}", level="warn")
            else:
                self._say_joined(remote)
                return remote
        remote_or_none = client.find_job(self.plan.key)
        if remote_or_none is not None:
            self._say_joined(remote_or_none)
        return remote_or_none

    def _say_joined(self, remote: RemoteJob) -> None:
        if self.job_id != remote.id:
            self.say(f"{remote.id} was started before and is {remote.status}; following it")

    def _create(self, client: ModelClient) -> RemoteJob:
        """Validate, say what it takes, upload and create."""
        plan = self.plan
        size = check_files(plan, self.project.settings.build.min_examples)
        speed = measured_tokens_per_second(client.list_jobs(), plan.base_model)
        self.say(describe(plan, size, speed))
        for line in client.run(lambda each: tuning_notices(each, plan.base_model)):
            self.say(line, level="warn")
        validation = plan.validation_file
        request = JobRequest(
            model=plan.base_model,
            training_file=client.upload_file(plan.training_file),
            validation_file=None if validation is None else client.upload_file(validation),
            suffix=plan.suffix,
            seed=plan.seed,
            hyperparameters=plan.hyperparameters,
            key=plan.key,
        )
        remote = client.create_job(request)
        self.say(f"{remote.id} is {remote.status}")
        return remote

    def _follow(self, client: ModelClient, remote: RemoteJob) -> RemoteJob:
        """Pass on events until the job ends; each once, also over a restart of the server."""
        poll_seconds = self.project.settings.train.poll_seconds
        log = EventLog(self.project, remote.id)
        while True:
            current = client.get_job(remote.id)
            if current.status != remote.status:
                update_job(self.project.database, self._record(current))
            remote = current
            for event in client.list_events(remote.id, after=self.last_event):
                self.last_event = event.id
                log.add(event)
                self.on_event(event)
            if remote.status in ENDED:
                return remote
            time.sleep(poll_seconds)

    def _finish(self, client: ModelClient, remote: RemoteJob) -> TuningJob:
        job = self._record(remote)
        if remote.status != "succeeded":
            update_job(self.project.database, job)
            words = remote.error or "the server does not say why"
            raise TuningError(
                f"the job was {remote.status}: {words}"
                if remote.status == "cancelled"
                else f"the job has {remote.status}: {words}",
                where=remote.id,
                fix="Run chatmill train again for a new job",
            )
        keep_result(self.project, client, remote, job, self.say)
        update_job(self.project.database, job)
        EventLog(self.project, remote.id).remove()
        if client.endpoint.profile.needs_deployment:
            self.say(
                f"deploy {job.fine_tuned_model} before it is asked, and give its deployment's "
                f"name in [providers.{self.plan.provider}.deployments]",
                level="warn",
            )
        return job

    def _record(self, remote: RemoteJob) -> TuningJob:
        return TuningJob(
            id=remote.id,
            provider=self.plan.provider,
            base_model=self.plan.base_model,
            dataset=self.plan.dataset.name,
            status=remote.status,
            hyperparameters=remote.hyperparameters,
            fine_tuned_model=remote.fine_tuned_model,
            trained_tokens=remote.trained_tokens,
            error=remote.error or None,
            adapter_sha256=remote.adapter_sha256,
        )


def _is_home(project: Project, job: TuningJob) -> bool:
    return job.status == "succeeded" and has_keepsake(project, job.id)


def _ignore(event: JobEvent) -> None:
    del event
