"""Dataset versions and reports: the one case in which a version that stands is written anew."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatmill.errors import StorageError
from chatmill.project import Project
from chatmill.records import DatasetVersion
from chatmill.store.datasets import (
    MANIFEST_NAME,
    list_datasets,
    read_manifest,
    record_rewritten_dataset,
)
from chatmill.store.evaluations import list_evaluations
from chatmill.text.covering import NameCover

ERASED = "erased"
"""Key of a manifest: how many lines were taken out of the version, and of how many a name."""
CARD_NAME = "README.md"
MAPS_NAME = "masked"
"""Folder of the project with what masked datasets hide."""
_VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoomedVersion:
    """A dataset version that holds what is to be forgotten."""

    name: str
    folder: str
    """Relative to the project."""
    n_lines: int
    """Lines that go."""
    n_covered: int
    """Other lines in which a name is covered."""
    sha256s: tuple[str, ...]
    """Of its files as they are, to find copies that were uploaded."""

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "DoomedVersion":
        """Read a record that went through JSON."""
        return cls(**{**record, "sha256s": tuple(record["sha256s"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of a version."""

    split: str
    entry: Mapping[str, Any]
    """What the manifest says of it."""
    text: str
    goes: bool


def doomed_version(
    project: Project,
    version: DatasetVersion,
    example_ids: Collection[str],
    conversation_ids: Collection[str],
    cover: NameCover,
) -> DoomedVersion | None:
    """Say what of a version goes; None where nothing does, or its folder is gone.

    Args:
        project: An open project.
        version: One of its versions.
        example_ids: Examples that go.
        conversation_ids: Conversations all of whose examples go.
        cover: Names that are covered.

    Raises:
        DatasetError: The version was changed by hand and cannot be read.
    """
    folder = _settled(project.folder / version.folder)
    if not (folder / MANIFEST_NAME).is_file():
        return None
    lines = _lines(folder, example_ids, conversation_ids)
    n_lines = sum(each.goes for each in lines)
    n_covered = sum(not each.goes and cover.text(each.text) != each.text for each in lines)
    if not n_lines and not n_covered:
        return None
    return DoomedVersion(
        name=version.name,
        folder=version.folder,
        n_lines=n_lines,
        n_covered=n_covered,
        sha256s=tuple(_checksum(each) for each in sorted(folder.glob("*.jsonl"))),
    )


def rewrite_version(
    project: Project,
    doomed: DoomedVersion,
    example_ids: Collection[str],
    conversation_ids: Collection[str],
    cover: NameCover,
) -> None:
    """Write a version anew without the lines that go, marked in its manifest.

    It has another fingerprint from then on, so that it is trained and evaluated anew. The folder
    is exchanged whole; a killed exchange is finished by the next call.

    Raises:
        StorageError: The folder cannot be written.
        DatasetError: The version was changed by hand and cannot be read.
    """
    try:
        folder = _settled(project.folder / doomed.folder)
        lines = _lines(folder, example_ids, conversation_ids)
        if any(each.goes or cover.text(each.text) != each.text for each in lines):
            _exchange(folder, lines, cover)
    except OSError as error:
        raise StorageError(
            f"the dataset cannot be written: {error.strerror}",
            where=doomed.folder,
            fix="Free some space and run the same command again; it goes on",
        ) from error
    manifest = read_manifest(folder)
    record_rewritten_dataset(
        project.database,
        doomed.name,
        manifest["fingerprint"],
        {name.removesuffix(".jsonl"): of["lines"] for name, of in manifest["files"].items()},
    )


def remove_maps(project: Project, doomed: Iterable[DoomedVersion], *, is_person: bool) -> None:
    """Delete the sealed maps that say what placeholders of a version stand for.

    Args:
        project: An open project.
        doomed: Versions that were written anew, whose maps no longer fit.
        is_person: Delete the maps of all versions, because any may hold the name.

    Raises:
        StorageError: A map cannot be deleted.
    """
    folder = project.folder / MAPS_NAME
    if is_person and folder.is_dir():
        _remove(folder)
    for version in doomed:
        _remove(folder / f"{version.name}.sealed")


def remove_reports(project: Project, evaluation_ids: Collection[str]) -> None:
    """Delete the folders of evaluations: a model's answer may hold any word it was trained on.

    Raises:
        StorageError: A folder cannot be deleted.
    """
    for each in evaluation_ids:
        _remove(project.reports_folder / each)


