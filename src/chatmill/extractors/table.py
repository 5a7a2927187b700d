"""The table of extractors: ours by name, other packages' by entry point; loaded when used."""

import importlib
from importlib.metadata import entry_points

from chatmill.errors import SettingsError
from chatmill.extractors.base import Extractor

ENTRY_POINTS = "chatmill.extractors"
EXTRACTORS: dict[str, str] = {
    "rules": "chatmill.extractors.rules:RulesExtractor",
    "llm": "chatmill.extractors.llm:LlmExtractor",
}


def extractor_names() -> tuple[str, ...]:
    """Name every extractor, ours first."""
    others = sorted(each.name for each in entry_points(group=ENTRY_POINTS))
    return (*EXTRACTORS, *(name for name in others if name not in EXTRACTORS))


def load_extractor(name: str) -> Extractor:
    """Import and build one extractor.

    Raises:
        SettingsError: There is none of that name.
    """
    if name in EXTRACTORS:
        module, _, attribute = EXTRACTORS[name].partition(":")
        made: Extractor = getattr(importlib.import_module(module), attribute)()
        return made
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            loaded: Extractor = entry.load()()
            return loaded
    raise SettingsError(
        f"no extractor named {name}",
        where="[extract] extractor",
        fix=f"Known: {', '.join(extractor_names())}",
    )
