"""The folder of an evaluation: report, pictures and tables, whole or not at all."""

import csv
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chatmill.errors import StorageError
from chatmill.frames.scores import SCORE_SCHEMA, SCORES_NAME, write_scores
from chatmill.stages.evaluate.report import ReportInput, write_report

METRICS_NAME = "metrics.parquet"
"""Further metrics, row by row as the scores."""
TABLE_NAME = "scores.csv"
_STEERING = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


def write_evaluation(target: Path, given: ReportInput) -> None:
    """Write the folder beside its place, then move it there whole.

    Args:
        target: The folder; one that is there is replaced.
        given: What to write.

    Raises:
        StorageError: It cannot be written; nothing half-written stays.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        write_scores(partial / SCORES_NAME, given.scores)
        columns = {name: list(values) for name, values in given.columns.items()}
        if columns:
            pq.write_table(pa.table(columns), partial / METRICS_NAME, compression="zstd")
        _write_csv(partial / TABLE_NAME, given)
        write_report(partial, given)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise StorageError(
            f"the report cannot be written: {error.strerror}",
            where=str(target),
            fix="Free some disk space and run chatmill evaluate again; no answer is asked twice",
        ) from error


def read_columns(folder: Path) -> dict[str, list[float | None]]:
    """Read the further metrics of an evaluation; none where it has none."""
    path = folder / METRICS_NAME
    if not path.is_file():
        return {}
    found: dict[str, list[float | None]] = pq.read_table(path).to_pydict()
    return found


def _write_csv(path: Path, given: ReportInput) -> None:
    """Write everything for spreadsheets: UTF-8 with a mark, formulas disarmed."""
    names = list(SCORE_SCHEMA.names)
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *given.columns])
        for at, score in enumerate(given.scores):
            own = [_cell(getattr(score, name)) for name in names]
            writer.writerow([*own, *(_cell(column[at]) for column in given.columns.values())])


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_STEERING):
        return f"'{value}"
    return round(value, 6) if isinstance(value, float) else value
