"""Review in an editor: examples out to a text file or a workbook, the edits back as decisions."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import NAMESPACE_URL, uuid4, uuid5

import sqlalchemy as sa

from chatmill.errors import ReviewConflictError, ReviewFileError, StorageError, UsageError
from chatmill.project import Project
from chatmill.records import Action, Decision, Example, ExampleState, Finding, Status
from chatmill.stages.review.overlay import Overlay, overlays_of
from chatmill.stages.review.queue import returned_questions
from chatmill.stages.review.words import check_again, edited_state, state_of
from chatmill.store.decisions import append_decision, decisions_on, last_seq, list_decisions
from chatmill.store.examples import list_examples, list_findings
from chatmill.store.queue import list_in_queue_order
from chatmill.text.pairs_file import (
    EXPORT_AGAIN,
    PairBlock,
    PairsFile,
    TurnText,
    decode,
    fits,
    read_pairs,
    same_words,
    write_pairs,
)
from chatmill.text.pairs_sheet import ENCODING, is_sheet, read_sheet, write_sheet

ExportForm = Literal["txt", "xlsx", "jsonl"]
DELETED = "deleted in the file"
SIGNS = {"error": "!", "warning": "?", "info": "-"}
"""What stands before a finding in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplySummary:
    """What taking a review file back did, or would do."""

    kept: tuple[str, ...]
    """Ids of examples kept as they were."""
    edited: tuple[str, ...]
    """Ids of examples kept with changed words."""
    rejected: tuple[str, ...]
    """Ids of examples whose block was deleted."""
    unchanged: tuple[str, ...]
    """Ids of examples the file says nothing new about."""
    encoding: str
    """What the file was saved in."""
    is_dry_run: bool
    """Whether nothing was recorded."""


def export_pairs(  # noqa: PLR0913 - what a file is made of
    project: Project,
    path: Path,
    *,
    status: Status = "pending",
    ids: Sequence[str] | None = None,
    overwrite: bool = False,
    masked: bool = True,
) -> int:
    """Write examples to edit, flagged ones first: as text, or as a workbook where it is `.xlsx`.

    Args:
        project: Whose examples.
        path: File to write; it appears whole or not at all.
        status: Which examples.
        ids: These instead, in this order.
        overwrite: Replace a file that is there, edits and all.
        masked: Write placeholders for personal data; taking the file back restores the words.

    Returns:
        How many examples were written.

    Raises:
        UsageError: The file is there already.
        ReviewFileError: A text is too long for a cell of a workbook.
        StorageError: It cannot be written.
    """
    if path.exists() and not overwrite:
        raise UsageError(
            "is there already, perhaps with edits",
            where=str(path),
            fix="Take it back first (--apply), or choose another name",
        )
    pairs = _exported(project, ids, status, masked=masked)
    form: ExportForm = "xlsx" if path.suffix.lower() == ".xlsx" else "txt"
    _write_whole(path, _bytes_of(project, pairs, form))
    return len(pairs.blocks)


def export_bytes(
    project: Project, ids: Sequence[str], form: ExportForm, *, masked: bool = True
) -> bytes:
    """Return examples as a file: `txt` and `xlsx` as `export_pairs` writes them, or JSON lines.

    Raises:
        ReviewFileError: A text is too long for a cell of a workbook.
    """
    return _bytes_of(project, _exported(project, ids, "pending", masked=masked), form)


def _bytes_of(project: Project, pairs: PairsFile, form: ExportForm) -> bytes:
    if form == "xlsx":
        return write_sheet(pairs)
    if form == "jsonl":
        return b"".join(_json_line(each) for each in pairs.blocks)
    language = project.settings.project.language.split("-")[0]
    return write_pairs(pairs, language=language).encode()


def _json_line(block: PairBlock) -> bytes:
    turns = [{"question": each.question, "answer": each.answer} for each in block.turns]
    row = {
        "id": block.example_id,
        "status": block.status,
        "system": block.system or "",
        "turns": turns,
    }
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace")


