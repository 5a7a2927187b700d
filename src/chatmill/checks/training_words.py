"""What is said of one line of a training file."""

from dataclasses import dataclass

from chatmill.records import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """What is wrong with one line of a training file."""

    line: int
    """Counted from 1."""
    severity: Severity
    """An `error` is refused by servers, or would train on something wrong."""
    field: str
    """`messages[1].content`, or empty for the whole line."""
    message: str
    """What is wrong, in one sentence."""
    evidence: str = ""
    """The words it is about."""
    kind: str = ""
    """One word for findings of the same rule, such as `role`."""


def error(number: int, kind: str, field: str, message: str, evidence: str = "") -> FileFinding:
    """Make an error."""
    return FileFinding(
        line=number, severity="error", field=field, message=message, evidence=evidence, kind=kind
    )


def warning(number: int, kind: str, field: str, message: str, evidence: str = "") -> FileFinding:
    """Make a warning."""
    return FileFinding(
        line=number, severity="warning", field=field, message=message, evidence=evidence, kind=kind
    )
