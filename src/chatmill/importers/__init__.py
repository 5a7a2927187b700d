"""Importers turn a file into conversations; a file's format is told by its content.

To add one, in three steps:

1. Write `importers/NAME.py` with a class that follows `base.Importer`.
2. Add its line to `IMPORTERS` below (a package outside this one names it under the entry points
   `chatmill.importers` instead).
3. Add `tests/importers/test_NAME.py` and a section to `docs/import.md`; the contract test in
   `tests/importers/test_importers.py` runs over the whole table by itself.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import cast

from chatmill.errors import UnknownFormatError, UsageError
from chatmill.importers.base import ExportFile, Importer
from chatmill.importers.decoding import require_text

IMPORTERS: Mapping[str, str] = MappingProxyType(
    {
        "chat_jsonl": "chatmill.importers.chat_jsonl:ChatJsonlImporter",
        "discord": "chatmill.importers.discord:DiscordImporter",
        "discourse": "chatmill.importers.discourse:DiscourseImporter",
        "document": "chatmill.importers.documents:DocumentImporter",
        "github": "chatmill.importers.github:GitHubImporter",
        "gitter": "chatmill.importers.gitter:GitterImporter",
        "irc": "chatmill.importers.irc:IrcImporter",
        "instagram": "chatmill.importers.instagram:InstagramImporter",
        "intercom": "chatmill.importers.intercom:IntercomImporter",
        "jsonl": "chatmill.importers.jsonl:JsonlImporter",
        "kakaotalk": "chatmill.importers.kakaotalk:KakaoTalkImporter",
        "mail": "chatmill.importers.mail:MailImporter",
        "qa": "chatmill.importers.qa:QaImporter",
        "slack": "chatmill.importers.slack:SlackImporter",
        "telegram": "chatmill.importers.telegram:TelegramImporter",
        "table": "chatmill.importers.tables:TableImporter",
        "transcript": "chatmill.importers.transcript:TranscriptImporter",
        "whatsapp": "chatmill.importers.whatsapp:WhatsAppImporter",
        "zendesk": "chatmill.importers.zendesk:ZendeskImporter",
    }
)
"""Name → `module:class`, imported when first used."""
GROUP = "chatmill.importers"
"""Entry points of importers from other packages."""
LEAST_SCORE = 0.3
"""An importer less sure than this does not know the file."""


def importer_names() -> list[str]:
    """Name every importer: our own in the table's order, then those of other packages."""
    return [*IMPORTERS, *(name for name in _foreign() if name not in IMPORTERS)]


def load_importer(name: str) -> Importer:
    """Load an importer by its name.

    Raises:
        UsageError: There is none of this name, or it cannot be loaded.
    """
    if name in IMPORTERS:
        module, _, attribute = IMPORTERS[name].partition(":")
        return cast("Importer", getattr(import_module(module), attribute)())
    point = _foreign().get(name)
    if point is None:
        raise UsageError(
            f"no importer {name!r}", where="--format", fix=f"Known: {', '.join(importer_names())}"
        )
    try:
        return cast("Importer", point.load()())
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"importer {name!r} cannot be loaded: {error}",
            where=point.value,
            fix="Update or uninstall the package it comes from",
        ) from error


def detect_importer(file: ExportFile) -> Importer:
    """Choose the importer that is surest of a file.

    Raises:
        UnknownFormatError: None recognises it; says which were tried.
        UnreadableFileError: None recognises it, and it is no text.
    """
    candidates = [load_importer(name) for name in importer_names()]
    best = max(candidates, key=lambda importer: importer.score(file))
    if best.score(file) < LEAST_SCORE:
        require_text(file)
        raise UnknownFormatError(
            f"no importer recognises it (tried {', '.join(importer_names())})",
            where=file.name,
            fix="Name its format with --format, or see docs/import.md for what can be read",
        )
    return best


def _foreign() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
