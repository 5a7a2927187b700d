"""Passwords: argon2id, a few at a time, and never an answer that tells who exists."""

import unicodedata
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from chatmill.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_CHARACTERS = 10
MAX_CHARACTERS = 200
_AT_ONCE = BoundedSemaphore(2)
"""Each hash takes 64 MiB: so many at a time, whoever knocks."""


def hash_password(password: str) -> str:
    """Return what is stored of a password.

    Raises:
        UsageError: It is too short or too long.
    """
    folded = _folded(password)
    if len(folded) < MIN_CHARACTERS:
        raise UsageError(
            f"a password has at least {MIN_CHARACTERS} characters",
            where="password",
            fix="A few words in a row are easy to remember",
        )
    if len(folded) > MAX_CHARACTERS:
        raise UsageError(f"a password has at most {MAX_CHARACTERS} characters", where="password")
    with _AT_ONCE:
        return _hasher().hash(folded)


def fits(stored: str, password: str) -> bool:
    """Tell whether a password is the one that was stored; takes as long where none was."""
    from argon2.exceptions import VerificationError

    folded = _folded(password)
    if len(folded) > MAX_CHARACTERS:
        return False
    with _AT_ONCE:
        try:
            return _hasher().verify(stored or _nobodys(), folded) and bool(stored)
        except VerificationError:
            return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with weaker parameters than are used now."""
    return _hasher().check_needs_rehash(stored)


def _folded(password: str) -> str:
    """Make the same password of the same keys: macOS and Windows compose Hangul differently."""
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()  # argon2id, the second choice of RFC 9106: 64 MiB, three rounds


@cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody")
