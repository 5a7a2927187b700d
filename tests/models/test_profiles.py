"""Profiles: told by name or address, and what they change on the wire."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import SettingsError
from chatmill.models.client import ModelClient
from chatmill.models.profiles import PROFILES, UNKNOWN, profile_at, profile_of
from chatmill.models.providers import open_endpoint
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.settings import ProviderSettings, Settings, load_settings
from openai_account import Account
from openai_server import OpenAIServer

ROOT = Path(__file__).parent.parent.parent
KEY = "scripted-key"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://support.openai.azure.com/openai/v1", "azure"),
        ("https://support.services.ai.azure.com/openai/v1", "azure"),
        ("https://api.tokenfactory.nebius.com/v1/", "nebius"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("http://10.0.0.5:8000/v1", "vllm"),
        ("http://127.0.0.1:11434/v1", "ollama"),
        ("http://localhost:8080/v1", "llama.cpp"),
        ("http://localhost:1234/v1", "lmstudio"),
        ("https://example.com:8000/v1", ""),
        ("https://api.openai.com.example.org/v1", ""),
        ("http://[broken/v1", ""),
        ("", ""),
    ],
)
def test_address_tells_the_profile(base_url: str, name: str) -> None:
    """Known hosts and the usual ports tell; a look-alike host does not."""
    assert profile_at(base_url).name == name


def test_named_profile_wins_and_unknown_names_are_refused() -> None:
    """`profile = …` counts for any address; a misspelt one is said with what there is."""
    settings = ProviderSettings(profile="vllm", base_url="http://127.0.0.1:11434/v1")
    assert profile_of(settings) is PROFILES["vllm"]
    assert profile_of(ProviderSettings(base_url="http://10.0.0.5:9/v1")) is UNKNOWN
    with pytest.raises(SettingsError, match="opena"):
        profile_of(ProviderSettings(profile="opena"))


def test_profile_fills_address_and_key_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`profile = "openai"` is enough; the key it needs is named when it is missing."""
    settings = Settings(providers={"mine": ProviderSettings(profile="openai", trusted=True)})
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        open_endpoint("mine", settings)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    endpoint = open_endpoint("mine", settings)
    assert (endpoint.base_url, endpoint.api_key) == ("https://api.openai.com/v1", KEY)
    assert KEY not in repr(endpoint)


def test_account_can_be_listed_without_a_section(monkeypatch: pytest.MonkeyPatch) -> None:
    """`chatmill rescue openai` needs only the key; chats need a section, masked unless trusted."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert open_endpoint("openai", Settings(), is_read_only=True).profile is PROFILES["openai"]
    with pytest.raises(SettingsError, match="no provider openai"):
        open_endpoint("openai", Settings())
    untrusted = Settings(providers={"openai": ProviderSettings(profile="openai")})
    assert open_endpoint("openai", untrusted).privacy is not None
    trusted = Settings(providers={"openai": ProviderSettings(profile="openai", trusted=True)})
    assert open_endpoint("openai", trusted).privacy is None


def test_azure_is_spoken_to_as_it_wants(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key in `api-key`, api-version, the deployment's name, and training files with a BOM."""
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    account = Account.mounted(server)
    azure = ProviderSettings(
        profile="azure",
        base_url=server.base_url,
        trusted=True,
        api_version="preview",
        deployments={"gpt-4.1-mini.ft-1": "support-bot"},
    )
    training = tmp_path / "train.jsonl"
    training.write_text('{"messages": []}\n', encoding="utf-8")
    request = ChatRequest(
        model="gpt-4.1-mini.ft-1",
        messages=(ChatMessage(role="user", content="안녕하세요"),),
        max_tokens=9,
    )
    with ModelClient.for_provider("azure", Settings(providers={"azure": azure})) as client:
        client.chat_many([request], stage="test", database=None)
        file_id = client.upload_file(training)
        list(client.chat_stream(request))
    assert [each.body["model"] for each in server.seen("/chat/completions")] == ["support-bot"] * 2
    assert {each.headers.get("api-key") for each in server.requests} == {KEY}
    assert {each.query.get("api-version") for each in server.requests} == {"preview"}
    assert account.contents[file_id] == b'\xef\xbb\xbf{"messages": []}\n'


def test_others_send_the_key_as_the_protocol_says(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Authorization: Bearer`, no api-key, no BOM."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    account = Account.mounted(server)
    settings = ProviderSettings(profile="openai", base_url=server.base_url, trusted=True)
    training = tmp_path / "train.jsonl"
    training.write_bytes(b"{}\n")
    with ModelClient.for_provider("mine", Settings(providers={"mine": settings})) as client:
        file_id = client.upload_file(training)
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "api-key" not in request.headers
    assert account.contents[file_id] == b"{}\n"


@pytest.mark.parametrize("name", PROFILES)
def test_set_up_of_every_profile_is_documented_and_valid(name: str, tmp_path: Path) -> None:
    """docs/models.md shows each profile's lines, and they are a chatmill.toml."""
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```toml\n")[1:]]
    [block] = [each for each in blocks if f'profile = "{name}"' in each]
    path = tmp_path / "chatmill.toml"
    path.write_text(block, encoding="utf-8")
    providers = load_settings(path, environ={}).providers
    [section] = providers.values()
    profile = profile_of(section)
    assert profile.name == name
    assert section.base_url or profile.base_url
    if section.base_url:
        bare = replace(section, profile="")
        assert profile_of(bare).name == name