def _exported(
    project: Project, ids: Sequence[str] | None, status: Status, *, masked: bool
) -> PairsFile:
    with project.database.read() as connection:
        newest = last_seq(connection)
    wanted = list_in_queue_order(project.database, status) if ids is None else ids
    chosen = {each.id: each for each in list_examples(project.database, ids=set(wanted))}
    found = list_findings(project.database, example_ids=wanted)
    listed = [chosen[each] for each in wanted if each in chosen]
    overlays = overlays_of(project, listed) if masked else {}
    blocks = tuple(
        _block(project, each, found.get(each.id, ()), overlays.get(each.id)) for each in listed
    )
    return PairsFile(
        export_id=uuid4().hex[:8],
        decisions_up_to=newest,
        exported=tuple(block.example_id for block in blocks),
        blocks=blocks,
    )


def apply_pairs(
    project: Project, path: Path, reviewer: str, *, dry_run: bool = False
) -> ApplySummary:
    """Take an edited review file back as decisions, all of it or nothing.

    What is left in the file is kept, with its changes; what was deleted is rejected. Applying the
    same file again changes nothing.

    Args:
        project: The project it was exported from.
        path: The edited file.
        reviewer: Who edited it.
        dry_run: Say what would happen and record nothing.

    Raises:
        ReviewFileError: The file cannot be matched to the project; names the line.
        ReviewConflictError: Somebody decided about some of its examples since the export.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReviewFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if is_sheet(raw):
        pairs, encoding = read_sheet(raw, where=str(path)), ENCODING
    else:
        text, encoding = decode(raw, where=str(path))
        pairs = read_pairs(text, where=str(path))
    stored = {each.id: each for each in list_examples(project.database, ids=set(pairs.exported))}
    _require_all(pairs, stored, path)
    wanted = _wanted_states(project, pairs, stored, _Source(path, encoding))
    made = _decisions(project, pairs, stored, wanted, reviewer)
    if not dry_run:
        with project.database.write() as connection:
            _require_no_conflict(connection, pairs, made)
            for decision in made:
                append_decision(connection, decision)
        check_again(project, [each.example_id for each in made if each.action == "edit"])
    else:
        with project.database.read() as connection:
            _require_no_conflict(connection, pairs, made)
    return _summary(pairs, made, encoding, is_dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a text came from."""

    path: Path
    encoding: str


def _block(
    project: Project, example: Example, found: Iterable[Finding], overlay: Overlay | None
) -> PairBlock:
    notes = [f"{SIGNS[each.severity]} {each.message}" for each in found]
    notes += [
        f"~ cosine {each.cosine:.2f}, {each.reason}; the model said: {each.answer}"
        for each in returned_questions(project, example.id)
    ]
    if overlay is not None:
        example = overlay.example
        notes = [overlay.mask(each) for each in notes]
    return PairBlock(
        example_id=example.id,
        status=example.status,
        system=example.system or None,
        turns=tuple(TurnText(question=t.question, answer=t.answer) for t in example.turns),
        notes=tuple(notes),
    )


