"""The questions of one evaluation, filtered, sorted and handed out a page at a time.

The scores stay one table of columns; only the rows of a page become records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from chatmill.errors import UsageError
from chatmill.frames.scores import read_score_table, score_of
from chatmill.records import Score, Split, Verdict

Order = Literal["lowest", "highest", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFilter:
    """Which questions of an evaluation; everything empty is all of them."""

    verdicts: tuple[Verdict, ...] = ()
    splits: tuple[Split, ...] = ()
    language: str | None = None
    text: str = ""
    """Words in the question or an answer, letter case aside."""
    order: Order = "lowest"
    """By cosine, or as they were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """One question with the number the plot and the page know it by."""

    key: int
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMeans:
    """Means over the questions of one split, asked with one of the two system lines."""

    split: Split
    n: int
    cosine: float
    base_cosine: float | None
    """None where the base model was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """Some of the questions that match."""

    rows: tuple[AskedRow, ...]
    n_matching: int


class ScoreTable:
    """The scores of one evaluation.

    A question's key is its place among those asked with the example's own system line, as in the
    report.

    Args:
        path: Its scores.parquet.

    Raises:
        StorageError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        table = read_score_table(path)
        prompts = table.column("prompt")
        self._own = table.filter(pc.equal(prompts, "example"))
        self._served = table.filter(pc.equal(prompts, "serving"))

    @property
    def n_questions(self) -> int:
        """Questions asked."""
        return int(self._own.num_rows)

    def page(self, wanted: QuestionFilter, *, offset: int, limit: int) -> QuestionPage:
        """Return some of the questions that match."""
        found = pa.table({"key": pa.array(range(self.n_questions), pa.int64())})
        found = found.append_column("cosine", self._own.column("cosine"))
        mask = self._mask(wanted)
        if mask is not None:
            found = found.filter(mask)
        if wanted.order != "asked":
            way = "ascending" if wanted.order == "lowest" else "descending"
            found = found.sort_by([("cosine", way), ("key", "ascending")])
        keys = found.column("key").slice(offset, limit).to_pylist()
        return QuestionPage(rows=tuple(self.rows(keys)), n_matching=int(found.num_rows))

    def rows(self, keys: Sequence[int]) -> list[AskedRow]:
        """Return questions by their keys.

        Raises:
            UsageError: One is none of this evaluation.
        """
        if any(not 0 <= key < self.n_questions for key in keys):
            raise UsageError(f"no question {max(keys)} in this evaluation")
        taken = self._own.take(pa.array(keys, pa.int64())).to_pylist()
        return [
            AskedRow(key=key, score=score_of(row)) for key, row in zip(keys, taken, strict=True)
        ]

    def served(self, score: Score) -> Score | None:
        """Return the same question asked with the serving line, or None."""
        mask = pc.and_(
            pc.and_(
                pc.equal(self._served.column("example_id"), score.example_id),
                pc.equal(self._served.column("turn"), score.turn),
            ),
            pc.and_(
                pc.equal(self._served.column("split"), score.split),
                pc.equal(self._served.column("question"), score.question),
            ),
        )
        found = self._served.filter(mask).slice(0, 1).to_pylist()
        return score_of(found[0]) if found else None

    def means(self, *, is_served: bool = False) -> list[SplitMeans]:
        """Average each split.

        Args:
            is_served: Of the answers asked with the serving line, not the example's own.
        """
        table = self._served if is_served else self._own
        grouped = table.group_by("split").aggregate(
            [("cosine", "mean"), ("base_cosine", "mean"), ("cosine", "count")]
        )
        return [
            SplitMeans(
                split=row["split"],
                n=row["cosine_count"],
                cosine=row["cosine_mean"],
                base_cosine=row["base_cosine_mean"],
            )
            for row in grouped.to_pylist()
        ]

    def verdicts(self) -> dict[Verdict, int]:
        """Count the questions of each verdict."""
        counts = pc.value_counts(self._own.column("verdict")).to_pylist()
        return {each["values"]: each["counts"] for each in counts}

    def not_followed(self) -> list[str]:
        """List the example of every question that was not followed."""
        lost = self._own.filter(pc.equal(self._own.column("verdict"), "not followed"))
        found: list[str] = lost.column("example_id").to_pylist()
        return found

    def columns(self, names: Sequence[str]) -> list[dict[str, object]]:
        """Return some fields of every question, in the order they were asked."""
        found: list[dict[str, object]] = self._own.select(list(names)).to_pylist()
        return found

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages asked in, that of most questions first."""
        counts = pc.value_counts(self._own.column("language")).to_pylist()
        ordered = sorted(counts, key=lambda each: (-each["counts"], each["values"]))
        return tuple(each["values"] for each in ordered)

    def _mask(self, wanted: QuestionFilter) -> pa.ChunkedArray | None:
        masks = []
        if wanted.verdicts:
            masks.append(pc.is_in(self._own.column("verdict"), pa.array(wanted.verdicts)))
        if wanted.splits:
            masks.append(pc.is_in(self._own.column("split"), pa.array(wanted.splits)))
        if wanted.language is not None:
            masks.append(pc.equal(self._own.column("language"), wanted.language))
        if wanted.text:
            found = [
                pc.match_substring(self._own.column(name), wanted.text, ignore_case=True)
                for name in ("question", "reference", "answer")
            ]
            masks.append(pc.or_(pc.or_(found[0], found[1]), found[2]))
        combined = None
        for mask in masks:
            combined = mask if combined is None else pc.and_(combined, mask)
        return combined
