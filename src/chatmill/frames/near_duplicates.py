"""Near-duplicate candidates among millions of texts: Daft's MinHash of letters, joined by band."""

import itertools
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chatmill.frames.engine import Engine

NGRAM_LETTERS = 3
"""Letters of one shingle; white space and punctuation do not count, so spacing is no difference."""
ROWS_PER_BAND = 5
N_BANDS = 22
"""With five rows a band, a pair whose shingles agree to 0.7 is a candidate with 0.98."""
MAX_CHARACTERS = 20_000
"""Longer texts are no questions; they are compared for equality only."""
MIN_LETTERS = 4
"""Fewer have hardly a shingle."""
WINDOW = 4
"""In a bucket of many texts, each is joined with so many after it, and all with the first."""
BATCH_TEXTS = 20_000
BATCH_PAIRS = 5_000
_SPACE = 32
_BEYOND = 0x10000
"""Code points of the first plane; letters beyond it, emoji for the most part, do not count."""
_MIX = np.uint64(0x9E3779B97F4A7C15)

Compare = Callable[[Sequence[str], Sequence[str]], list[str | None]]
"""Texts and, in the same order, other texts: what to say of each pair, None for no duplicates."""


def text_column(texts: Sequence[str]) -> pa.ChunkedArray:
    """Hold texts in one column, lone surrogates as question marks.

    Returns:
        large_string, one a text.
    """
    chunks = []
    for start in range(0, len(texts), BATCH_TEXTS):
        encoded = [text.encode("utf-8", "replace") for text in texts[start : start + BATCH_TEXTS]]
        chunks.append(pa.array(encoded, pa.large_binary()).view(pa.large_string()))
    return pa.chunked_array(chunks, pa.large_string())


def candidate_pairs(engine: Engine, texts: pa.ChunkedArray) -> np.ndarray:
    """Find pairs of texts that may be near-duplicates; the caller verifies them.

    A pair is a candidate where one band of MinHash values agrees and both texts hold the same
    numbers: texts that differ in a number are no duplicates, however alike they look.

    Args:
        engine: Where to run; every runner gives the same pairs.
        texts: As `text_column` makes it; what has hardly a letter, or far too many, is in no pair.

    Returns:
        int64, shape (n_pairs, 2): places in `texts`, the lower first, each pair once, in order.
    """
    daft = engine.daft()
    lengths = np.asarray(pc.utf8_length(texts))
    rows = np.flatnonzero((lengths >= MIN_LETTERS) & (lengths <= MAX_CHARACTERS))
    if len(rows) < 2:  # noqa: PLR2004 - a pair
        return np.empty((0, 2), dtype=np.int64)
    hashed = _hashed(daft, pa.table({"row": rows, "text": texts.take(rows)}))
    found = [_pairs_of_band(daft, hashed, band, len(texts)) for band in range(N_BANDS)]
    codes = np.unique(np.concatenate(found))
    return np.stack(np.divmod(codes, len(texts)), axis=1)


def compare_pairs(
    engine: Engine, compare: Compare, texts: pa.ChunkedArray, pairs: np.ndarray
) -> Iterator[tuple[int, str]]:
    """Compare pairs of texts in parallel processes, or on a cluster.

    Args:
        engine: Where to run.
        compare: A function of a module, so that workers find it.
        texts: As `text_column` makes it.
        pairs: int64, shape (n_pairs, 2): places in `texts`.

    Yields:
        Place of a pair in `pairs` and what was said of it, in any order; None is left out.
    """
    daft = engine.daft()

    def said(one: Any, other: Any) -> pa.Array:  # noqa: ANN401 - daft.Series
        return pa.array(compare(one.to_pylist(), other.to_pylist()), pa.large_string())

    run = daft.func.batch(return_dtype=daft.DataType.string(), use_process=True)(said)
    one, other = (texts.take(pairs[:, side]) for side in (0, 1))
    frame = daft.from_arrow(pa.table({"at": np.arange(len(pairs)), "one": one, "other": other}))
    at, one, other = (daft.col(name) for name in ("at", "one", "other"))
    frame = frame.into_batches(BATCH_PAIRS).select(at, run(one, other).alias("said"))
    for batch in frame.where(~daft.col("said").is_null()).to_arrow_iter():
        yield from zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)


def _hashed(daft: Any, table: pa.Table) -> Any:  # noqa: ANN401 - the module, a DataFrame
    """Return a frame of `row` and `keys`, one a band, for texts that can be compared."""
    from daft.functions import minhash

    kind = daft.DataType
    fold = daft.func.batch(
        return_dtype=kind.struct({"letters": kind.string(), "numbers": kind.uint64()}), unnest=True
    )(folded)
    keys_of = daft.func.batch(return_dtype=kind.list(kind.uint64()))(band_keys)
    row, text, letters, numbers, signature = (
        daft.col(name) for name in ("row", "text", "letters", "numbers", "signature")
    )
    frame = daft.from_arrow(table).into_batches(BATCH_TEXTS).select(row, fold(text))
    made = minhash(
        letters,
        num_hashes=N_BANDS * ROWS_PER_BAND,
        ngram_size=NGRAM_LETTERS,
        hash_function="xxhash3_64",
    )
    frame = frame.where(letters != "").select(row, numbers, made.alias("signature"))
    return frame.select(row, keys_of(signature, numbers).alias("keys")).collect()


