"""Build: what was kept becomes an immutable dataset version in OpenAI's chat format."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from chatmill.checks.corpus import questions_of
from chatmill.checks.duplicates.near import near_duplicates
from chatmill.checks.duplicates.splits import split_examples
from chatmill.errors import DatasetError, StorageError
from chatmill.project import Project
from chatmill.records import DatasetVersion, Example, Rejection, Split
from chatmill.stages.masking import Maskers, mask_example, write_map
from chatmill.store.clusters import list_clusters
from chatmill.store.datasets import (
    MANIFEST_NAME,
    SPLITS,
    chat_object,
    find_dataset,
    get_dataset,
    next_number,
    read_rows,
    record_dataset,
)
from chatmill.store.examples import count_examples, list_examples
from chatmill.store.rejections import replace_rejections
from chatmill.text.masking import Masked

CARD_NAME = "README.md"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSummary:
    """What `build` made."""

    version: DatasetVersion
    is_new: bool
    """False where these very words were built before."""
    n_pending: int
    """Examples that still wait for a decision and are left out."""
    n_rejected_paraphrases: int
    """Held-out phrasings that match no trained question; listed by `chatmill rejections`."""
    masked: dict[str, int]
    """Places of each kind of personal data that placeholders stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDiff:
    """What changed from one version to another, by example."""

    added: tuple[str, ...]
    """First questions of examples only the later version has."""
    removed: tuple[str, ...]
    """First questions of examples only the earlier version has."""
    changed: tuple[tuple[str, str], ...]
    """(earlier, later) text of examples whose words differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of a split file before it is written."""

    example: Example
    split: Split
    texts: tuple[Masked, ...]
    """System line, then question and answer of each turn."""

    @property
    def text(self) -> str:
        """The line of the file: masked, in the chat format."""
        system, *rest = (str(each.text) for each in self.texts)
        turns = list(zip(rest[::2], rest[1::2], strict=True))
        return json.dumps(chat_object(system, turns), ensure_ascii=False)


def build(project: Project, *, only: Collection[str] | None = None) -> BuildSummary:
    """Write a dataset version from the kept examples; the same decisions give the same bytes.

    Conversations go to one split whole, by a hash of their id, and take along those that ask the
    same, so that nothing tested was trained on. What is added later moves a test conversation only
    where it ties it to an earlier one.

    Args:
        project: Whose examples.
        only: Ids of the examples to train on; all when None. Other splits and the held-out
            phrasings stay as they are, so that versions can be compared.

    Raises:
        DatasetError: Fewer than `[build] min_examples` examples were kept.
        StorageError: The folder cannot be written; nothing half-written stays.
    """
    with project.lock("build"):
        kept = list_examples(project.database, status="kept")
        n_pending = count_examples(project.database).get("pending", 0)
        splits = _splits(project, kept)
        maskers = Maskers(project, (each.conversation_id for each in kept))
        lines = [_line(maskers, each, splits[each.id]) for each in kept]
        phrasings, unmatched = _paraphrase_lines(project, lines, maskers)
        left_out = set[str]() if only is None else {e.id for e in kept} - set(only)
        taught = [e for e in lines if e.split != "train" or e.example.id not in left_out]
        _refuse_few(project, {e.example.id: e.split for e in taught}, n_pending)
        lines = [*taught, *phrasings]
        with project.database.write() as connection:
            replace_rejections(connection, "build", project.settings.build.paraphrases, unmatched)
        files = {split: _file_bytes(lines, split) for split in SPLITS}
        fingerprint = _fingerprint(files)
        version = find_dataset(project.database, fingerprint)
        is_new = version is None
        if version is None:
            version = _write_version(project, lines, files, fingerprint)
    return BuildSummary(
        version=version,
        is_new=is_new,
        n_pending=n_pending,
        n_rejected_paraphrases=len(unmatched),
        masked=_masked_counts(lines),
    )


def training_examples(project: Project) -> list[Example]:
    """Return the kept examples that a version built now would train on."""
    kept = list_examples(project.database, status="kept")
    splits = _splits(project, kept)
    return [each for each in kept if splits[each.id] == "train"]


