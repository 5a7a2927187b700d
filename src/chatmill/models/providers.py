"""Where calls go: the server of this machine, or one named in chatmill.toml."""

import os
from dataclasses import dataclass, field

from chatmill.errors import SettingsError, UntrustedProviderError
from chatmill.models.progress import Progress, no_progress
from chatmill.settings import ProviderSettings, Settings

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


def open_endpoint(
    name: str,
    settings: Settings,
    *,
    base_model: str | None = None,
    progress: Progress | None = None,
) -> Endpoint:
    """Find a provider; for `local`, join the server of this machine or start it.

    Args:
        name: `local`, or the name of a `[providers.NAME]` section.
        settings: The project's.
        base_model: Model the local server has to have; when None, the project's, where this
            machine trains.
        progress: Told about the download of a base model.

    Raises:
        SettingsError: There is no such provider, or its key is not in the environment.
        UntrustedProviderError: It may not be sent unmasked text.
        ModelFetchError: The base model cannot be fetched.
        ServerDownError: The server of this machine does not start.
    """
    if name == LOCAL:
        is_trainer = settings.train.provider == LOCAL
        model = base_model or (settings.train.base_model if is_trainer else None)
        return _local_endpoint(settings, model, progress or no_progress)
    return _named_endpoint(name, settings)


def require_trusted(name: str, settings: Settings) -> None:
    """Refuse a provider that may not be sent text as it is.

    Raises:
        SettingsError: There is no such provider.
        UntrustedProviderError: It is not marked `trusted`.
    """
    if name == LOCAL:
        return
    if name not in settings.providers:
        known = ", ".join((LOCAL, *settings.providers))
        raise SettingsError(f"there is no provider {name}", fix=f"Known: {known}")
    if not settings.providers[name].trusted:
        raise UntrustedProviderError(
            "this provider is not trusted, and chats cannot be masked yet; nothing was sent",
            where=f"[providers.{name}]",
            fix="Use the provider local, or set trusted = true if it may read these chats",
        )


def _named_endpoint(name: str, settings: Settings) -> Endpoint:
    require_trusted(name, settings)
    provider = settings.providers[name]
    where = f"[providers.{name}]"
    if not provider.base_url:
        raise SettingsError("base_url is empty", where=where, fix="Set it, up to and including /v1")
    key = os.environ.get(provider.api_key_env, "") if provider.api_key_env else NO_KEY
    if not key:
        raise SettingsError(
            f"the environment variable {provider.api_key_env} is empty",
            where=where,
            fix=f"Put the key into {provider.api_key_env}",
        )
    base_url = provider.base_url.rstrip("/")
    return Endpoint(
        provider=name, base_url=base_url, api_key=key, identity=base_url, limits=provider
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
