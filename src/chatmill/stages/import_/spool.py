"""Rejections of one file, put aside on disk: a broken file may hold millions."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from types import MappingProxyType
from typing import Self

from chatmill.importers.assembly import CUT_OFF, DAMAGED
from chatmill.records import Rejection

SHOWN = 20
"""Rejections kept at hand, for people and dry runs."""
MEMORY_BYTES = 1 << 20
"""Rejections are on disk beyond this."""
MOST_REASONS = 200
"""Different reasons counted by name."""
OTHER = "other reasons"
_CHANGING = re.compile(r"\s*('[^']*'|\d[\d,.]*)")
"""What differs from line to line of the same reason: names and numbers."""


class RejectionSpool:
    """Takes rejections in, counts them by reason, and gives them back in order."""

    def __init__(self) -> None:
        self.n_rejections = 0
        self.first: list[Rejection] = []
        self.broken_off: Rejection | None = None
        """The rejection that says that the rest of the file is missing or damaged."""
        self._reasons: Counter[str] = Counter()
        self._shown: dict[str, str] = {}
        """What is counted together → how to say it."""
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - left in __exit__

    def __enter__(self) -> Self:
        """Hand over the spool."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Throw it away."""
        self._file.close()

    def __iter__(self) -> Iterator[Rejection]:
        """Stream what was taken in."""
        self._file.seek(0)
        for line in self._file:
            yield Rejection(**json.loads(line))

    @property
    def reasons(self) -> MappingProxyType[str, int]:
        """Reason → how often, most frequent first; `…` for what changes from line to line."""
        return MappingProxyType({self._shown[key]: n for key, n in self._reasons.most_common()})

    def extend(self, rejections: Iterable[Rejection]) -> None:
        """Take some in."""
        for each in rejections:
            self.n_rejections += 1
            if len(self.first) < SHOWN:
                self.first.append(each)
            if each.reason in (CUT_OFF, DAMAGED):
                self.broken_off = each
            self._count(each.reason)
            self._file.write(json.dumps(asdict(each)).encode() + b"\n")

    def _count(self, reason: str) -> None:
        key = _CHANGING.sub(" …", reason.split(": ", maxsplit=1)[0]).strip()
        if key not in self._reasons and len(self._reasons) >= MOST_REASONS:
            key = reason = OTHER
        self._reasons[key] += 1
        if self._shown.setdefault(key, reason) != reason:
            self._shown[key] = key
