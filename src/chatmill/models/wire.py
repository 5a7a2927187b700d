"""Chat requests over the wire with little work a call: many thousands go out in one run.

Everything else goes through the official SDK. A chat costs the SDK about 2 ms of processor time,
here it is a fifth of that (docs/decisions/model-calls.md); headers and address are the SDK's own.
"""

import contextlib
import ipaddress
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai

from chatmill.models.faults import LostError, StatusError, code_of, words_of
from chatmill.models.providers import Endpoint

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 60.0
FIRST_ERROR_STATUS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """A successful response, read to its end."""

    headers: Mapping[str, str]
    content: bytes


class Wire:
    """Posts JSON to one server over connections that are used again.

    Args:
        endpoint: The server.
        sdk: Knows the address and the headers.
        http: Sends over HTTP/2, where the provider's settings ask for it.
    """

    def __init__(
        self, endpoint: Endpoint, sdk: openai.AsyncOpenAI, http: httpx2.AsyncClient
    ) -> None:
        self._endpoint = endpoint
        self._sdk = sdk
        self._http = http
        self._urls: dict[str, str] = {}
        named = {**sdk.default_headers, **sdk.auth_headers}
        self._headers = {name: text for name, text in named.items() if isinstance(text, str)}
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, content: bytes) -> WireAnswer:
        """Send one request and read the whole answer.

        Args:
            path: Below the base URL, `chat/completions`.
            content: JSON.

        Raises:
            StatusError: The server answered with an error.
            LostError: The connection failed, or broke before the end.
        """
        url = self._urls.get(path)
        if url is None:
            address = self._sdk.base_url.join(path).copy_merge_params(self._endpoint.query)
            url = self._urls[path] = str(address)
        if self._endpoint.limits.http2:
            return await self._post_http2(url, content)
        async with self._lost_connections():
            session = self._session or self._open()
            async with session.post(url, data=content, headers=self._headers) as response:
                body = await response.read()
                return _checked(response.status, response.headers, body)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post_http2(self, url: str, content: bytes) -> WireAnswer:
        async with self._lost_connections():
            response = await self._http.post(url, content=content, headers=self._headers)
            return _checked(response.status_code, response.headers, response.content)

    def _open(self) -> aiohttp.ClientSession:
        base_url = self._endpoint.base_url
        trust_env = not is_loopback(base_url)
        is_encrypted = base_url.startswith("https")
        tls = httpx2.create_ssl_context() if is_encrypted else False
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=tls or True
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=trust_env,
        )
        return self._session

    @contextlib.asynccontextmanager
    async def _lost_connections(self) -> AsyncIterator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorError, httpx2.ConnectError) as error:
            raise LostError(str(error), is_connect=True) from error
        except (aiohttp.ClientError, httpx2.HTTPError, ConnectionError) as error:
            raise LostError(str(error) or type(error).__name__) from error


def is_loopback(base_url: str) -> bool:
    """Say whether an address is this machine's own, which no proxy can reach."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _checked(status: int, headers: Mapping[str, str], body: bytes) -> WireAnswer:
    if status < FIRST_ERROR_STATUS:
        return WireAnswer(headers=headers, content=body)
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    raise StatusError(
        status, headers, words_of(said, body.decode("utf-8", "replace")), code_of(said)
    )