def _write_whole(path: Path, raw: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageError(f"cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def _require_all(pairs: PairsFile, stored: dict[str, Example], path: Path) -> None:
    missing = [each for each in pairs.exported if each not in stored]
    if missing:
        raise ReviewFileError(
            f"this project has no example {', '.join(missing[:5])}"
            + (f" and {len(missing) - 5} more" if len(missing) > 5 else ""),  # noqa: PLR2004 - as many as named
            where=str(path),
            fix=f"They are another project's or were replaced since. {EXPORT_AGAIN}",
        )


def _wanted_states(
    project: Project, pairs: PairsFile, stored: dict[str, Example], source: _Source
) -> dict[str, tuple[Action, ExampleState]]:
    """Say what the file makes of each exported example."""
    wanted: dict[str, tuple[Action, ExampleState]] = {}
    blocks = {block.example_id: block for block in pairs.blocks}
    overlays = overlays_of(project, [stored[each] for each in pairs.exported])
    for example_id in pairs.exported:
        example = stored[example_id]
        block = blocks.get(example_id)
        if block is None:
            wanted[example_id] = ("reject", replace(state_of(example), status="rejected"))
        elif any(
            _is_untouched(block, each, source) for each in (example, overlays[example_id].example)
        ):
            wanted[example_id] = ("keep", replace(state_of(example), status="kept"))
        else:
            real = overlays[example_id].restored(block)
            wanted[example_id] = ("edit", _edited(project, real, example, source))
    return wanted


def _is_untouched(block: PairBlock, example: Example, source: _Source) -> bool:
    if len(block.turns) != len(example.turns):
        return False
    written = [block.system or "", *(w for turn in block.turns for w in _texts(turn))]
    stored = [example.system, *(w for turn in example.turns for w in (turn.question, turn.answer))]
    return all(
        same_words(new, old, encoding=source.encoding)
        for new, old in zip(written, stored, strict=True)
    )


def _texts(turn: TurnText) -> tuple[str, str]:
    return turn.question, turn.answer


def _edited(project: Project, block: PairBlock, example: Example, source: _Source) -> ExampleState:
    """Make the edited example; fields nobody touched keep their very letters."""
    where = f"{source.path} line {block.line}"
    if block.system is None and example.system:
        raise ReviewFileError(f"{example.id} has lost its S) line", where=where)
    old: list[str] = [w for turn in example.turns for w in (turn.question, turn.answer)]
    new = [w for turn in block.turns for w in _texts(turn)]
    if not all(fits(each, source.encoding) for each in (example.system, *old)):
        raise ReviewFileError(
            f"{example.id} was changed and saved as {source.encoding.upper()}, "
            "which cannot hold all its letters",
            where=where,
            fix="Save the file as UTF-8"
            if source.encoding != ENCODING
            else "Export as text instead: FILE.txt",
        )
    if len(new) == len(old):
        new = [
            b if same_words(n, b, encoding=source.encoding) else n
            for n, b in zip(new, old, strict=True)
        ]
    system = block.system or ""
    turns = [TurnText(question=new[at], answer=new[at + 1]) for at in range(0, len(new), 2)]
    conversation = project.conversations.get(example.conversation_id)
    keeps_system = same_words(system, example.system, encoding=source.encoding)
    try:
        return edited_state(
            example, conversation, system=None if keeps_system else system, turns=turns
        )
    except UsageError as error:
        raise ReviewFileError(
            error.what, where=where, fix="Delete the whole block to reject it"
        ) from error


def _decisions(
    project: Project,
    pairs: PairsFile,
    stored: dict[str, Example],
    wanted: dict[str, tuple[Action, ExampleState]],
    reviewer: str,
) -> list[Decision]:
    """Make a decision for each example the file changes, with an id that follows from the file."""
    since = list_decisions(project.database, after_seq=pairs.decisions_up_to)
    made: list[Decision] = []
    for example_id, (action, after) in wanted.items():
        before = state_of(stored[example_id])
        if after == before:
            continue
        known = {each.id for each in since if each.example_id == example_id}
        ids = _own_ids(pairs.export_id, example_id, len(known) + 1)
        made.append(
            Decision(
                id=next(each for each in ids if each not in known),
                example_id=example_id,
                reviewer=reviewer,
                action=action,
                before=before,
                after=after,
                reason=DELETED if action == "reject" else "",
            )
        )
    return made


def _own_ids(export_id: str, example_id: str, n_ids: int) -> list[str]:
    """Return the ids this export gives its first decisions about an example, in order."""
    return [
        str(uuid5(NAMESPACE_URL, f"chatmill:pairs:{export_id}:{example_id}:{at}"))
        for at in range(n_ids)
    ]


def _require_no_conflict(
    connection: sa.Connection, pairs: PairsFile, made: Sequence[Decision]
) -> None:
    """Refuse when somebody decided since the export about an example the file would change."""
    changed = {each.example_id for each in made}
    since = [
        each
        for each in decisions_on(connection, after_seq=pairs.decisions_up_to)
        if each.example_id in changed and each.action != "comment"
    ]
    foreign = [
        each
        for each in since
        if each.id not in _own_ids(pairs.export_id, each.example_id, len(since))
    ]
    if foreign:
        named = [f"{each.example_id} ({each.action}, {each.reviewer})" for each in foreign[:5]]
        more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""  # noqa: PLR2004 - as many as named
        raise ReviewConflictError(
            f"decided since the export: {', '.join(named)}{more}; nothing was applied",
            fix=f"{EXPORT_AGAIN}, or undo those decisions first",
        )


def _summary(
    pairs: PairsFile, made: Sequence[Decision], encoding: str, *, is_dry_run: bool
) -> ApplySummary:
    by_action = {
        action: tuple(each.example_id for each in made if each.action == action)
        for action in ("keep", "edit", "reject")
    }
    changed = {each.example_id for each in made}
    return ApplySummary(
        kept=by_action["keep"],
        edited=by_action["edit"],
        rejected=by_action["reject"],
        unchanged=tuple(each for each in pairs.exported if each not in changed),
        encoding=encoding,
        is_dry_run=is_dry_run,
    )
