"""Soak tests leave no server or trainer behind, however they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from workplace import kill_processes_of


@pytest.fixture(autouse=True)
def _no_process_left(tmp_path: Path) -> Iterator[None]:
    yield
    kill_processes_of(tmp_path)