def remove_leftovers(project: Project) -> None:
    """Delete what killed stages left half-written in the project's folders.

    Raises:
        StorageError: Something cannot be deleted.
    """
    versions = {each.name for each in list_datasets(project.database)}
    reports = {each.folder for each in list_evaluations(project.database)}
    for folder in (project.datasets_folder, project.reports_folder, project.models_folder):
        for path in sorted(folder.glob(".*")) if folder.is_dir() else ():
            _remove(path)
    for path in sorted(project.datasets_folder.glob("v*")):
        if _VERSION.fullmatch(path.name) and path.name not in versions:
            _remove(path)
    for path in sorted(project.reports_folder.glob("v*-*")):
        if f"reports/{path.name}" not in reports:
            _remove(path)


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot be deleted: {error.strerror}", where=str(path), fix="Check its rights"
        ) from error


def _settled(folder: Path) -> Path:
    """Finish an exchange of a version's folder that was killed half way."""
    ready = _ready(folder)
    if ready.is_dir():
        if folder.is_dir():
            shutil.rmtree(folder)
        ready.rename(folder)
    return folder


def _ready(folder: Path) -> Path:
    """Return the name under which a version's new folder waits to take its place."""
    return folder.with_name(f".{folder.name}.ready")


def _lines(
    folder: Path, example_ids: Collection[str], conversation_ids: Collection[str]
) -> list[_Line]:
    texts: dict[str, list[str]] = {}
    lines = []
    for entry in read_manifest(folder)["examples"]:
        split = entry["split"]
        if split not in texts:
            path = folder / f"{split}.jsonl"
            texts[split] = path.read_text(encoding="utf-8").split("\n")
        goes = entry["id"] in example_ids or entry["conversation_id"] in conversation_ids
        text = texts[split][entry["line"] - 1]
        lines.append(_Line(split=split, entry=entry, text=text, goes=goes))
    return lines


def _exchange(folder: Path, lines: list[_Line], cover: NameCover) -> None:
    scratch = folder.with_name(f".{folder.name}.erasing")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(folder, scratch)
    kept = [each for each in lines if not each.goes]
    texts: dict[str, list[str]] = {}
    entries = []
    for each in kept:
        of_split = texts.setdefault(each.split, [])
        of_split.append(_covered_line(each.text, cover))
        entries.append({**each.entry, "line": len(of_split)})
    manifest = read_manifest(folder)
    for name in manifest["files"]:
        split = name.removesuffix(".jsonl")
        content = "".join(f"{text}\n" for text in texts.get(split, [])).encode()
        _write(scratch / name, content)
        manifest["files"][name] |= {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "lines": len(texts.get(split, [])),
        }
    before = manifest["fingerprint"]
    n_gone = len(lines) - len(kept)
    manifest |= {
        "fingerprint": _fingerprint(before, manifest["files"]),
        "examples": cover.value(entries),
        ERASED: {"lines": manifest.get(ERASED, {}).get("lines", 0) + n_gone},
    }
    _write_card(scratch / CARD_NAME, manifest, before, cover)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    _write(scratch / MANIFEST_NAME, text.encode())
    scratch.rename(_ready(folder))
    _settled(folder)


def _covered_line(text: str, cover: NameCover) -> str:
    if cover.text(text) == text:
        return text
    return json.dumps(cover.value(json.loads(text)), ensure_ascii=False)


def _fingerprint(before: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    """Name the version's words, and that they were more once."""
    said = "".join(f"{name} {files[name]['sha256']}\n" for name in sorted(files))
    return hashlib.sha256(f"{ERASED}\n{before}\n{said}".encode()).hexdigest()


def _write_card(path: Path, manifest: Mapping[str, Any], before: str, cover: NameCover) -> None:
    """Bring the figures of the card up to date, and say why they changed."""
    if not path.is_file():
        return
    text = cover.text(path.read_text(encoding="utf-8"))
    for name, of in manifest["files"].items():
        split = re.escape(name.removesuffix(".jsonl"))
        text = re.sub(rf"(?m)^\| {split} \| \d+ \|", f"| {name[:-6]} | {of['lines']} |", text)
    text = text.replace(before, manifest["fingerprint"])
    note = "- Lines were erased from this version by `chatmill forget`."
    _write(path, (text if note in text else f"{text.rstrip()}\n{note}\n").encode())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _checksum(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
