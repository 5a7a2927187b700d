"""Dataset versions: which there are, and the rows of one version's files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chatmill.errors import DatasetError
from chatmill.records import DatasetVersion, Split
from chatmill.store.database import Database
from chatmill.store.tables import datasets

MANIFEST_NAME = "manifest.json"
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "paraphrase")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer:
    """One turn as it stands in a dataset."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRow:
    """One line of a dataset's files, with what the manifest says about it."""

    example_id: str
    """Example it was made from; of a held-out phrasing, the example it rephrases."""
    conversation_id: str
    split: Split
    language: str
    system: str
    turns: tuple[QuestionAnswer, ...]
    """In order; exactly one in the split `paraphrase`."""


def chat_object(system: str, turns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Make one object of OpenAI's chat training format.

    Args:
        system: The one line before the turns; left out when empty.
        turns: (question, answer) in order.
    """
    messages = [{"role": "system", "content": system}] if system else []
    for question, answer in turns:
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": answer})
    return {"messages": messages}


def next_number(database: Database) -> int:
    """Return the number the next version gets."""
    with database.read() as connection:
        highest = connection.execute(sa.select(sa.func.max(datasets.c.number))).scalar()
    return (highest or 0) + 1


def record_dataset(database: Database, number: int, version: DatasetVersion) -> None:
    """Store a version whose folder is complete."""
    with database.write() as connection:
        connection.execute(
            sa.insert(datasets).values(
                number=number,
                name=version.name,
                fingerprint=version.fingerprint,
                n_examples=version.n_examples,
                folder=version.folder,
            )
        )


def record_rewritten_dataset(
    database: Database, name: str, fingerprint: str, n_examples: dict[str, int]
) -> None:
    """Note what a version holds after lines were erased from it."""
    values = {"fingerprint": fingerprint, "n_examples": n_examples}
    with database.write() as connection:
        connection.execute(sa.update(datasets).where(datasets.c.name == name).values(**values))


def list_datasets(database: Database) -> list[DatasetVersion]:
    """List versions, oldest first."""
    with database.read() as connection:
        rows = connection.execute(sa.select(datasets).order_by(datasets.c.number)).mappings()
        return [_from_row(row) for row in rows]


def find_dataset(database: Database, fingerprint: str) -> DatasetVersion | None:
    """Return the version that holds exactly these words, or None."""
    query = sa.select(datasets).where(datasets.c.fingerprint == fingerprint)
    with database.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _from_row(row)


def get_dataset(database: Database, name: str | None = None) -> DatasetVersion:
    """Return a version by name, or the newest one.

    Raises:
        DatasetError: There is none.
    """
    versions = list_datasets(database)
    if not versions:
        raise DatasetError("no dataset yet", fix="Make one from what was kept: chatmill build")
    if name is None:
        return versions[-1]
    for version in versions:
        if version.name == name:
            return version
    known = ", ".join(version.name for version in versions)
    raise DatasetError(f"no dataset {name}", fix=f"There are: {known}")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a version's manifest.

    Raises:
        DatasetError: It is missing or not readable.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"the manifest cannot be read: {error}",
            where=str(path),
            fix="The folder was changed by hand; build again: chatmill build",
        ) from error
    return manifest


def read_rows(folder: Path) -> list[DatasetRow]:
    """Read every line of every split, with the example it came from.

    Args:
        folder: The version's folder.

    Raises:
        DatasetError: A file is missing or does not match the manifest.
    """
    rows: list[DatasetRow] = []
    lines = {split: _read_lines(folder / f"{split}.jsonl") for split in SPLITS}
    for entry in read_manifest(folder)["examples"]:
        split: Split = entry["split"]
        if entry["line"] > len(lines[split]):
            raise DatasetError(
                f"line {entry['line']} is missing",
                where=str(folder / f"{split}.jsonl"),
                fix="The file was changed by hand; build again: chatmill build",
            )
        messages = json.loads(lines[split][entry["line"] - 1])["messages"]
        rows.append(
            DatasetRow(
                example_id=entry["id"],
                conversation_id=entry["conversation_id"],
                split=split,
                language=entry["language"],
                system=messages[0]["content"],
                turns=tuple(
                    QuestionAnswer(question=asked["content"], answer=answered["content"])
                    for asked, answered in zip(messages[1::2], messages[2::2], strict=True)
                ),
            )
        )
    return rows


def _read_lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    except OSError as error:
        raise DatasetError(
            f"cannot be read: {error.strerror}", where=str(path), fix="Build again: chatmill build"
        ) from error


def _from_row(row: sa.RowMapping) -> DatasetVersion:
    return DatasetVersion(
        name=row["name"],
        fingerprint=row["fingerprint"],
        n_examples=row["n_examples"],
        folder=row["folder"],
    )
