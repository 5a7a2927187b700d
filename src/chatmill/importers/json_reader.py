"""Walks a JSON document without holding it, and knows the line it is at."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from chatmill.importers.assembly import CUT_OFF, reject
from chatmill.importers.base import ExportFile, Item

READ_CHARACTERS = 1 << 18
"""Read at once."""
LONGEST_TOKEN = 10
"""Characters in which a token that is no string ends, or a broken escape shows."""
_SPACE = re.compile(r"[ \t\r\n]*")
_SIGNS = re.compile(r'["\[\]{}]')
_STRING_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_DECODER = json.JSONDecoder()


class BrokenJsonError(Exception):
    """The document cannot be read on; `read_json` makes it a rejection.

    Args:
        line: Where, from 1.
        reason: Why.
        raw: What stands there.
    """

    def __init__(self, line: int, reason: str, raw: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.raw = raw


def read_json(file: ExportFile, walk: Callable[["JsonReader"], Iterator[Item]]) -> Iterator[Item]:
    """Stream what `walk` makes of a document; where it breaks, say so and end.

    Args:
        file: The document.
        walk: Walks the reader from the document's first value on.
    """
    with file.open_text() as stream:
        reader = JsonReader(file, stream.read)
        try:
            yield from walk(reader)
        except BrokenJsonError as broken:
            yield reject(file, broken.line, broken.reason, broken.raw)


class JsonReader:
    """A place in a document; values are taken whole, objects and arrays entered or skipped.

    What is entered is left again at its end, also where the loop over it was left early: the rest
    is skipped. Memory holds one value at a time, at most `[import] max_json_characters` long.

    Args:
        file: The document, for its limits.
        read: Returns up to so many further characters; empty at the end.

    Raises:
        BrokenJsonError: From every method: the text is no JSON, ends too early, or a value is
            longer or nested deeper than can be read.
    """

    def __init__(self, file: ExportFile, read: Callable[[int], str]) -> None:
        self._longest = file.settings.max_json_characters
        self._read = read
        self._text = ""
        self._at = 0
        self._dropped = 0
        self._line = 1
        self._counted = 0
        self._is_end = False

    @property
    def line(self) -> int:
        """Line of the next value, from 1."""
        self._skip_space()
        return self._line_at(self._at)

    def next_sign(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def keys(self) -> Iterator[str]:
        """Enter an object and stream its keys; take, enter or leave the value after each."""
        self._expect("{")
        if self.next_sign() == "}":
            self._at += 1
            return
        while True:
            if self.next_sign() != '"':
                raise self._broken("a key is missing")
            key = self.value()
            self._expect(":")
            yield from self._visit(key)
            if not self._goes_on("}"):
                return

    def elements(self) -> Iterator[int]:
        """Enter an array and stream indices from 0; take, enter or leave the value at each."""
        self._expect("[")
        if self.next_sign() == "]":
            self._at += 1
            return
        index = 0
        while True:
            yield from self._visit(index)
            if not self._goes_on("]"):
                return
            index += 1

    def value(self) -> Any:  # noqa: ANN401 - whatever stands there
        """Take the next value whole."""
        self._skip_space()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated string")
                if is_open or len(self._text) - error.pos < LONGEST_TOKEN:
                    if self._fill(keep=True):
                        continue
                    raise self._cut_off() from error
                self._at = error.pos
                raise self._broken(error.msg.removesuffix(" at")) from error
            except RecursionError as error:
                raise self._broken("nested too deep") from error
            except ValueError as error:  # a number of thousands of digits
                raise self._broken("a number nobody can read") from error
            if len(self._text) - end < LONGEST_TOKEN and self._fill(keep=True):
                continue  # a number may go on
            self._at = end
            return value

    def skip(self) -> None:
        """Pass over the next value, however long it is."""
        if self.next_sign() not in ("[", "{"):
            if self.next_sign() == '"':
                self._at += 1
                self._skip_string()
            else:
                self.value()
            return
        depth = 0
        while True:
            found = _SIGNS.search(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                if not self._fill():
                    raise self._cut_off()
                continue
            self._at = found.end()
            if found[0] == '"':
                self._skip_string()
                continue
            depth += 1 if found[0] in "[{" else -1
            if depth == 0:
                return

    def _visit(self, name: Any) -> Iterator[Any]:  # noqa: ANN401 - a key or an index
        self._skip_space()
        start = self._dropped + self._at
        yield name
        self._skip_space()
        if self._dropped + self._at == start:
            self.skip()

    def _goes_on(self, end: str) -> bool:
        sign = self.next_sign()
        if sign not in (",", end) or not sign:
            raise self._broken(f"neither ',' nor {end!r}") if sign else self._cut_off()
        self._at += 1
        return sign == ","

    def _expect(self, sign: str) -> None:
        found = self.next_sign()
        if found != sign:
            raise self._broken(f"{sign!r} is missing") if found else self._cut_off()
        self._at += 1

    def _skip_string(self) -> None:
        while True:
            found = _STRING_END.match(self._text, self._at)
            if found:
                self._at = found.end()
                return
            if len(self._text) - self._at > self._longest:
                raise self._broken(f"longer than {self._longest:,} characters")
            if not self._fill(keep=True):
                raise self._cut_off()

    def _skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._fill():
                return

    def _fill(self, *, keep: bool = False) -> bool:
        """Read on, twice as much each time a value did not fit; False at the end."""
        if self._is_end:
            return False
        rest = len(self._text) - self._at
        if keep and rest > self._longest:
            raise self._broken(f"longer than {self._longest:,} characters")
        new = self._read(max(READ_CHARACTERS, rest))
        if not new:
            self._is_end = True
            return False
        self._line_at(self._at)
        self._dropped += self._at
        self._text = self._text[self._at :] + new
        self._at = self._counted = 0
        return True

    def _line_at(self, at: int) -> int:
        """Count on to a place, or back where an error lies before it."""
        if at >= self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
            return self._line
        return self._line - self._text.count("\n", at, self._counted)

    def _broken(self, reason: str) -> BrokenJsonError:
        return BrokenJsonError(
            self._line_at(self._at), f"not JSON: {reason}", self._text[self._at : self._at + 200]
        )

    def _cut_off(self) -> BrokenJsonError:
        return BrokenJsonError(
            self._line_at(self._at), CUT_OFF, self._text[self._at : self._at + 200]
        )
