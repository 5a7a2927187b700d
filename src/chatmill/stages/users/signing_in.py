"""Signing in with a password: slowed down by failures, and silent about who exists."""

import hashlib
import time
from dataclasses import dataclass

from chatmill.errors import TooManyTriesError, UsageError
from chatmill.project import Project
from chatmill.stages.users import passwords
from chatmill.stages.users.accounts import change_password
from chatmill.stages.users.credentials import open_session_on
from chatmill.stages.users.names import name_key
from chatmill.store.credentials import failures, forget_failures, note_failure, uncount_failure
from chatmill.store.users import StoredUser, change_user, find_user, write_audit

FIRST_WAIT_SECONDS = 10.0
MAX_WAIT_SECONDS = 900.0
REMEMBERED_SECONDS = 86_400.0
FREE_TRIES = 5
"""Failures of one name from one place that cost no wait; each after them doubles it."""
FREE_TRIES_PLACE = 30
"""The same for all names from one place."""
FREE_TRIES_NAME = 50
"""The same for one name from all places: high, so that strangers cannot lock somebody out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody whose password was right."""

    name: str
    secret: str
    """Of their session."""


def sign_in(
    project: Project, name: str, password: str, *, place: str, browser: str = ""
) -> SignedIn:
    """Open a session by name and password.

    Args:
        project: Where they want in.
        name: As they typed it.
        password: As they typed it.
        place: Address they come from.
        browser: What the session is called in their list.

    Raises:
        UsageError: Name and password do not go together; the same words whoever exists.
        TooManyTriesError: Too many failures; the password was not looked at.
    """
    try:
        key = name_key(name)
    except UsageError:
        key = ""
    counted = _counted(key, place)
    with project.database.read() as connection:
        _require_patience(failures(connection, list(counted)), counted)
        user = find_user(connection, key) if key else None
    # Counted before the slow look, so that tries sent at once are counted too.
    with project.database.write(durable=True) as connection:
        _require_patience(failures(connection, list(counted)), counted)
        note_failure(connection, list(counted), now=time.time())
    is_right = passwords.fits(user.password_hash if user else "", password)
    if user is None or not is_right or user.is_disabled:
        raise UsageError("name and password do not go together", fix="Try again")
    return _opened(project, user, password, keys=list(counted), browser=browser)


def change_own_password(  # noqa: PLR0913 - both passwords, and who asks from where
    project: Project, name: str, *, old: str, new: str, place: str, session_id: str
) -> None:
    """Let somebody choose a new password who knows the old one.

    Args:
        project: Where.
        name: Who.
        old: The password they have.
        new: The one they want.
        place: Address they come from.
        session_id: The session that asks; the others end.

    Raises:
        UsageError: The old one is wrong, or the new one too short.
        TooManyTriesError: Too many failures.
    """
    counted = _counted(name_key(name), place)
    with project.database.write(durable=True) as connection:
        _require_patience(failures(connection, list(counted)), counted)
        note_failure(connection, list(counted), now=time.time())
        user = find_user(connection, name_key(name))
    if user is None or not passwords.fits(user.password_hash, old):
        raise UsageError("the old password is another one", where="old password")
    change_password(project, name, new, actor=user.name, but_session=session_id)
    with project.database.write() as connection:
        uncount_failure(connection, list(counted))


def _opened(
    project: Project, user: StoredUser, password: str, *, keys: list[str], browser: str
) -> SignedIn:
    is_outdated = passwords.is_outdated(user.password_hash)
    rehashed = passwords.hash_password(password) if is_outdated else ""
    with project.database.write(durable=True) as connection:
        if rehashed:
            change_user(connection, user.id, password_hash=rehashed)
        uncount_failure(connection, keys)
        forget_failures(connection, keys=keys[:1], before=time.time() - REMEMBERED_SECONDS)
        secret = open_session_on(connection, project, user.id, browser)
        write_audit(connection, actor=user.name, action="sign in", subject=user.name)
    return SignedIn(name=user.name, secret=secret)


def _counted(key: str, place: str) -> dict[str, int]:
    """Name what failures are counted of, each with its free tries; the first is forgiven.

    Names are hashed: people type their password where the name belongs.
    """
    wanted = {
        f"both\n{key}\n{place}": FREE_TRIES,
        f"place\n{place}": FREE_TRIES_PLACE,
        f"name\n{key}": FREE_TRIES_NAME,
    }
    return {hashlib.sha256(each.encode()).hexdigest(): free for each, free in wanted.items()}


def _require_patience(failed: dict[str, tuple[int, float]], counted: dict[str, int]) -> None:
    now = time.time()
    waits = [
        last_at
        + min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(n_failed - counted[key], 30))
        - now
        for key, (n_failed, last_at) in failed.items()
        if n_failed >= counted[key] and now - last_at < REMEMBERED_SECONDS
    ]
    wait = max(waits, default=0.0)
    if wait > 0:
        raise TooManyTriesError(
            f"too many tries, wait {int(wait) + 1} seconds", wait_seconds=int(wait) + 1
        )
