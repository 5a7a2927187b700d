"""Untrusted text on a terminal: control characters made harmless, findings underlined."""

import unicodedata
from collections.abc import Iterable, Sequence

import click

from chatmill.records import Example, Finding

INDENT = 3
NARROWEST = 20
LONGEST_WORDS = 300
"""Letters of a finding's words that are quoted under the example."""
_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_ORDER = ("error", "warning", "info")
_HIDDEN = frozenset(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)


def harmless(text: str) -> str:
    r"""Write control and direction characters as `\x1b`, so that no text steers a terminal.

    Tabs become spaces; line ends stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(letter) for letter in text)


def shortened(words: str) -> str:
    """Write the words of a finding on one line; very long ones, underlined above, up to a place."""
    line = " ".join(words[: 2 * LONGEST_WORDS].split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]} …"


def show_example(example: Example, findings: Sequence[Finding], *, width: int = 80) -> None:
    """Print an example with the words of its findings coloured and underlined.

    Args:
        example: As it stands.
        findings: Of it.
        width: Columns; Hangul takes two.
    """
    click.secho(harmless(f"{example.id}  {example.status}  {example.conversation_id}"), bold=True)
    _show("  ", "system", example.system, findings, width)
    for number, turn in enumerate(example.turns):
        _show("Q)", f"turns[{number}].question", turn.question, findings, width)
        _show("A)", f"turns[{number}].answer", turn.answer, findings, width)
    for each in findings:
        _show_finding(each, width)
    click.echo()


def _show_finding(each: Finding, width: int) -> None:
    """Print one finding, its words in quotes and its name, which `[check] severity` takes."""
    words = f" “{shortened(each.evidence)}”" if each.evidence else ""
    place = f"{each.field}: " if each.field else ""
    line = f"{each.severity}: {place}{each.message}{words} ({each.check})"
    letters = [(_shown(letter), "") for letter in line]
    for number, part in enumerate(_wrapped(letters, max(NARROWEST, width - 2 * INDENT))):
        text = "".join(shown for shown, _ in part)
        head = " " * INDENT * (1 if number == 0 else 2)
        click.secho(head + text, fg=_COLOURS.get(each.severity))


def _show(mark: str, field: str, text: str, findings: Sequence[Finding], width: int) -> None:
    about = [each for each in findings if each.field == field and each.start < each.end]
    letters = list(_letters(text, about))
    lines = _wrapped(letters, max(NARROWEST, width - INDENT))
    for number, line in enumerate(lines):
        head = f"{mark} " if number == 0 else " " * INDENT
        click.echo(head + _styled(line))


def _letters(text: str, findings: Sequence[Finding]) -> Iterable[tuple[str, str]]:
    """Yield what is printed for each letter, and the worst severity found at it."""
    levels = [""] * len(text)
    for severity in reversed(_ORDER):
        for each in findings:
            if each.severity == severity:
                for at in range(max(0, each.start), min(len(text), each.end)):
                    levels[at] = severity
    for letter, level in zip(text, levels, strict=True):
        yield _shown(letter), level


def _wrapped(letters: Sequence[tuple[str, str]], width: int) -> list[list[tuple[str, str]]]:
    """Break after white space where a line would be wider, in a word only where it must."""
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for shown, level in letters:
        if shown == "\n":
            lines.append([])
            used = 0
            continue
        wide = _columns(shown)
        if used + wide > width:
            line = lines[-1]
            at = max((n for n, (each, _) in enumerate(line) if each == " "), default=-1)
            rest = line[at + 1 :] if at > 0 else []
            if at > 0:
                del line[at:]
            lines.append(rest)
            used = sum(_columns(each) for each, _ in rest)
            if shown == " " and not rest:
                continue
        lines[-1].append((shown, level))
        used += wide
    return lines


def _styled(line: Sequence[tuple[str, str]]) -> str:
    out, run, last = "", "", ""
    for shown, level in [*line, ("", "end")]:
        if level != last:
            if run:
                colour = _COLOURS.get(last)
                out += click.style(run, fg=colour, underline=True) if colour else run
            run, last = "", level
        run += shown
    return out


def _shown(letter: str) -> str:
    if letter == "\n":
        return letter
    if letter == "\t":
        return " "
    code = ord(letter)
    if letter in _HIDDEN or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - two hex digits
    return letter


def _columns(shown: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(each) in "WF" else int(not unicodedata.combining(each))
        for each in shown
    )
