"""The table of checks, and running all of them over one example."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast, get_args

from chatmill.checks.base import Check, Checked, cited_messages, kinds_of
from chatmill.checks.plugs import load_plugs
from chatmill.errors import SettingsError
from chatmill.records import Conversation, Example, Finding, Severity
from chatmill.settings import Settings

ENTRY_POINTS = "chatmill.checks"
CHECKS: dict[str, str] = {
    "format": "chatmill.checks.format:FormatCheck",
    "grounding": "chatmill.checks.grounding:GroundingCheck",
    "odd": "chatmill.checks.odd.check:OddCheck",
    "personal": "chatmill.checks.personal:PersonalCheck",
}
CORPUS_NAMES: dict[str, str] = {
    "judge": "A chat model says that the source does not support it",
    "duplicates": "Examples that ask the same",
    "conflicts": "The same question answered differently",
    "leakage": "A held-out question that is trained on",
    "coverage": "Topics; makes no findings",
}
"""Findings made by the stage itself (`stages/check`), which have a severity too."""
_LEVELS = (*get_args(Severity), "off")
_ORDER = {severity: place for place, severity in enumerate(get_args(Severity))}


@lru_cache(maxsize=1)
def load_checks() -> tuple[Check, ...]:
    """Import and build every check, ours first, then other packages'."""
    return tuple(load_plugs(CHECKS, ENTRY_POINTS))


def example_fingerprint(example: Example, conversation: Conversation, settings: Settings) -> str:
    """Digest everything findings depend on: words, citations, cited messages, checks, settings."""
    cited = cited_messages(example)
    parts = (
        example.id,
        example.system,
        repr(example.turns),
        repr([(m.id, m.text) for m in conversation.messages if m.id in cited]),
        ",".join(f"{each.name}={each.version}" for each in load_checks()),
        repr((settings.check.max_example_tokens, sorted(settings.check.severity.items()))),
        repr((settings.project.language, settings.project.products, settings.privacy)),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def check_example(
    example: Example, conversation: Conversation, settings: Settings
) -> list[Finding]:
    """Run every check over one example, as it stands; no store is needed.

    Args:
        example: Stored or just edited.
        conversation: The one its citations point into.
        settings: `[check]` says how severe each finding is and how long an example may be.

    Returns:
        Findings, errors first, then in the order of the text.

    Raises:
        SettingsError: `[check] severity` names an unknown check, kind or severity.
    """
    checked = Checked(example=example, conversation=conversation, settings=settings)
    levels = require_severities(settings)
    found = [
        each
        for check in load_checks()
        if not _is_off(check, levels)
        for each in as_severe(check.check(checked), levels)
    ]
    return sorted(found, key=lambda each: (_ORDER[each.severity], each.field, each.start))


def finding_names() -> dict[str, str]:
    """Return every name `[check] severity` may hold (`odd`, `odd.image`) → what it finds."""
    names: dict[str, str] = {}
    for check in load_checks():
        names[check.name] = " ".join((type(check).__doc__ or "").split("\n")[0].split())
        names |= {f"{check.name}.{kind}": what for kind, what in kinds_of(check).items()}
    return names | CORPUS_NAMES


def require_severities(settings: Settings) -> Mapping[str, str]:
    """Return `[check] severity`, which names a check or one of its kinds → severity or `off`.

    Raises:
        SettingsError: It names an unknown check, kind or severity.
    """
    levels = settings.check.severity
    for name, level in levels.items():
        known = finding_names()
        if name not in known:
            near = [each for each in known if each.startswith(f"{name.partition('.')[0]}.")]
            raise SettingsError(
                f"no check named {name}",
                where="[check] severity",
                fix=f"Known: {', '.join(near or sorted({n.partition('.')[0] for n in known}))}",
            )
        if level not in _LEVELS:
            raise SettingsError(
                f"{level!r} is no severity",
                where="[check] severity",
                fix=f"Use {', '.join(_LEVELS)}",
            )
    return levels


def as_severe(found: Iterable[Finding], levels: Mapping[str, str]) -> Iterator[Finding]:
    """Give findings the severity somebody set; a kind's counts before its check's."""
    for each in found:
        level = levels.get(each.check) or levels.get(each.check.partition(".")[0])
        if level is None or level == each.severity:
            yield each
        elif level != "off":
            yield dataclasses.replace(each, severity=cast("Severity", level))


def _is_off(check: Check, levels: Mapping[str, str]) -> bool:
    """Tell whether a check need not run: it is off, and no kind of it is on."""
    others = [level for name, level in levels.items() if name.startswith(f"{check.name}.")]
    return levels.get(check.name) == "off" and all(level == "off" for level in others)
