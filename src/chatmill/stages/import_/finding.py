"""Finds what is to be imported: files, folders, globs, archives and objects on object stores."""

import glob
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import cast

from chatmill.errors import InputError, UnreadableFileError, UsageError
from chatmill.frames.places import is_object, is_url, list_objects, local_path
from chatmill.importers import importer_names, load_importer
from chatmill.importers.base import ByteSource, ExportTree, TreeImporter
from chatmill.importers.decoding import file_sha256
from chatmill.importers.sources import LocalFile, RemoteFile
from chatmill.importers.trees import FolderTree, RemoteTree, Subtree, resolved, room_key_of, shown
from chatmill.settings import ImportSettings

NAMELESS = frozenset({"_chat.txt"})
"""What WhatsApp calls every chat; the archive or folder has the room's name."""
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How everything in one import is read; travels to workers as text."""

    settings: ImportSettings
    format: str = ""
    """Importer to read with; told by the content when empty."""
    room: str = ""
    """Room that every file belongs to; told by the files when empty."""

    def to_text(self) -> str:
        """Write it down for a worker."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Job":
        """Read what `to_text` wrote."""
        record = json.loads(text)
        return cls(**{**record, "settings": ImportSettings(**record["settings"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is imported as a whole: a file, an archive, or files that belong together."""

    name: str
    """As the person gave it, or as found below a folder they gave."""
    place: str
    """The name without the folders above what was given; the same on every machine."""
    location: str
    """Path or URL of the file, or of the folder."""
    room_key: str = ""
    """Name of the file; with its folder where two files of this import share a name."""
    importer: str = ""
    """Who claimed the files of a folder; empty for a single file."""
    files: tuple[str, ...] = ()
    """Files of the folder."""
    was_found: bool = False
    """In a folder, so that it need not be an export at all."""

    def source(self) -> ByteSource:
        """Return the file's bytes."""
        return _source(self.location)

    def tree(self, settings: ImportSettings) -> ExportTree:
        """Return the folder, of which `files` are meant."""
        return _tree(self.location, self.name, settings)

    def checksum(self, job: Job) -> str:
        """Return a digest of the bytes, and of what is told about reading them.

        Raises:
            UnreadableFileError: They cannot be read.
        """
        if self.files:
            tree, digest = self.tree(job.settings), sha256()
            for name in self.files:
                of_file = file_sha256(tree.source(name), f"{self.name}/{name}")
                digest.update(f"{name}\0{of_file}\n".encode("utf-8", "surrogateescape"))
            of_bytes = digest.hexdigest()
        else:
            of_bytes = file_sha256(self.source(), self.name)
        told = [job.room, *sorted(job.settings.columns.items())]
        if not any(told):
            return of_bytes
        return sha256(f"{of_bytes}\0{json.dumps(told)}".encode()).hexdigest()

    def to_text(self) -> str:
        """Write it down for a worker."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Unit":
        """Read what `to_text` wrote."""
        record = json.loads(text)
        return cls(**{**record, "files": tuple(record["files"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything an import was asked for."""

    units: tuple[Unit, ...]
    problems: tuple[InputError, ...]
    """Arguments that could not even be listed."""


def find_units(paths: Sequence[Path | str], job: Job, without: Collection[Path] = ()) -> Found:
    """Expand what a person named into what is imported as a whole.

    Args:
        paths: Files, folders, patterns, addresses.
        job: How they are read.
        without: Absolute paths that are left out of folders and patterns.

    Raises:
        UsageError: There is nothing to import, or an address nobody can read.
    """
    units: dict[str, Unit] = {}
    problems: list[InputError] = []
    for path in paths:
        try:
            for unit in _expand(str(path), job, without):
                units.setdefault(f"{unit.importer}\0{unit.location}", unit)
        except InputError as error:
            problems.append(error)
    if not units and not problems:
        raise UsageError(
            "no files to import", where=", ".join(map(str, paths)), fix="Name chat exports"
        )
    return Found(units=tuple(_with_room_keys(list(units.values()))), problems=tuple(problems))


def tree_importers(format_name: str) -> Iterator[TreeImporter]:
    """Load the importers that read several files together, or the one that is asked for."""
    for name in [format_name] if format_name else importer_names():
        importer = load_importer(name)
        if hasattr(importer, "claim"):
            yield cast("TreeImporter", importer)


def claims(tree: ExportTree, format_name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Share out the files of a tree: an importer's name with what it claims, then "" with the rest.

    An importer that was asked for and claims nothing reads file by file.
    """
    rest = list(tree.names())
    for importer in tree_importers(format_name):
        try:
            claimed = tuple(importer.claim(Subtree(tree, rest))) if rest else ()
        except InputError:  # of a file that is named when its turn comes
            continue
        if claimed:
            yield importer.name, claimed
            taken = set(claimed)
            rest = [name for name in rest if name not in taken]
    if rest:
        yield "", tuple(rest)


def inner_room_keys(names: Sequence[str], room_key: str) -> dict[str, str]:
    """Name the rooms of an archive's files after them; with the folder where two share a name.

    Args:
        names: Files of the archive.
        room_key: The archive's own.
    """
    counts = Counter(room_key_of(name) for name in names)
    return {name: _room_key(name, counts, folder=PurePosixPath(room_key).stem) for name in names}


def _expand(text: str, job: Job, without: Collection[Path]) -> Iterator[Unit]:
    path, own = local_path(text), resolved(without)
    if path is None:
        yield from _expand_url(text, job)
    elif path.is_dir():
        yield from _expand_tree(FolderTree(path, text, job.settings, without), str(path), job)
    elif not path.exists() and _GLOB.search(text):
        fits = map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207 - of any root
        found = sorted(each for each in fits if not _lies_in(each, own))
        if not found:
            raise UnreadableFileError("no file fits", where=text, fix="Check the pattern")
        for each in found:
            if each.is_dir():
                tree = FolderTree(each, str(each), job.settings, without)
                yield from _expand_tree(tree, str(each), job)
            else:
                yield _file(str(each), str(each), each.name)
    else:
        yield _file(text if is_url(text) else str(path), str(path), path.name)


def _lies_in(path: Path, places: Collection[Path]) -> bool:
    whole = path.resolve()
    return any(each in places for each in (whole, *whole.parents))


def _expand_url(url: str, job: Job) -> Iterator[Unit]:
    try:
        sign = _GLOB.search(url)
        if sign:
            base = url[: url.rindex("/", 0, sign.start())]
            fits = _glob_test(url[len(base) + 1 :])
            found = [name for name in list_objects(base) if fits(name)]
            if not found:
                raise UnreadableFileError("no object fits", where=url, fix="Check the pattern")
            for name in found:
                yield _file(f"{base}/{name}", f"{base}/{name}", name)
        elif not url.endswith("/") and is_object(url):
            yield _file(url, url, url.rsplit("/", 1)[-1])
        else:
            tree = RemoteTree(url, job.settings)
            if not tree.names():
                raise UnreadableFileError("no such object", where=url, fix="Check the address")
            yield from _expand_tree(tree, tree.name, job)
    except OSError as error:
        raise UnreadableFileError(
            f"cannot be read: {error}", where=url, fix="Check address and keys"
        ) from error


def _glob_test(pattern: str) -> Callable[[str], bool]:
    """Make a test for keys: `*` stays inside a folder, `**/` stands for any folders."""
    signs = re.findall(r"\*\*/|\[[^\]]+\]|.", pattern, re.DOTALL)
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    parts = (
        known.get(sign) or (sign if sign.startswith("[") and len(sign) > 1 else re.escape(sign))
        for sign in signs
    )
    found = re.compile("".join(parts), re.DOTALL)
    return lambda name: found.fullmatch(name) is not None


def _expand_tree(tree: FolderTree | RemoteTree, location: str, job: Job) -> Iterator[Unit]:
    for importer, names in claims(tree, job.format):
        if importer:
            yield Unit(
                name=shown(tree.name),
                place=tree.room_key,
                location=location,
                room_key=tree.room_key,
                importer=importer,
                files=names,
            )
            continue
        for name in names:
            whole = f"{location}/{name}" if is_url(location) else str(Path(location) / name)
            named = whole if is_url(location) else str(Path(tree.name) / name)
            yield replace(_file(named, whole, name), was_found=True)


def _file(name: str, location: str, place: str) -> Unit:
    return Unit(name=shown(name), place=shown(place), location=location)


def _with_room_keys(units: list[Unit]) -> Iterator[Unit]:
    counts = Counter(room_key_of(unit.location) for unit in units if not unit.files)
    for unit in units:
        if unit.files:
            yield unit
            continue
        path = local_path(unit.location)
        location = unit.location if path is None else path.absolute().as_posix()
        yield replace(unit, room_key=_room_key(location, counts, folder=""))


def _room_key(name: str, counts: Counter[str], *, folder: str) -> str:
    """Name a room after its file; with the folder where the file's own name says too little."""
    own = room_key_of(name)
    folder = room_key_of(name.rpartition("/")[0]) or folder
    if own in NAMELESS:
        return folder or own
    return f"{folder}/{own}" if counts[own] > 1 and folder else own


def _source(location: str) -> ByteSource:
    path = local_path(location)
    return RemoteFile(location) if path is None else LocalFile(path)


def _tree(location: str, name: str, settings: ImportSettings) -> ExportTree:
    path = local_path(location)
    return RemoteTree(location, settings) if path is None else FolderTree(path, name, settings)
