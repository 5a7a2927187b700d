"""The team: names, passwords, roles, invitations and tokens, and nobody in who should not be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import TooManyTriesError, UsageError
from chatmill.project import Project
from chatmill.stages import users
from chatmill.stages.users import passwords
from chatmill.store.tables import metadata
from chatmill.store.users import read_audit

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Iterator[Project]:
    """A new project, once on each database we know."""
    with Project.create(tmp_path / "room") as made:
        store = replace(made.settings.store, url=database_url)
        made.settings = replace(made.settings, store=store)
        yield made


def test_the_first_is_an_admin_and_names_are_nobody_elses(project: Project) -> None:
    """A capital, a wide letter or another composition of Hangul makes no second person."""
    first = users.create_user(project, "김하늘", PASSWORD, actor="cli")
    second = users.create_user(project, "Mina Park", PASSWORD, actor="cli")
    assert (first.role, second.role) == ("admin", "reviewer")
    decomposed = "\u1100\u1175\u11b7\u1112\u1161\u1102\u1173\u11af"
    for taken in ("mina  park", "ＭＩＮＡ park", decomposed):
        with pytest.raises(UsageError, match="already"):
            users.create_user(project, taken, PASSWORD, actor="cli")
    for bad in ("", " ", "a\x00b", "x" * 65, "a\u202eb"):
        with pytest.raises(UsageError, match="name has 1 to 64"):
            users.create_user(project, bad, PASSWORD, actor="cli")


def test_no_secret_is_in_the_database(project: Project) -> None:
    """Passwords, session secrets, tokens and invitations are stored as hashes only."""
    users.create_user(project, "kim", PASSWORD, actor="cli")
    secrets = [
        PASSWORD,
        users.sign_in(project, "Kim", PASSWORD, place="::1").secret,
        users.create_token(project, "kim", name="ci", role="reader", days=1),
        users.invite_user(project, "lee", actor="kim").secret,
    ]
    with project.database.read() as connection:
        rows = [
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(table.select())
        ]
    assert rows
    assert not any(secret in row for secret in secrets for row in rows)
    assert any("$argon2id$" in row for row in rows)


def test_a_session_ends_at_once_wherever_it_is(project: Project) -> None:
    """Signing out, being disabled, a new password and a revocation each end it."""
    users.create_user(project, "kim", PASSWORD, actor="cli")
    users.create_user(project, "lee", PASSWORD, actor="cli")

    def enter() -> str:
        return users.sign_in(project, "lee", PASSWORD, place="::1").secret

    def is_in(secret: str) -> bool:
        return users.visitor_of(project, secret, is_token=False) is not None

    first, second = enter(), enter()
    visitor = users.visitor_of(project, first, is_token=False)
    assert visitor is not None
    users.sign_out(project, visitor.credential_id)
    assert not is_in(first)
    assert is_in(second)
    users.change_user(project, "lee", actor="kim", is_disabled=True)
    assert not is_in(second)
    with pytest.raises(UsageError, match="do not go together"):
        enter()
    users.change_user(project, "lee", actor="kim", is_disabled=False)
    third, fourth = enter(), enter()
    (newest, oldest) = users.list_accesses(project, "lee")
    assert users.revoke(project, "lee", actor="kim", access_id=oldest.id) == 1
    assert [is_in(third), is_in(fourth)] == [False, True]
    users.change_own_password(
        project, "lee", old=PASSWORD, new=PASSWORD * 2, place="::1", session_id=newest.id
    )
    assert is_in(fourth)
    with pytest.raises(UsageError, match="do not go together"):
        enter()
    actions = [each.action for each in read_audit(project.database)]
    assert actions.count("is_disabled") == 2
    assert {"create", "sign in", "revoke", "password"} <= set(actions)


def test_an_invitation_works_once_and_resets_a_password(project: Project) -> None:
    """The invited person chooses the password; the link in somebody's inbox is then worthless."""
    users.create_user(project, "kim", PASSWORD, actor="cli")
    invited = users.invite_user(project, "lee", actor="kim", role="reader")
    assert invited.user.state == "invited"
    again = users.invite_user(project, "lee", actor="kim")
    with pytest.raises(UsageError, match="over"):
        users.accept_invitation(project, invited.secret, PASSWORD)
    with pytest.raises(UsageError, match="at least"):
        users.accept_invitation(project, again.secret, "short")
    made = users.accept_invitation(project, again.secret, PASSWORD)
    assert (made.name, made.role, made.state) == ("lee", "reader", "active")
    for secret in (again.secret, "", "nonsense"):
        with pytest.raises(UsageError, match="over"):
            users.accept_invitation(project, secret, PASSWORD)
    assert users.sign_in(project, "lee", PASSWORD, place="::1").name == "lee"


