"""Signing in over HTTP and in a browser: slowed, unforgeable, behind TLS, and nothing executed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from chatmill.errors import StorageError, UsageError
from chatmill.stages import users
from chatmill.web.app import make_review_server
from chatmill.web.auth import Hosts
from review_room import make_room
from review_server import RunningReview, running_review

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody
CHROMIUM = "/usr/bin/chromium"
XSS = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room of one admin."""
    with make_room(tmp_path / "room") as project:
        users.create_user(project, "kim", PASSWORD, actor="test")
        with running_review(project) as running:
            yield running


def try_in(running: RunningReview, password: str, **headers: str) -> httpx2.Response:
    """Try to sign in as kim."""
    body = {"name": "kim", "password": password}
    return httpx2.post(f"{running.address}/api/v1/session", json=body, headers=headers)


def test_failures_are_slowed_down(team: RunningReview) -> None:
    """The sixth try waits, even with the right password; nobody learns who exists."""
    replies = [try_in(team, "wrong wrong wrong") for _ in range(6)]
    assert [each.status_code for each in replies] == [422] * 5 + [429]
    assert int(replies[-1].headers["retry-after"]) >= 1
    body = {"name": "nobody", "password": "wrong wrong wrong"}
    nobody = httpx2.post(f"{team.address}/api/v1/session", json=body)
    assert nobody.json() == replies[0].json()
    assert "set-cookie" not in replies[-1].headers


def test_another_site_cannot_sign_somebody_in(team: RunningReview) -> None:
    """A form of another page, with somebody else's account, must not become our session."""
    assert try_in(team, PASSWORD).status_code == 200
    assert try_in(team, PASSWORD, origin="https://evil.example").status_code == 403
    assert try_in(team, PASSWORD, **{"sec-fetch-site": "cross-site"}).status_code == 403
    form = httpx2.post(f"{team.address}/api/v1/session", data={"name": "kim", "password": PASSWORD})
    assert form.status_code == 415
    plain = httpx2.post(
        f"{team.address}/api/v1/session",
        content=f'{{"name": "kim", "password": "{PASSWORD}"}}'.encode(),
        headers={"content-type": "text/plain"},
    )
    assert plain.status_code == 415
    for answer in (form, plain):
        assert "set-cookie" not in answer.headers


def test_no_page_before_the_door_tells_anything(team: RunningReview) -> None:
    """Strangers see a form, and neither the project's name nor who is in it."""
    for path in ("/", "/users", "/examples/e0000000", "/invitation", "/nothing"):
        page = httpx2.get(f"{team.address}{path}")
        assert page.status_code == (200 if path == "/invitation" else 401)
        assert "room" not in page.text
        assert "kim" not in page.text
    link = httpx2.get(f"{team.address}{team.link.removeprefix(team.address)}")
    assert "set-cookie" not in link.headers


def test_signing_out_voids_the_cookie(team: RunningReview) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    client = team.client_of("kim", PASSWORD)
    copy = dict(client.cookies)
    assert client.post("/api/v1/session/end", json={}).status_code == 200
    assert httpx2.get(f"{team.address}/api/v1/me", cookies=copy).status_code == 401


def test_behind_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    """With a public address by HTTPS the cookie never travels unencrypted, nor to a subdomain."""
    with make_room(tmp_path / "room") as project:
        users.create_user(project, "kim", PASSWORD, actor="test")
        chosen = replace(project.settings.review, public_url="https://review.example.com")
        project.settings = replace(project.settings, review=chosen)
        with running_review(project) as running:
            assert running.link == "https://review.example.com"
            signed = try_in(running, PASSWORD, host="review.example.com")
            cookie = signed.headers["set-cookie"]
            assert cookie.startswith("__Host-chatmill_")
            assert re.search(r";\s*secure", cookie, re.IGNORECASE)
            assert "max-age" in signed.headers["strict-transport-security"]
            own = try_in(
                running, PASSWORD, host="review.example.com", origin="https://review.example.com"
            )
            assert own.status_code == 200


