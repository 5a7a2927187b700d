"""What lies outside the project's tables and parts: uploads, settings, cards, people's files."""

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatmill.errors import ChatmillError, StorageError
from chatmill.models.client import ModelClient
from chatmill.models.providers import LOCAL, open_endpoint
from chatmill.project import LOCK_NAME, Project
from chatmill.server.home import ServerHome, find_home
from chatmill.settings import FILE_NAME
from chatmill.store import server_files, server_jobs
from chatmill.store.database import Database
from chatmill.store.purging import BatchTrace
from chatmill.store.server_pages import Page
from chatmill.threads.roles import is_called

if TYPE_CHECKING:
    from chatmill.stages.forget.plan import DoomedModel
    from chatmill.stages.forget.versions import DoomedVersion

BLOCK_BYTES = 1 << 20
MOST_FILES = 10_000
"""People's own files that are looked into."""
ENCODINGS = ("utf-8", "cp949", "utf-16-le")
ENDED = ("succeeded", "failed", "cancelled")
LISTS = {"roles": ("agents", "customers", "bots"), "privacy": ("names", "keep")}
"""Settings that name people."""
CARD_NAME = "README.md"
RETRAIN_NOTE = (
    "Something this model was trained on was forgotten since (`chatmill forget`): train a new one "
    "and delete this."
)


def files_that_hold(project: Project, words: Sequence[str]) -> tuple[str, ...]:
    """List the files in the project's folder that are not chatmill's own and hold any of the words.

    Args:
        project: An open project.
        words: Looked for letter by letter, in the encodings exports come in.

    Returns:
        Paths relative to the project.
    """
    needles = {form for word in words for form in _written(word)}
    if not needles:
        return ()
    own = {*project.own_paths, project.folder / LOCK_NAME}
    return tuple(
        path.relative_to(project.folder).as_posix()
        for path in _files_beside(project.folder, own)
        if _holds(path, needles)
    )


def unfinished_trainings(models: "Iterable[DoomedModel]") -> list[str]:
    """Return the jobs of this machine that are still being trained."""
    with_home = [each.job_id for each in models if each.provider == LOCAL]
    if not with_home:
        return []
    database = _server_database(find_home())
    if database is None:
        return []
    try:
        jobs = [server_jobs.find_job(database, each) for each in with_home]
    finally:
        database.close()
    return [job.id for job in jobs if job is not None and job.status not in ENDED]


def purge_server(models: "Sequence[DoomedModel]", versions: "Iterable[DoomedVersion]") -> None:
    """Delete from this machine's server what the project uploaded to it, and its jobs' copies.

    Raises:
        StorageError: Something cannot be deleted.
    """
    job_ids = [each.job_id for each in models if each.provider == LOCAL]
    if not job_ids:
        return
    home = find_home()
    database = _server_database(home)
    if database is None:
        return
    sums = {each for version in versions for each in version.sha256s}
    try:
        uploads, _more = server_files.list_files(database, Page(after=None, limit=1_000_000))
        file_ids = {each.id for each in uploads if each.sha256 in sums}
        for job_id in job_ids:
            job = server_jobs.find_job(database, job_id)
            if job is not None:
                file_ids |= {job.training_file, job.validation_file or job.training_file}
        for file_id in sorted(file_ids):
            server_files.delete_file(database, file_id)
            _delete(home.file_content(file_id))
        for copy in home.jobs.glob("*/*"):
            if copy.name.lstrip(".") in file_ids:
                _delete(copy)
    finally:
        database.close()


def purge_hosted(
    project: Project, models: "Sequence[DoomedModel]", batches: Sequence[BatchTrace]
) -> list[str]:
    """Delete at hosted services what they were given, as far as they can be reached.

    Returns:
        What is left to a person, in sentences.
    """
    left: list[str] = []
    given = {each.provider for each in models} - {LOCAL}
    for provider in sorted({*project.settings.providers, *given} if batches else given):
        if provider == LOCAL:
            continue
        job_ids = [each.job_id for each in models if each.provider == provider]
        try:
            endpoint = open_endpoint(provider, project.settings, is_read_only=True)
            mine = [each for each in batches if each.server == endpoint.identity]
            if not job_ids and not mine:
                continue
            with ModelClient(endpoint) as client:
                left += _purge_account(client, provider, job_ids, mine)
        except ChatmillError as error:
            if job_ids:
                left.append(
                    f"{provider} could not be asked to delete the files of {', '.join(job_ids)}: "
                    f"{error}"
                )
    return left


