"""What is known of the servers people use: address, how the key is sent, what they can do."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from chatmill.errors import SettingsError
from chatmill.settings import ProviderSettings

Ability = Literal["yes", "no", "depends on the model", "unknown"]
KeyHeader = Literal["authorization", "api-key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of server; `chatmill doctor --model` tries what is said here."""

    name: str
    """As in `[providers.NAME] profile`; empty for a server nobody described."""
    title: str
    base_url: str = ""
    """Used where the settings name none; empty where everybody has an address of their own."""
    api_key_env: str = ""
    """Variable the key is read from where the settings name none; empty where no key is needed."""
    key_header: KeyHeader = "authorization"
    """`authorization` sends `Authorization: Bearer KEY`, `api-key` sends `api-key: KEY`."""
    hosts: tuple[str, ...] = ()
    """Endings of host names that tell this server."""
    port: int = 0
    """The port it listens on unless told otherwise; 0 where its host name tells."""
    schema: Ability = "unknown"
    """Keeps to a JSON Schema."""
    logprobs: Ability = "unknown"
    embeddings: Ability = "unknown"
    batch: Ability = "unknown"
    batch_price: float = 1.0
    """Price of a call in a batch, as a share of the price of a single one."""
    fine_tuning: Ability = "unknown"
    has_shutdown_dates: bool = False
    """OpenAI's calendar of retirements holds for its models."""
    needs_bom: bool = False
    """Training files must begin with a byte order mark."""
    needs_deployment: bool = False
    """A tuned model answers only after a person has deployed it, under the deployment's name."""


UNKNOWN = Profile(name="", title="a server without a profile")

PROFILES: dict[str, Profile] = {
    each.name: each
    for each in (
        Profile(
            name="openai",
            title="OpenAI",
            base_url="https://api.openai.com/v1",
            api_key_env="OPENAI_API_KEY",
            hosts=("api.openai.com",),
            schema="yes",
            logprobs="depends on the model",
            embeddings="yes",
            batch="yes",
            batch_price=0.5,
            fine_tuning="depends on the model",
            has_shutdown_dates=True,
        ),
        Profile(
            name="azure",
            title="Azure OpenAI (Foundry)",
            api_key_env="AZURE_OPENAI_API_KEY",
            key_header="api-key",
            hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
            schema="yes",
            logprobs="depends on the model",
            embeddings="yes",
            batch="yes",
            batch_price=0.5,
            fine_tuning="depends on the model",
            needs_bom=True,
            needs_deployment=True,
        ),
        Profile(
            name="nebius",
            title="Nebius Token Factory",
            base_url="https://api.tokenfactory.nebius.com/v1",
            api_key_env="NEBIUS_API_KEY",
            hosts=("api.tokenfactory.nebius.com", "api.studio.nebius.com", "api.studio.nebius.ai"),
            schema="depends on the model",
            embeddings="yes",
            fine_tuning="depends on the model",
        ),
        Profile(
            name="openrouter",
            title="OpenRouter",
            base_url="https://openrouter.ai/api/v1",
            api_key_env="OPENROUTER_API_KEY",
            hosts=("openrouter.ai",),
            schema="depends on the model",
            logprobs="depends on the model",
            batch="no",
            fine_tuning="no",
        ),
        Profile(
            name="vllm",
            title="vLLM",
            base_url="http://127.0.0.1:8000/v1",
            port=8000,
            schema="yes",
            logprobs="yes",
            embeddings="depends on the model",
            batch="no",
            fine_tuning="no",
        ),
        Profile(
            name="ollama",
            title="Ollama",
            base_url="http://127.0.0.1:11434/v1",
            port=11434,
            schema="depends on the model",
            logprobs="yes",
            embeddings="depends on the model",
            batch="no",
            fine_tuning="no",
        ),
        Profile(
            name="llama.cpp",
            title="llama.cpp (llama-server)",
            base_url="http://127.0.0.1:8080/v1",
            port=8080,
            schema="yes",
            logprobs="yes",
            embeddings="depends on the model",
            batch="no",
            fine_tuning="no",
        ),
        Profile(
            name="lmstudio",
            title="LM Studio",
            base_url="http://127.0.0.1:1234/v1",
            port=1234,
            schema="depends on the model",
            embeddings="depends on the model",
            batch="no",
            fine_tuning="no",
        ),
    )
}


def profile_of(settings: ProviderSettings, *, where: str = "") -> Profile:
    """Find the profile a provider names, or the one its address tells.

    Args:
        settings: The provider's.
        where: Of the section, for the error.

    Raises:
        SettingsError: It names a profile that does not exist.
    """
    if settings.profile:
        if settings.profile not in PROFILES:
            raise SettingsError(
                f"there is no profile {settings.profile!r}",
                where=where,
                fix=f"Known: {', '.join(PROFILES)}; or leave it out",
            )
        return PROFILES[settings.profile]
    return profile_at(settings.base_url)


def profile_at(base_url: str) -> Profile:
    """Tell a server from its address; UNKNOWN where nothing tells.

    Ports tell only of plain HTTP: a hosted service may listen anywhere.
    """
    try:
        address = urlsplit(base_url)
        host, port = address.hostname or "", address.port
    except ValueError:
        return UNKNOWN
    for profile in PROFILES.values():
        if any(host == known.lstrip(".") or host.endswith(known) for known in profile.hosts):
            return profile
        if address.scheme == "http" and profile.port and port == profile.port:
            return profile
    return UNKNOWN