def test_a_token_may_less_than_its_owner_and_never_unmasks(project: Project) -> None:
    """A leaked token of an admin made for reading only reads."""
    users.create_user(project, "kim", PASSWORD, actor="cli", may_unmask=True)
    token = users.create_token(project, "kim", name="ci", role="reader", days=1)
    visitor = users.visitor_of(project, token, is_token=True)
    assert visitor is not None
    assert (visitor.name, visitor.role, visitor.may_unmask) == ("kim", "reader", False)
    assert users.visitor_of(project, token, is_token=False) is None
    cookie = users.sign_in(project, "kim", PASSWORD, place="::1").secret
    assert users.visitor_of(project, cookie, is_token=True) is None
    ended = users.create_token(project, "kim", name="old", role="admin", days=-1)
    assert users.visitor_of(project, ended, is_token=True) is None


def test_the_last_admin_stays(project: Project) -> None:
    """Nobody can lock the whole team out of looking after itself."""
    users.create_user(project, "kim", PASSWORD, actor="cli")
    users.create_user(project, "lee", PASSWORD, actor="cli")
    with pytest.raises(UsageError, match="only admin"):
        users.change_user(project, "kim", actor="kim", role="reviewer")
    with pytest.raises(UsageError, match="only admin"):
        users.change_user(project, "kim", actor="kim", is_disabled=True)
    users.change_user(project, "lee", actor="kim", role="admin")
    assert users.change_user(project, "kim", actor="lee", role="reader").role == "reader"


def test_tries_are_slowed_down_but_nobody_is_locked_out_by_strangers(project: Project) -> None:
    """From one place a name is tried five times; its owner elsewhere still comes in."""
    users.create_user(project, "kim", PASSWORD, actor="cli")
    for _ in range(5):
        with pytest.raises(UsageError, match="do not go together"):
            users.sign_in(project, "kim", "wrong", place="203.0.113.7")
    with pytest.raises(TooManyTriesError):
        users.sign_in(project, "kim", PASSWORD, place="203.0.113.7")
    assert users.sign_in(project, "kim", PASSWORD, place="198.51.100.1").name == "kim"


def test_a_link_opens_nothing_once_there_are_users(project: Project) -> None:
    """The visitor without a name is no way around the roles."""
    secret = users.open_link_session(project, "kim")
    visitor = users.visitor_of(project, secret, is_token=False)
    assert visitor is not None
    assert visitor.is_alone
    users.create_user(project, "kim", PASSWORD, actor="cli")
    assert users.visitor_of(project, secret, is_token=False) is None


def test_a_password_is_the_same_whatever_keyboard_typed_it() -> None:
    """One system decomposes Hangul, another composes it."""
    stored = passwords.hash_password("한글 비밀번호 여덟 자")
    assert passwords.fits(stored, "한글 비밀번호 여덟 자")
    assert passwords.fits(stored, "\u1112\u1161\u11ab글 비밀번호 여덟 자")
    assert not passwords.fits(stored, "한글 비밀번호 아홉 자")
    assert not passwords.fits("", "the password of nobody")
