"""Everything private in a text, without overlaps."""

from collections.abc import Callable, Collection, Iterator

from chatmill.text.masking.addresses import find_addresses
from chatmill.text.masking.numbers import (
    find_accounts,
    find_businesses,
    find_cards,
    find_ibans,
    find_phones,
    find_residents,
)
from chatmill.text.masking.people import Room, find_names
from chatmill.text.masking.presidio import find_with_presidio
from chatmill.text.masking.secrets import (
    find_emails,
    find_ips,
    find_keys,
    find_licences,
    find_macs,
    find_passwords,
    find_serials,
)
from chatmill.text.masking.spans import PrivateSpan

_FINDERS: dict[str, Callable[[str], Iterator[PrivateSpan]]] = {
    "email": find_emails,
    "key": find_keys,
    "password": find_passwords,
    "iban": find_ibans,
    "address": find_addresses,
    "resident": find_residents,
    "card": find_cards,
    "business": find_businesses,
    "account": find_accounts,
    "licence": find_licences,
    "serial": find_serials,
    "mac": find_macs,
    "ip": find_ips,
    "phone": find_phones,
}
"""In the order in which they take what two of them find."""
_NEEDS_DIGIT = frozenset(_FINDERS) - {"email", "password", "key"}


def find_private(
    text: str,
    kinds: Collection[str],
    room: Room | None = None,
    keep: Collection[str] = (),
    *,
    with_presidio: bool = False,
) -> tuple[PrivateSpan, ...]:
    """Find personal and secret data.

    Args:
        text: Of a message or a part of an example.
        kinds: Kinds to look for, see `settings.PRIVATE_KINDS`.
        room: The people of the conversation.
        keep: Words that are never private.
        with_presidio: Ask Presidio for what the rules here did not find.

    Returns:
        Spans in order, without overlaps.

    Raises:
        MissingExtraError: Presidio is asked for and not installed.
    """
    found: list[PrivateSpan] = []
    taken = bytearray(len(text))
    has_digit = any(map(str.isdigit, text))
    for kind, finder in _FINDERS.items():
        if kind in kinds and (has_digit or kind not in _NEEDS_DIGIT):
            _take(finder(text), found, taken)
    if "name" in kinds:
        if room is not None:
            _take(room.find(text), found, taken)
        _take(find_names(text), found, taken)
    if with_presidio:
        others = (each for each in find_with_presidio(text) if each.kind in kinds)
        _take(others, found, taken)
    kept = {each.casefold() for each in keep}
    if kept:
        found = [each for each in found if text[each.start : each.end].casefold() not in kept]
    return tuple(sorted(found, key=lambda each: each.start))


def _take(spans: Iterator[PrivateSpan], found: list[PrivateSpan], taken: bytearray) -> None:
    """Take the spans that share no letter with one taken before."""
    for span in spans:
        if span.end > span.start and taken.find(1, span.start, span.end) < 0:
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            found.append(span)
