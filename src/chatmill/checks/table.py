"""The table of checks, and running all of them over one example."""

import dataclasses
import hashlib
import importlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from typing import cast, get_args

from chatmill.checks.base import Check, Checked, cited_messages
from chatmill.errors import SettingsError
from chatmill.records import Conversation, Example, Finding, Severity
from chatmill.settings import Settings

ENTRY_POINTS = "chatmill.checks"
CHECKS: dict[str, str] = {
    "format": "chatmill.checks.format:FormatCheck",
    "grounding": "chatmill.checks.grounding:GroundingCheck",
    "odd": "chatmill.checks.odd:OddCheck",
}
_ORDER = {severity: place for place, severity in enumerate(get_args(Severity))}


@lru_cache(maxsize=1)
def load_checks() -> tuple[Check, ...]:
    """Import and build every check, ours first, then other packages'."""
    made: list[Check] = []
    for address in CHECKS.values():
        module, _, attribute = address.partition(":")
        made.append(cast("Check", getattr(importlib.import_module(module), attribute)()))
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name)
    made += [cast("Check", each.load()()) for each in found if each.name not in CHECKS]
    return tuple(made)


def example_fingerprint(example: Example, conversation: Conversation, settings: Settings) -> str:
    """Digest everything findings depend on: words, citations, cited messages, checks, settings."""
    cited = cited_messages(example)
    parts = (
        example.id,
        example.system,
        repr(example.turns),
        repr([(m.id, m.text) for m in conversation.messages if m.id in cited]),
        ",".join(f"{each.name}={each.version}" for each in load_checks()),
        repr(sorted(settings.check.severity.items())),
        repr((settings.check.max_example_tokens, settings.project.products)),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def check_example(
    example: Example, conversation: Conversation, settings: Settings
) -> list[Finding]:
    """Run every check over one example, as it stands; no store is needed.

    Args:
        example: Stored or just edited.
        conversation: The one its citations point into.
        settings: `[check]` says how severe each check is and how long an example may be.

    Returns:
        Findings, errors first, then in the order of the text.

    Raises:
        SettingsError: `[check] severity` names an unknown check or severity.
    """
    checked = Checked(example=example, conversation=conversation, settings=settings)
    levels = _severities(settings)
    found = [
        each
        for check in load_checks()
        if levels.get(check.name) != "off"
        for each in _as_severe(check.check(checked), levels.get(check.name))
    ]
    return sorted(found, key=lambda each: (_ORDER[each.severity], each.field, each.start))


def _severities(settings: Settings) -> dict[str, str]:
    known = {each.name for each in load_checks()}
    levels = (*get_args(Severity), "off")
    for name, level in settings.check.severity.items():
        if name not in known:
            raise SettingsError(
                f"no check named {name}",
                where="[check] severity",
                fix=f"Known: {', '.join(sorted(known))}",
            )
        if level not in levels:
            raise SettingsError(
                f"{level!r} is no severity",
                where="[check] severity",
                fix=f"Use {', '.join(levels)}",
            )
    return settings.check.severity


def _as_severe(found: Iterator[Finding], level: str | None) -> Iterator[Finding]:
    for each in found:
        yield each if level is None else dataclasses.replace(each, severity=cast("Severity", level))
