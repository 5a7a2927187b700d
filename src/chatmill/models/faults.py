"""How one try of a call can fail, whatever it was sent with."""

from collections.abc import Mapping

import httpx2
import openai

ERROR_TEXT_CHARACTERS = 300
UNAUTHORISED = frozenset({401, 403})
NO_ROOM = frozenset({408, 429, 503, 529})
"""The server says that it is asked for too much; it may say so of any single call."""
NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of a 429 that no waiting mends."""


class TryError(Exception):
    """One try failed."""


class StatusError(TryError):
    """The server answered with an error.

    Args:
        status: HTTP status.
        headers: Of the response.
        words: What the server says, in one short line.
        code: The error's code in the protocol; empty where there is none.
    """

    def __init__(self, status: int, headers: Mapping[str, str], words: str, code: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status
        self.headers = headers
        self.words = words
        self.code = code


class LostError(TryError):
    """No answer, or only a part of one.

    Args:
        reason: What the connection says.
        is_connect: There was no connection to begin with.
    """

    def __init__(self, reason: str, *, is_connect: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_connect = is_connect


class LateError(TryError):
    """No complete answer in time."""


def from_sdk(error: openai.APIError | httpx2.HTTPError) -> TryError:
    """Translate what the SDK raised."""
    if isinstance(error, openai.APIStatusError):
        body = error.body
        text = error.response.text or error.response.reason_phrase
        return StatusError(
            error.status_code, error.response.headers, words_of(body, text), code_of(body)
        )
    if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException)):
        return LateError(str(error))
    cause = error.__cause__ or error
    reason = str(cause) or type(cause).__name__
    return LostError(reason, is_connect=isinstance(cause, httpx2.ConnectError))


def words_of(body: object, text: str) -> str:
    """Return what the server says about an error, in one short line."""
    said = _error(body).get("message")
    return " ".join((said if isinstance(said, str) else text).split())[:ERROR_TEXT_CHARACTERS]


def code_of(body: object) -> str:
    """Return the error's code in the protocol; empty where there is none."""
    code = _error(body).get("code")
    return code if isinstance(code, str) else ""


def _error(body: object) -> dict[str, object]:
    """Find the error object: the SDK unwraps it, the wire does not."""
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body
