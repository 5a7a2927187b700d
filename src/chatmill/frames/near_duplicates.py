"""Near-duplicate candidates among millions of texts: Daft's MinHash of letters, joined by band."""

import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

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
_SPACE, _NEWLINE = 32, 10
_MIX = np.uint64(0x9E3779B97F4A7C15)


def candidate_pairs(engine: Engine, texts: Sequence[str]) -> np.ndarray:
    """Find pairs of texts that may be near-duplicates; the caller verifies them.

    A pair is a candidate where one band of MinHash values agrees and both texts hold the same
    numbers: texts that differ in a number are no duplicates, however alike they look.

    Args:
        engine: Where to run; every runner gives the same pairs.
        texts: Any text; what has hardly a letter, or far too many, is in no pair.

    Returns:
        int64, shape (n_pairs, 2): places in `texts`, the lower first, each pair once, in order.
    """
    daft = engine.daft()
    hashed = _hashed(daft, texts)
    if hashed is None:
        return np.empty((0, 2), dtype=np.int64)
    found = [_pairs_of_band(daft, hashed, band, len(texts)) for band in range(N_BANDS)]
    codes = np.unique(np.concatenate(found))
    return np.stack(np.divmod(codes, len(texts)), axis=1)


def _hashed(daft: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401 - the module, a DataFrame
    """Return a frame of `row` and `keys`, one a band, for texts that can be compared."""
    from daft.functions import minhash

    rows = [at for at, text in enumerate(texts) if MIN_LETTERS <= len(text) <= MAX_CHARACTERS]
    if len(rows) < 2:  # noqa: PLR2004 - a pair
        return None
    words = pa.array((_encodable(texts[at]) for at in rows), pa.large_string())
    frame = daft.from_arrow(pa.table({"row": pa.array(rows, pa.int64()), "text": words}))
    key = daft.DataType.uint64()
    letters_of = daft.func.batch(return_dtype=daft.DataType.string())(spaced_letters)
    numbers_of = daft.func.batch(return_dtype=key)(number_marks)
    keys_of = daft.func.batch(return_dtype=daft.DataType.list(key))(band_keys)
    row, text, letters = (daft.col(name) for name in ("row", "text", "letters"))
    frame = frame.into_batches(BATCH_TEXTS).select(
        row, letters_of(text).alias("letters"), numbers_of(text).alias("numbers")
    )
    frame = frame.where(letters != "").select(
        row,
        daft.col("numbers"),
        minhash(
            letters,
            num_hashes=N_BANDS * ROWS_PER_BAND,
            ngram_size=NGRAM_LETTERS,
            hash_function="xxhash3_64",
        ).alias("signature"),
    )
    keys = keys_of(daft.col("signature"), daft.col("numbers")).alias("keys")
    return frame.select(row, keys).collect()


def _pairs_of_band(daft: Any, hashed: Any, band: int, n_texts: int) -> np.ndarray:  # noqa: ANN401 - as above
    """Join the texts whose key of one band agrees; int64, each pair as `low * n_texts + high`."""
    from daft.functions import get

    row = daft.col("row")
    buckets = (
        hashed.select(row, get(daft.col("keys"), band).alias("key"))
        .groupby("key")
        .agg(row.list_agg().alias("rows"), row.count().alias("size"))
        .where(daft.col("size") > 1)
        .select("rows")
        .to_arrow()
        .column("rows")
        .combine_chunks()
    )
    sizes = np.asarray(buckets.value_lengths(), dtype=np.int64)
    rows = np.asarray(buckets.flatten(), dtype=np.int64)
    return _bucket_pairs(rows, np.repeat(np.arange(len(sizes)), sizes), n_texts)


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


def spaced_letters(texts: Any) -> pa.Array:  # noqa: ANN401 - a daft.Series, untyped here
    """Fold texts to letters with a space between each two: words of one letter, for MinHash.

    Returns:
        large_string, one a text; empty where it has fewer than `MIN_LETTERS` letters.
    """
    codes = _code_points(texts.to_pylist())
    folded = _folding()[np.minimum(codes, 0xFFFF)]
    folded[codes > 0xFFFF] = 0  # noqa: PLR2004 - beyond the first plane: emoji, for the most part
    folded[codes == _NEWLINE] = _NEWLINE
    kept = folded[folded != 0]
    spaced = np.full(2 * len(kept), _SPACE, dtype=np.uint32)
    spaced[::2] = kept
    lines = spaced[np.repeat(kept != _NEWLINE, 2) | (spaced == _NEWLINE)]
    words = lines.astype("<u4").tobytes().decode("utf-32-le").split("\n")[:-1]
    short = 2 * MIN_LETTERS
    return pa.array(["" if len(each) < short else each for each in words], pa.large_string())


def number_marks(texts: Any) -> pa.Array:  # noqa: ANN401 - a daft.Series, untyped here
    """Give each text one number that depends on the numbers in it and not on their order.

    Returns:
        uint64, one a text; 0 where it holds no digit.
    """
    codes = _code_points(texts.to_pylist())
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    marks = np.zeros(len(texts), dtype=np.uint64)
    edges = np.flatnonzero(np.diff(is_digit.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    if len(starts):
        values = np.zeros(len(starts), dtype=np.uint64)
        for step in range(int(np.max(ends - starts))):
            inside = starts + step < ends
            digit = codes[starts[inside] + step].astype(np.uint64)
            values[inside] = (values[inside] ^ digit) * _MIX + np.uint64(1)
        text_of = np.searchsorted(np.flatnonzero(codes == _NEWLINE), starts)
        np.add.at(marks, text_of, _stirred(values))
    return pa.array(marks, pa.uint64())


def band_keys(signatures: Any, numbers: Any) -> pa.Array:  # noqa: ANN401 - daft.Series
    """Mix the MinHash values of each band with the text's numbers.

    Returns:
        list of uint64, `N_BANDS` a text.
    """
    values = signatures.to_arrow().flatten().to_numpy().reshape(-1, N_BANDS, ROWS_PER_BAND)
    keys = np.repeat(np.asarray(numbers.to_arrow(), dtype=np.uint64)[:, None], N_BANDS, axis=1)
    for place in range(ROWS_PER_BAND):
        keys = _stirred(keys * _MIX + values[:, :, place])
    offsets = np.arange(0, keys.size + 1, N_BANDS, dtype=np.int64)
    return pa.LargeListArray.from_arrays(offsets, keys.ravel())


def _stirred(values: np.ndarray) -> np.ndarray:
    mixed = (values ^ (values >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    stirred: np.ndarray = mixed ^ (mixed >> np.uint64(32))
    return stirred


def _code_points(texts: Iterable[str]) -> np.ndarray:
    """Join texts, each with a newline after it; uint32, writable."""
    lines = (text.replace("\n", " ") if "\n" in text else text for text in texts)
    joined = "".join(f"{line}\n" for line in lines)
    return np.frombuffer(joined.encode("utf-32-le"), dtype="<u4").astype(np.uint32)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=1)
def _folding() -> np.ndarray:
    """Return, for each code point of the first plane, the letter it counts as, 0 for none."""
    table = np.zeros(0x10000, dtype=np.uint32)
    for code in itertools.chain(range(0xD800), range(0xE000, 0x10000)):
        letter = chr(code)
        if letter.isalnum():
            plain = unicodedata.normalize("NFKC", letter).lower()
            table[code] = ord(plain) if len(plain) == 1 else code
    return table