def diff_datasets(project: Project, earlier: str, later: str) -> DatasetDiff:
    """Compare two versions example by example.

    Raises:
        DatasetError: One of them does not exist.
    """
    before, after = (_words_by_example(project, name) for name in (earlier, later))
    return DatasetDiff(
        added=tuple(after[key] for key in after if key not in before),
        removed=tuple(before[key] for key in before if key not in after),
        changed=tuple(
            (before[key], after[key])
            for key in before
            if key in after and before[key] != after[key]
        ),
    )


def _line(maskers: Maskers, example: Example, split: Split) -> _Line:
    masked = mask_example(maskers.of(example.conversation_id), example)
    return _Line(example=example, split=split, texts=tuple(masked.texts))


def _masked_counts(lines: list[_Line]) -> dict[str, int]:
    counts = sum((text.counts for each in lines for text in each.texts), Counter[str]())
    return dict(sorted(counts.items()))


def _refuse_few(project: Project, splits: dict[str, Split], n_pending: int) -> None:
    fewest = project.settings.build.min_examples
    n_trained = sum(split == "train" for split in splits.values())
    if n_trained >= fewest:
        return
    has_other = bool(splits or n_pending)
    waiting = f"{n_pending} wait for review: chatmill review" if n_pending else "Import more chats"
    if not has_other:
        waiting = "Lift questions out of the chats first: chatmill extract"
    raise DatasetError(
        f"{n_trained} kept examples to train on, at least {fewest} are needed",
        where=str(project.folder),
        fix=waiting,
    )


def _splits(project: Project, kept: list[Example]) -> dict[str, Split]:
    """Draw splits; what asks the same stays together, by words now, by meaning as last checked."""
    import numpy as np

    near = near_duplicates(project.engine, [questions_of(each) for each in kept])
    place = {example.id: at for at, example in enumerate(kept)}
    known = [
        [place[each] for each in cluster.example_ids if each in place]
        for cluster in list_clusters(project.database)
        if cluster.kind in {"exact", "near", "meaning"}
    ]
    tied = [(group[0], at) for group in known for at in group[1:]]
    pairs = np.concatenate([near, np.array(tied, dtype=np.int64).reshape(-1, 2)])
    return split_examples(kept, pairs, project.settings.build)


def _paraphrase_lines(
    project: Project, lines: list[_Line], maskers: Maskers
) -> tuple[list[_Line], list[Rejection]]:
    """Match held-out phrasings to trained single questions; what matches none is a rejection."""
    name = project.settings.build.paraphrases
    if not name:
        return [], []
    trained = {_folded(each.example.turns[0].question): each for each in lines}
    matched: list[_Line] = []
    unmatched: list[Rejection] = []
    for number, question, phrasings in _read_paraphrases(project.folder / name):
        line = trained.get(_folded(question))
        if line is None or line.split != "train":
            reason = (
                "no kept example asks this" if line is None else "its example is not trained on"
            )
            unmatched.append(
                Rejection(stage="build", source=name, line=number, reason=reason, raw=question)
            )
            continue
        system, _question, answer, *_later = line.texts
        masker = maskers.of(line.example.conversation_id)
        matched += [
            _Line(
                example=line.example,
                split="paraphrase",
                texts=(system, masker.mask(phrasing), answer),
            )
            for phrasing in phrasings
        ]
    return matched, unmatched


def _folded(text: str) -> str:
    return " ".join(text.split())