def forget_in_settings(project: Project, names: Sequence[str]) -> list[str]:
    """Take names out of the lists of chatmill.toml.

    Returns:
        What is left to a person, in sentences.

    Raises:
        StorageError: The file cannot be written.
    """
    for section, options in LISTS.items():
        chosen = getattr(project.settings, section)
        for option in options:
            before: tuple[str, ...] = getattr(chosen, option)
            after = [each for each in before if not is_called(each, names) and each not in names]
            if len(after) != len(before):
                project.remember(section, option, after)
    path = project.folder / FILE_NAME
    if _holds(path, {form for name in names for form in _written(name)}):
        return [f"{FILE_NAME} still has the name, in a comment or another option"]
    return []


def mark_cards(project: Project, models: "Iterable[DoomedModel]") -> None:
    """Say in the cards of tuned models that they are to be trained anew.

    Raises:
        StorageError: A card cannot be written.
    """
    for model in models:
        for card in project.models_folder.glob(f"*/{CARD_NAME}"):
            try:
                text = card.read_text(encoding="utf-8")
                if f"| Job | {model.job_id} |" in text and RETRAIN_NOTE not in text:
                    card.write_text(f"{text.rstrip()}\n\n{RETRAIN_NOTE}\n", encoding="utf-8")
            except OSError as error:
                raise StorageError(
                    f"cannot be written: {error.strerror}", where=str(card), fix="Check its rights"
                ) from error


def _purge_account(
    client: ModelClient, provider: str, job_ids: Sequence[str], batches: Sequence[BatchTrace]
) -> list[str]:
    from chatmill.models import hosted_files as hosted

    file_ids: dict[str, None] = {}
    for job_id in job_ids:
        found = client.run(lambda at, name=job_id: hosted.files_of_job(at, name))  # type: ignore[misc] # bound now, called at once
        file_ids |= dict.fromkeys(found)
    for batch in batches:
        found = client.run(lambda at, name=batch.remote_id: hosted.files_of_batch(at, name))  # type: ignore[misc] # bound now, called at once
        file_ids |= dict.fromkeys(found)
    left = []
    for file_id in file_ids:
        try:
            client.run(lambda at, name=file_id: hosted.delete_hosted_file(at, name))  # type: ignore[misc] # bound now, called at once
        except ChatmillError as error:
            left.append(f"{provider} did not delete its file {file_id}: {error}")
    return left


def _server_database(home: ServerHome) -> Database | None:
    """Open the server's database, where there is one."""
    if not (home.root / "server.db").exists():
        return None
    return Database.open(home.database_url, schema="server")


def _delete(path: Path) -> None:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot be deleted: {error.strerror}", where=str(path), fix="Check its rights"
        ) from error


def _written(word: str) -> set[bytes]:
    """Return the bytes a word can stand in a file as."""
    forms = {word.encode(each, "ignore") for each in ENCODINGS}
    return {form for form in {*forms, json.dumps(word)[1:-1].encode()} if len(form) > 1}


def _files_beside(folder: Path, own: set[Path]) -> list[Path]:
    found: list[Path] = []
    waiting = [folder]
    while waiting and len(found) < MOST_FILES:
        for path in sorted(waiting.pop().iterdir()):
            if path in own or path.is_symlink():
                continue
            if path.is_dir():
                waiting.append(path)
            elif path.is_file():
                found.append(path)
    return found


def _holds(path: Path, needles: set[bytes]) -> bool:
    longest = max(map(len, needles))
    try:
        with path.open("rb") as stream:
            tail = b""
            while block := stream.read(BLOCK_BYTES):
                seen = tail + block
                if any(each in seen for each in needles):
                    return True
                tail = block[-longest:]
    except OSError:
        return False  # not ours to read
    return False
