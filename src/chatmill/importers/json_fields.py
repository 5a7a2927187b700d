"""Takes fields out of untrusted JSON: what is of another type than expected counts as absent."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


def words(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    """Return a text; empty for anything else."""
    return value if isinstance(value, str) else ""


def name_of(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    """Return an id as text: platforms write them as text or whole numbers; empty for others."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:  # thousands of digits
            return ""
    return words(value)


def fields(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - whatever stands in the file
    """Return an object's fields; none for anything else."""
    return value if isinstance(value, dict) else _NO_FIELDS


def entries(value: Any) -> Sequence[Any]:  # noqa: ANN401 - whatever stands in the file
    """Return a list's entries; none for anything else."""
    return value if isinstance(value, list) else ()