def _read_paraphrases(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise DatasetError(
            f"held-out phrasings cannot be read: {reason}",
            where=str(path),
            fix="Set [build] paraphrases to a UTF-8 JSONL file or to nothing",
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            question, phrasings = entry["question"], entry["paraphrases"]
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(
                f'not an object with "question" and "paraphrases": {error}',
                where=f"{path}:{number}",
            ) from error
        yield number, str(question), [str(each) for each in phrasings]


def _file_bytes(lines: list[_Line], split: Split) -> bytes:
    return "".join(f"{each.text}\n" for each in lines if each.split == split).encode()


def _fingerprint(files: dict[Split, bytes]) -> str:
    digest = hashlib.sha256()
    for split in SPLITS:
        digest.update(f"{split}\0{hashlib.sha256(files[split]).hexdigest()}\n".encode())
    return digest.hexdigest()


def _write_version(
    project: Project, lines: list[_Line], files: dict[Split, bytes], fingerprint: str
) -> DatasetVersion:
    """Write the folder under another name, publish it by rename, then record it."""
    number = next_number(project.database)
    name = f"v{number}"
    version = DatasetVersion(
        name=name,
        fingerprint=fingerprint,
        n_examples={split: sum(each.split == split for each in lines) for split in SPLITS},
        folder=f"datasets/{name}",
    )
    manifest = _manifest(project, version, lines, files)
    card = _card(project, version, lines)
    target = project.folder / version.folder
    scratch = project.datasets_folder / f".{name}.writing"
    try:
        for leftover in (scratch, target):  # of a build that was killed before it was recorded
            if leftover.exists():
                shutil.rmtree(leftover)
        scratch.mkdir(parents=True)
        for split in SPLITS:
            _write_synced(scratch / f"{split}.jsonl", files[split])
        _write_synced(scratch / MANIFEST_NAME, manifest)
        _write_synced(scratch / CARD_NAME, card)
        scratch.rename(target)
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise StorageError(
            f"the dataset cannot be written: {error.strerror}",
            where=str(target),
            fix="Free some space and run chatmill build again",
        ) from error
    write_map(project, name, _hidden(lines))
    record_dataset(project.database, number, version)
    return version


def _hidden(lines: list[_Line]) -> dict[str, list[dict[str, object]]]:
    """Say what placeholders stand for: split → line (from 1), message, place, words."""
    hidden: dict[str, list[dict[str, object]]] = {}
    at: Counter[Split] = Counter()
    for line in lines:
        at[line.split] += 1
        hidden.setdefault(line.split, []).extend(
            {
                "line": at[line.split],
                "text": number,
                "start": each.start,
                "end": each.end,
                "original": each.original,
            }
            for number, text in enumerate(line.texts)
            for each in text.replacements
        )
    return hidden


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _manifest(
    project: Project, version: DatasetVersion, lines: list[_Line], files: dict[Split, bytes]
) -> bytes:
    options = project.settings.build
    at: Counter[Split] = Counter()
    entries = []
    for each in lines:
        at[each.split] += 1
        entries.append(
            {
                "id": each.example.id,
                "conversation_id": each.example.conversation_id,
                "split": each.split,
                "line": at[each.split],
                "language": each.example.language,
            }
        )
    document = {
        "format": FORMAT,
        "name": version.name,
        "fingerprint": version.fingerprint,
        "seed": options.seed,
        "validation_fraction": options.validation_fraction,
        "test_fraction": options.test_fraction,
        "masked": {
            "kinds": sorted(project.settings.privacy.kinds),
            "counts": _masked_counts(lines),
        },
        "files": {
            f"{split}.jsonl": {
                "sha256": hashlib.sha256(files[split]).hexdigest(),
                "bytes": len(files[split]),
                "lines": version.n_examples[split],
            }
            for split in SPLITS
        },
        "examples": entries,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _card(project: Project, version: DatasetVersion, lines: list[_Line]) -> bytes:
    """Write the dataset card: what is in it, how it was split, who decided."""
    languages = Counter(each.example.language or "unknown" for each in lines)
    extractors = Counter(each.example.extractor for each in lines)
    n_turns = sum(len(each.example.turns) for each in lines if each.split != "paraphrase")
    sizes = "\n".join(f"| {split} | {version.n_examples[split]} |" for split in SPLITS)
    products = ", ".join(project.settings.project.products) or "not named"
    text = f"""# {project.name} {version.name}

Training examples in OpenAI's chat format, one object a line, made by chatmill from reviewed support
chats. Every word stands in a message of its conversation or was typed by a reviewer.

| split | lines |
|---|---|
{sizes}

- Turns: {n_turns}
- Languages: {_counted(languages)}
- Products: {products}
- Extractors: {_counted(extractors)}
- Splits are by conversation, and examples that ask the same stay together (seed
  {project.settings.build.seed}); `paraphrase` holds phrasings of trained questions that were never
  trained on.
- Masked: {_counted(Counter(_masked_counts(lines))) or "nothing was found to mask"}
- Fingerprint: {version.fingerprint}
"""
    return text.encode()


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def _words_by_example(project: Project, name: str) -> dict[str, str]:
    version = get_dataset(project.database, name)
    rows = read_rows(project.folder / version.folder)
    return {
        row.example_id: "\n".join(f"Q) {turn.question}\nA) {turn.answer}" for turn in row.turns)
        for row in rows
        if row.split != "paraphrase"
    }
