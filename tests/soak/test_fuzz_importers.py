"""No bytes make an importer fail: each is fuzzed for minutes, from samples and real exports.

`CHATMILL_FUZZ_SECONDS` says how long (300), `CHATMILL_FUZZ_SEED` where from; one importer alone:
`pytest -m soak tests/soak/test_fuzz_importers.py -k slack`. Where atheris is installed it
steers two thirds of the time by coverage; the rest spoils lines, bytes and JSON values, seeded.
"""

import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from chatmill.importers import importer_names
from importers.fuzzing import ARCHIVES, MOST_BYTES, Spoiler, check_input, first_inputs

SECONDS = float(os.environ.get("CHATMILL_FUZZ_SECONDS", "300"))
SEED = int(os.environ.get("CHATMILL_FUZZ_SEED", "20261123"))
TESTS = Path(__file__).parent.parent
GUIDED_SHARE = 2 / 3
STARTING_SECONDS = 60
MOST_MEGABYTES = 2048

pytestmark = pytest.mark.soak


@pytest.fixture(params=[*importer_names(), ARCHIVES])
def name(request: pytest.FixtureRequest) -> str:
    """Each importer of the table in turn, and the reader of archives."""
    value: str = request.param
    return value


@pytest.mark.timeout(SECONDS + 300)
def test_no_bytes_make_an_importer_fail(name: str, tmp_path: Path) -> None:
    """Messages, rejections or one clear line, in two seconds, whatever a file holds."""
    inputs = first_inputs(name)
    for data in inputs:
        check_input(name, data)
    n_guided, spoiling = 0, SECONDS
    if find_spec("atheris") is not None:
        n_guided = _fuzz_guided(name, inputs, tmp_path)
        spoiling = SECONDS * (1 - GUIDED_SHARE)
    n_spoilt = _fuzz_spoiling(name, inputs, tmp_path, spoiling)
    print(
        f"\n{name}: {n_guided:,} guided and {n_spoilt:,} spoilt inputs in {SECONDS:.0f} s, "
        f"seed {SEED}, {len(inputs)} to begin with"
    )


def _fuzz_guided(name: str, inputs: list[bytes], folder: Path) -> int:
    """Let atheris fuzz; return how many inputs it tried."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(inputs):
        (corpus / str(number)).write_bytes(data)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "importers.fuzzing_guided", name, str(corpus)),
            *(f"-max_total_time={SECONDS * GUIDED_SHARE:.0f}", f"-seed={SEED}"),
            *(f"-max_len={MOST_BYTES}", f"-rss_limit_mb={MOST_MEGABYTES}", "-timeout=120"),
            *("-print_final_stats=1", f"-artifact_prefix={folder}/found-"),
        ],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS + STARTING_SECONDS,
        check=False,
    )
    for found in sorted(folder.glob("found-*")):
        _check(name, found.read_bytes(), folder)
        pytest.fail(f"{found}: {done.stderr[-3000:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    counted = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    return int(counted[1]) if counted else 0


def _fuzz_spoiling(name: str, inputs: list[bytes], folder: Path, seconds: float) -> int:
    """Spoil inputs until the time is over; return how many were tried."""
    spoiler = Spoiler(inputs, SEED)
    end = time.monotonic() + seconds
    n_tried = 0
    while time.monotonic() < end:
        _check(name, spoiler.next(), folder)
        n_tried += 1
    return n_tried


def _check(name: str, data: bytes, folder: Path) -> None:
    try:
        check_input(name, data)
    except BaseException:
        kept = folder / f"{name}-failed"
        kept.write_bytes(data)
        print(f"\n{name} fails on {kept} ({len(data)} bytes): {data[:300]!r}")
        raise
