"""What a person tells about their exports once, and the project remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chatmill.errors import UsageError
from chatmill.importers.times import from_epoch
from chatmill.project import Project
from chatmill.settings import Settings


def keep_wishes(
    project: Project,
    *,
    columns: str = "",
    timezone: str = "",
    agents: Sequence[str] = (),
    dry_run: bool = False,
) -> None:
    """Write columns, time zone and agents to chatmill.toml; a dry run only uses them.

    Args:
        project: An open project.
        columns: Like `speaker=author,text=body`.
        timezone: Like `Asia/Seoul`, of exports that name none.
        agents: Names of people who answer, as exported; added to those there are.
        dry_run: Leave the file alone.

    Raises:
        UsageError: The columns are not written like this.
        SettingsError: There is no such time zone.
        StorageError: chatmill.toml cannot be written.
    """
    wished: dict[tuple[str, str], str | list[str] | Mapping[str, str]] = {}
    if columns:
        wished["import", "columns"] = parse_columns(columns)
    if timezone:
        from_epoch(0, replace(project.settings.import_, timezone=timezone))
        wished["import", "timezone"] = timezone
    known = project.settings.roles.agents
    if new := [name for name in dict.fromkeys(agents) if name not in known]:
        wished["roles", "agents"] = [*known, *new]
    for (section, name), value in wished.items():
        if dry_run:
            project.settings = _with_option(project.settings, section, name, value)
        else:
            project.remember(section, name, value)


def parse_columns(text: str) -> dict[str, str]:
    """Read `speaker=author,text=body`.

    Raises:
        UsageError: It is not written like this.
    """
    pairs = [each.partition("=") for each in text.split(",") if each.strip()]
    columns = {field.strip(): column.strip() for field, _, column in pairs}
    if not columns or not all(columns) or not all(columns.values()):
        raise UsageError(
            f"{text!r} names no columns",
            where="--columns",
            fix="Write field=column, like speaker=author,text=body",
        )
    return columns


def _with_option(
    settings: Settings, section: str, name: str, value: str | list[str] | Mapping[str, str]
) -> Settings:
    attribute = "import_" if section == "import" else section
    used = tuple(value) if isinstance(value, list) else value
    changed = replace(getattr(settings, attribute), **{name: used})
    return replace(settings, **{attribute: changed})