def test_a_public_address_needs_users(tmp_path: Path) -> None:
    """Neither a public host nor a public name in front of this machine goes without."""
    with make_room(tmp_path / "room") as project:
        for host in ("0.0.0.0", "::", "192.0.2.1", "review.example.com"):  # noqa: S104 - refused
            with pytest.raises(UsageError, match="chatmill users create"):
                make_review_server(project, host=host, port=0, reviewer="kim")
        chosen = replace(project.settings.review, public_url="https://review.example.com")
        project.settings = replace(project.settings, review=chosen)
        with pytest.raises(UsageError, match="chatmill users create"):
            make_review_server(project, port=0, reviewer="kim")
        users.create_user(project, "kim", PASSWORD, actor="test")
        with pytest.raises(StorageError, match="--host"):
            make_review_server(project, host="192.0.2.1", port=0, reviewer="kim")


@pytest.mark.parametrize(
    ("host", "is_us"),
    [
        ("127.0.0.1:7317", True),
        ("192.0.2.9:7317", True),
        ("[2001:db8::1]:7317", True),
        ("192.0.2.9:7318", False),
        ("192.0.2.9", False),
        ("evil.example:7317", False),
        ("", False),
    ],
)
def test_names_of_others_are_not_ours(host: str, is_us: bool) -> None:  # noqa: FBT001 - a case
    """On every address a number is us; a name could be pointed at us by anybody."""
    hosts = Hosts(names=frozenset({"127.0.0.1:7317"}), any_address_port=7317)
    assert hosts.know(host) == is_us
    assert not Hosts(names=frozenset()).know(host)


def test_a_cookie_jar_gone_wrong_is_nobody(team: RunningReview) -> None:
    """Odd headers are a stranger's, never an error."""
    for headers in (
        {"cookie": 'a="; =;;'},
        {"authorization": "Bearer"},
        {"authorization": "Basic a2ltOmtpbQ=="},
        {"cookie": "chatmill_="},
    ):
        assert httpx2.get(f"{team.address}/api/v1/me", headers=headers).status_code == 401


@pytest.mark.browser
def test_in_a_browser_names_are_only_text(team: RunningReview) -> None:
    """Sign in, invite somebody whose name is markup, take the invitation, sign out."""
    with sync_playwright() as playwright:
        path = CHROMIUM if Path(CHROMIUM).exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(locale="en-US").new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(f"{team.address}/users")
        page.fill("[name=name]", "kim")
        page.fill("[name=password]", "wrong wrong")
        page.click("button")
        expect(page.locator(".refusal")).to_contain_text("do not go together")
        page.fill("[name=password]", PASSWORD)
        page.click("button")
        expect(page.locator("#team")).to_contain_text("kim")
        page.fill("#invite [name=name]", XSS)
        page.click("#invite button")
        expect(page.locator("#team td", has_text=XSS)).to_be_visible()
        link = page.input_value("#invited-link")
        assert page.locator("#team img, #audit img").count() == 0
        guest = browser.new_context(locale="ko-KR").new_page()
        guest.on("pageerror", lambda error: troubles.append(str(error)))
        guest.goto(link)
        expect(guest.locator("#invitation")).to_be_visible()
        assert "#" not in guest.url
        guest.fill("[name=password]", PASSWORD)
        guest.fill("[name=again]", PASSWORD)
        guest.click("button")
        expect(guest.locator(".reviewer")).to_have_text(XSS)
        guest.goto(f"{team.address}/users")
        expect(guest.locator(".alone")).to_be_visible()
        guest.goto(f"{team.address}/account")
        expect(guest.locator("#accesses")).to_contain_text("Chrom")
        guest.click("#sign-out")
        expect(guest.locator("#sign-in")).to_be_visible()
        assert "owned" not in {page.title(), guest.title()}
        browser.close()
    assert troubles == []
    assert {each.name for each in users.list_users(team.project)} == {"kim", XSS}
