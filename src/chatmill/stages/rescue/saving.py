"""Saves what an account holds; what cannot be fetched is listed, and tried by the next run."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatmill.errors import ModelCallError
from chatmill.models.client import ModelClient
from chatmill.models.hosted_account import (
    Entry,
    list_account_files,
    list_account_jobs,
    list_account_models,
    list_job_checkpoints,
    list_job_events,
)
from chatmill.models.progress import Progress
from chatmill.stages.rescue.folder import RescueFolder, safe_name

ENDED = frozenset({"succeeded", "failed", "cancelled"})
CSV_BEGINNING = b"step"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """Something the server did not give."""

    kind: str
    """`file`, `events`, `checkpoints`, `result` or `questions`."""
    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAccount:
    """What was saved."""

    files: Sequence[Entry]
    jobs: Sequence[Entry]
    places: dict[str, str]
    """File id → its name in the folder."""
    missing: Sequence[MissingItem]


def save_account(client: ModelClient, folder: RescueFolder, progress: Progress) -> SavedAccount:
    """Save files, jobs, events, checkpoints' names and result files.

    Args:
        client: Of the account.
        folder: What it has already is not fetched again.
        progress: Told how far it is.

    Raises:
        ModelError: The account cannot be listed; what is saved stays.
        StorageError: The folder cannot be written.
    """
    return _Saving(client, folder, progress).go()


class _Saving:
    def __init__(self, client: ModelClient, folder: RescueFolder, progress: Progress) -> None:
        self._client = client
        self._folder = folder
        self._progress = progress
        self._missing: list[MissingItem] = []
        self._places: dict[str, str] = {}

    def go(self) -> SavedAccount:
        files = self._client.run(list_account_files)
        jobs = self._client.run(list_account_jobs)
        self._folder.write_lines("files.jsonl", files)
        self._folder.write_lines("jobs.jsonl", jobs)
        self._folder.write_lines("models.jsonl", self._client.run(list_account_models))
        self._save_files(files, jobs)
        for number, job in enumerate(jobs, start=1):
            self._save_job(job)
            self._progress("saving jobs", number, len(jobs))
        return SavedAccount(
            files=files, jobs=jobs, places=self._places, missing=tuple(self._missing)
        )

    def _save_files(self, files: Sequence[Entry], jobs: Sequence[Entry]) -> None:
        """Save the contents of listed files, and of those only a job still names."""
        names = {str(each.get("id", "")): str(each.get("filename") or "") for each in files}
        for job in jobs:
            for field in ("training_file", "validation_file"):
                if isinstance(job.get(field), str):
                    names.setdefault(job[field], f"{field}.jsonl")
        for number, (file_id, filename) in enumerate(names.items(), start=1):
            name = f"files/{safe_name(file_id, filename)}"
            if self._fetch("file", file_id, name, lambda content: content):
                self._places[file_id] = name
            self._progress("saving files", number, len(names))

    def _save_job(self, job: Entry) -> None:
        job_id = str(job.get("id", ""))
        name = safe_name(job_id)
        is_over = job.get("status") in ENDED
        for kind, listing in (("events", list_job_events), ("checkpoints", list_job_checkpoints)):
            place = f"{kind}/{name}.jsonl"
            if is_over and self._folder.has(place):
                continue
            try:
                entries = self._client.run(lambda connection: listing(connection, job_id))  # noqa: B023 - run at once
            except ModelCallError as error:
                self._missing.append(MissingItem(kind=kind, id=job_id, reason=error.what))
            else:
                self._folder.write_lines(place, entries)
        for file_id in job.get("result_files") or []:
            place = f"results/{safe_name(str(file_id))}.csv"
            self._fetch("result", str(file_id), place, decoded_result)

    def _fetch(self, kind: str, file_id: str, name: str, convert: Callable[[bytes], bytes]) -> bool:
        """Save one file's content unless it is there; say whether it is there now."""
        if self._folder.has(name):
            return True
        try:
            content = self._client.file_content(file_id)
        except ModelCallError as error:
            self._missing.append(MissingItem(kind=kind, id=file_id, reason=error.what))
            return False
        self._folder.write(name, convert(content))
        return True


def decoded_result(content: bytes) -> bytes:
    """Return a result file as CSV: the hosted service sends some of them in base64."""
    if content.lstrip().startswith(CSV_BEGINNING):
        return content
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return content
    return decoded if decoded.startswith(CSV_BEGINNING) else content
