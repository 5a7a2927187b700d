"""Where calls go: the server of this machine, or one named in chatmill.toml."""

import os
from dataclasses import dataclass, field, replace

from chatmill.errors import SettingsError, UntrustedProviderError
from chatmill.models.profiles import PROFILES, UNKNOWN, Profile, profile_of
from chatmill.models.progress import Progress, no_progress
from chatmill.settings import PrivacySettings, ProviderSettings, Settings

LOCAL = "local"
LOCAL_LIMITS = ProviderSettings(trusted=True, max_concurrency=32, timeout_seconds=900.0)
"""A processor is slow where a hosted service is fast, so a local answer may take its time."""
NO_KEY = "none"
"""Sent where a server wants no key; the SDK insists on one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server, ready to be called."""

    provider: str
    """Its name in settings."""
    base_url: str
    """Up to and including /v1."""
    api_key: str = field(repr=False)
    """Never stored, never printed."""
    identity: str
    """What tells its answers from another server's, in reply keys."""
    limits: ProviderSettings
    profile: Profile = UNKNOWN
    """What is known of servers of its kind."""
    privacy: PrivacySettings | None = None
    """What has to be masked in every text it is sent; None where it may be sent text as it is."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request, beside those of the protocol."""
        return {"api-key": self.api_key} if self.profile.key_header == "api-key" else {}

    @property
    def query(self) -> dict[str, str]:
        """What every address ends with."""
        return {"api-version": self.limits.api_version} if self.limits.api_version else {}

    def name_of(self, model: str) -> str:
        """Return the name the server knows a model by: its deployment's, where it has one."""
        return self.limits.deployments.get(model, model)


def open_endpoint(
    name: str,
    settings: Settings,
    *,
    base_model: str | None = None,
    progress: Progress | None = None,
    is_read_only: bool = False,
) -> Endpoint:
    """Find a provider; for `local`, join the server of this machine or start it.

    Args:
        name: `local`, or the name of a `[providers.NAME]` section.
        settings: The project's.
        base_model: Model the local server has to have; when None, the project's, where this
            machine trains.
        progress: Told about the download of a base model.
        is_read_only: Nothing is sent but questions about what the account has, so the provider
            need not be in settings where it bears a profile's name.

    Returns:
        The server. One that is not marked `trusted` has `privacy` set: the client sends it masked
        text or nothing.

    Raises:
        SettingsError: There is no such provider, or its key is not in the environment.
        ModelFetchError: The base model cannot be fetched.
        ServerDownError: The server of this machine does not start.
    """
    if name == LOCAL:
        is_trainer = settings.train.provider == LOCAL
        model = base_model or (settings.train.base_model if is_trainer else None)
        return _local_endpoint(settings, model, progress or no_progress)
    if not is_read_only:
        _require_known(name, settings)
    endpoint = _named_endpoint(name, provider_settings(name, settings))
    return endpoint if endpoint.limits.trusted else replace(endpoint, privacy=settings.privacy)


def provider_settings(name: str, settings: Settings) -> ProviderSettings:
    """Return a provider's section; one that bears a profile's name needs none.

    Raises:
        SettingsError: There is no such provider.
    """
    if name in settings.providers:
        return settings.providers[name]
    if name in PROFILES and PROFILES[name].base_url:
        return ProviderSettings(profile=name)
    known = ", ".join((LOCAL, *settings.providers))
    raise SettingsError(f"there is no provider {name}", fix=f"Known: {known}")


def require_trusted(name: str, settings: Settings) -> None:
    """Refuse a provider that may not be sent text as it is.

    Raises:
        SettingsError: There is no such provider.
        UntrustedProviderError: It is not marked `trusted`.
    """
    if name == LOCAL:
        return
    _require_known(name, settings)
    if not settings.providers[name].trusted:
        raise untrusted(name)


def untrusted(name: str) -> UntrustedProviderError:
    """Make the error that refuses to send text as it is."""
    return UntrustedProviderError(
        "this provider is not trusted, and the text is not masked; nothing was sent",
        where=f"[providers.{name}]",
        fix="Use the provider local, or set trusted = true if it may read these chats",
    )


def _require_known(name: str, settings: Settings) -> None:
    if name not in settings.providers:
        known = ", ".join((LOCAL, *settings.providers))
        raise SettingsError(f"there is no provider {name}", fix=f"Known: {known}")


def _named_endpoint(name: str, provider: ProviderSettings) -> Endpoint:
    where = f"[providers.{name}]"
    profile = profile_of(provider, where=where)
    base_url = (provider.base_url or profile.base_url).rstrip("/")
    if not base_url:
        raise SettingsError("base_url is empty", where=where, fix="Set it, up to and including /v1")
    key_env = provider.api_key_env or profile.api_key_env
    key = os.environ.get(key_env, "") if key_env else NO_KEY
    if not key:
        raise SettingsError(
            f"the environment variable {key_env} is empty",
            where=where,
            fix=f"Put the key into {key_env}",
        )
    return Endpoint(
        provider=name,
        base_url=base_url,
        api_key=key,
        identity=base_url,
        limits=replace(provider, base_url=base_url, api_key_env=key_env),
        profile=profile,
    )


def _local_endpoint(settings: Settings, base_model: str | None, progress: Progress) -> Endpoint:
    from chatmill.server.base_models import ensure_base_model
    from chatmill.server.home import find_home
    from chatmill.server.launch import join_or_start

    if base_model is not None:
        ensure_base_model(base_model, progress=progress)
    running = join_or_start(progress=progress)
    return Endpoint(
        provider=LOCAL,
        base_url=running.base_url,
        api_key=running.api_key,
        identity=f"{LOCAL}:{find_home().root}",  # the port changes with every start
        limits=settings.providers.get(LOCAL, LOCAL_LIMITS),
    )
