"""Builds the checks of a lazy table, and those other packages bring."""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any


def load_plugs(addresses: Mapping[str, str], group: str) -> list[Any]:
    """Import and build every plug, ours first, then other packages' by name.

    Args:
        addresses: Name → `module:class`; a name that stands here is not taken from outside.
        group: Entry points of other packages.
    """
    made = []
    for address in addresses.values():
        module, _, attribute = address.partition(":")
        made.append(getattr(importlib.import_module(module), attribute)())
    found = sorted(entry_points(group=group), key=lambda each: each.name)
    return made + [each.load()() for each in found if each.name not in addresses]
