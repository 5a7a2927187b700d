"""Names and roles: what a person is called, and what a role is."""

import unicodedata
from typing import Literal, get_args

from chatmill.errors import UsageError
from chatmill.store.double_reviews import POLICIES

Role = Literal["reader", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what the ones before it may: look, decide, look after the project and its people."""
MAX_NAME = 64


def written_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        UsageError: It is no name.
    """
    written = " ".join(unicodedata.normalize("NFC", name).split())
    if not written or len(written) > MAX_NAME or not written.isprintable():
        raise UsageError(
            f"a name has 1 to {MAX_NAME} printable characters",
            where=repr(name[:MAX_NAME]),
            fix="Choose one",
        )
    if unicodedata.normalize("NFKC", written).casefold() in POLICIES:
        raise UsageError(
            f"{written!r} is a name chatmill decides under", where="name", fix="Choose another"
        )
    return written


def name_key(name: str) -> str:
    """Fold a name, so that nobody can pass for somebody else by a capital or a wide letter.

    Raises:
        UsageError: It is no name.
    """
    return unicodedata.normalize("NFKC", written_name(name)).casefold()