def _pairs_of_band(daft: Any, hashed: Any, band: int, n_texts: int) -> np.ndarray:  # noqa: ANN401 - as above
    """Join the texts whose key of one band agrees; int64, each pair as `low * n_texts + high`."""
    from daft.functions import get

    table = hashed.select(daft.col("row"), get(daft.col("keys"), band).alias("key")).to_arrow()
    rows, keys = np.asarray(table["row"]), np.asarray(table["key"])
    order = np.argsort(keys)
    is_same = np.diff(keys[order]) == 0
    is_joined = np.append(is_same, False) | np.append(False, is_same)
    starts = np.append(True, ~is_same)
    return _bucket_pairs(rows[order[is_joined]], np.cumsum(starts)[is_joined], n_texts)


def _bucket_pairs(rows: np.ndarray, bucket: np.ndarray, n_texts: int) -> np.ndarray:
    """Join each text with the next few of its bucket, and with the first; int64, as above."""
    order = np.lexsort((rows, bucket))
    rows, bucket = rows[order], bucket[order]
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    firsts = np.repeat(rows[starts], np.diff(np.append(starts, len(rows))))
    codes = [(firsts * n_texts + rows)[firsts != rows]]
    for step in range(1, WINDOW + 1):
        together = bucket[step:] == bucket[:-step]
        codes.append((rows[:-step] * n_texts + rows[step:])[together])
    return np.unique(np.concatenate(codes))


def folded(texts: Any) -> pa.Array:  # noqa: ANN401 - a daft.Series, untyped here
    """Fold texts to what is compared, all in one pass over their code points.

    Returns:
        struct of `letters` (large_string: the letters with a space after each, words of one letter
        for MinHash; empty where there are fewer than `MIN_LETTERS`) and `numbers` (uint64: depends
        on the numbers in the text and not on their order; 0 where it holds no digit).
    """
    empty, newline = (pa.scalar(each, pa.large_string()) for each in ("", "\n"))
    lines = pc.binary_join_element_wise(texts.to_arrow(), empty, newline)
    ends = np.cumsum(np.asarray(pc.utf8_length(lines)), dtype=np.int64)
    _, offsets, data = lines.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int64)[[lines.offset, lines.offset + len(lines)]]
    joined = str(memoryview(data)[first:last], "utf-8") if last > first else ""
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype="<u4")
    arrays = [_spaced_letters(codes, ends), _number_marks(codes, ends)]
    return pa.StructArray.from_arrays(arrays, ["letters", "numbers"])


def _spaced_letters(codes: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Put a space after each letter; `ends` are where the texts end in the code points."""
    letters = _folding()[np.minimum(codes, _BEYOND)]
    is_letter = letters != 0
    letters = letters[is_letter]
    n_letters = np.cumsum(is_letter)[ends - 1]  # up to the end of each text
    counts = np.diff(n_letters, prepend=0)
    is_short = np.repeat(counts < MIN_LETTERS, counts)
    letters, n_letters = letters[~is_short], np.cumsum(np.where(counts < MIN_LETTERS, 0, counts))
    spaced = np.full((len(letters), 2), _SPACE, dtype="<u4")
    spaced[:, 0] = letters
    data = spaced.tobytes().decode("utf-32-le").encode()
    n_bytes = 2 + (letters >= 0x80).astype(np.int64) + (letters >= 0x800)  # noqa: PLR2004 - UTF-8
    offsets = np.concatenate([[0], np.concatenate([[0], np.cumsum(n_bytes)])[n_letters]])
    buffers = (pa.py_buffer(offsets), pa.py_buffer(data))
    return pa.LargeStringArray.from_buffers(len(ends), *buffers)


def _number_marks(codes: np.ndarray, ends: np.ndarray) -> pa.Array:
    """Add up the numbers of each text, mixed so that no two sums are alike by accident."""
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    marks = np.zeros(len(ends), dtype=np.uint64)
    edges = np.flatnonzero(np.diff(is_digit.view(np.int8), prepend=0, append=0))
    starts, stops = edges[::2], edges[1::2]
    values = np.zeros(len(starts), dtype=np.uint64)
    longer = np.arange(len(starts))
    for step in range(int(np.max(stops - starts, initial=0))):
        longer = longer[starts[longer] + step < stops[longer]]
        digit = codes[starts[longer] + step].astype(np.uint64)
        values[longer] = (values[longer] ^ digit) * _MIX + np.uint64(1)
    np.add.at(marks, np.searchsorted(ends, starts, side="right"), _stirred(values))
    return pa.array(marks)


def band_keys(signatures: Any, numbers: Any) -> pa.Array:  # noqa: ANN401 - daft.Series
    """Mix the MinHash values of each band with the text's numbers.

    Returns:
        list of uint64, `N_BANDS` a text.
    """
    values = signatures.to_arrow().flatten().to_numpy().reshape(-1, N_BANDS, ROWS_PER_BAND)
    keys = np.repeat(np.asarray(numbers.to_arrow())[:, None], N_BANDS, axis=1)
    for place in range(ROWS_PER_BAND):
        keys = keys * _MIX + values[:, :, place]
        keys ^= keys >> np.uint64(29)
    offsets = np.arange(0, keys.size + 1, N_BANDS, dtype=np.int64)
    return pa.LargeListArray.from_arrays(offsets, _stirred(keys).ravel())


def _stirred(values: np.ndarray) -> np.ndarray:
    mixed = (values ^ (values >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    stirred: np.ndarray = mixed ^ (mixed >> np.uint64(32))
    return stirred


@lru_cache(maxsize=1)
def _folding() -> np.ndarray:
    """Return, for each code point of the first plane, the letter it counts as, 0 for none."""
    table = np.zeros(_BEYOND + 1, dtype=np.uint32)
    for code in itertools.chain(range(0xD800), range(0xE000, _BEYOND)):
        letter = chr(code)
        if letter.isalnum():
            plain = unicodedata.normalize("NFKC", letter).lower()
            table[code] = ord(plain) if len(plain) == 1 else code
    return table
