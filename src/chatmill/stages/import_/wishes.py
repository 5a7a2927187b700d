"""What a person tells about their exports once, and the project remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chatmill.errors import UsageError
from chatmill.importers.tables.columns import require_known_roles
from chatmill.importers.times import from_epoch
from chatmill.project import Project
from chatmill.settings import Settings
from chatmill.stages.import_.reports import FileListener, FileReport
from chatmill.threads.roles import is_called

COLUMNS = ("import", "columns")
"""Section and name of the option that only tables are read with."""
TABLE = "table"
"""The importer that reads them."""
Wished = dict[tuple[str, str], str | list[str] | Mapping[str, str]]
"""Section and name of an option → what it is to be."""


def use_wishes(
    project: Project,
    *,
    columns: str = "",
    timezone: str = "",
    agents: Sequence[str] = (),
    dry_run: bool = False,
) -> "Wishes":
    """Use columns, time zone and agents from now on; chatmill.toml stays as it is.

    Args:
        project: An open project.
        columns: Like `speaker=author,text=body`; a table of this run must have them.
        timezone: Like `Asia/Seoul`, of exports that name none.
        agents: Names of people who answer, as exported; added to those there are.
        dry_run: Never remember them.

    Raises:
        UsageError: The columns are not written like this.
        SettingsError: There is no such time zone, or nothing that a column is mapped to.
    """
    wished: Wished = {}
    if columns:
        chosen = parse_columns(columns)
        require_known_roles(chosen, "--columns")
        wished[COLUMNS] = chosen
    if timezone:
        from_epoch(0, replace(project.settings.import_, timezone=timezone))
        wished["import", "timezone"] = timezone
    known = project.settings.roles.agents
    if new := [name for name in dict.fromkeys(agents) if name not in known]:
        wished["roles", "agents"] = [*known, *new]
    project.settings = _with_options(project.settings, wished)
    return Wishes(project, {} if dry_run else wished)


class Wishes:
    """What an import was told; the project remembers it once a file was read with it.

    Args:
        project: Its settings hold the wishes already.
        wished: What is to be remembered.
    """

    def __init__(self, project: Project, wished: Wished) -> None:
        self._project = project
        self._wished = wished

    def remembered_by(self, listener: FileListener) -> FileListener:
        """Return a listener that also writes the wishes to chatmill.toml when they have proved.

        Columns have when a table was read, the others when any file was. The listener raises
        StorageError where chatmill.toml cannot be written.
        """

        def listen(report: FileReport) -> None:
            self._remember(report)
            listener(report)

        return listen

    def _remember(self, report: FileReport) -> None:
        if not report.n_messages:
            return
        is_table = TABLE in report.format.split(", ")
        proved = [option for option in self._wished if option != COLUMNS or is_table]
        for option in proved:
            self._project.remember(*option, self._wished.pop(option))
        if proved:  # what was remembered was read back from the file, without the others
            self._project.settings = _with_options(self._project.settings, self._wished)


def silent_agents(project: Project, names: Sequence[str]) -> list[str]:
    """Return which of some people speak in none of the project's rooms, in their order."""
    left = list(dict.fromkeys(names))
    if not left:
        return []
    speakers = {count.speaker for count in project.conversations.speaker_counts()}
    return [name for name in left if not any(is_called(each, [name]) for each in speakers)]


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


def _with_options(settings: Settings, wished: Wished) -> Settings:
    for (section, name), value in wished.items():
        attribute = "import_" if section == "import" else section
        used = {name: tuple(value) if isinstance(value, list) else value}
        if (section, name) == COLUMNS:
            used["require_columns"] = True  # type: ignore[assignment]  # an option of its own type
        settings = replace(settings, **{attribute: replace(getattr(settings, attribute), **used)})
    return settings
