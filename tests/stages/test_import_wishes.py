"""What is told of an import is used at once, and remembered once a file was read with it."""

from pathlib import Path

import pytest

from chatmill.errors import InputError, SettingsError, UsageError
from chatmill.project import Project
from chatmill.settings import FILE_NAME
from chatmill.stages.import_ import FileReport, import_files, use_wishes

TABLE = "티켓,누구,본론\n1,Kim,소켓은 몇 개인가요?\n1,박지현,8개입니다\n"
MAPPING = "room=티켓,speaker=누구,text=본론"


def write(folder: Path, name: str, text: str) -> Path:
    """Write an export."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def import_with(project: Project, *paths: Path, columns: str = "", agent: str = "") -> None:
    """Import with wishes, as the command line does."""
    wishes = use_wishes(project, columns=columns, agents=[agent] if agent else [])
    import_files(project, paths, on_file=wishes.remembered_by(lambda _report: None))


def test_wishes_are_remembered_once_they_have_proved(project: Project, tmp_path: Path) -> None:
    """Columns, time zone and agents are told once; columns only after a table was read."""
    wishes = use_wishes(
        project, columns=MAPPING, timezone="Asia/Seoul", agents=["이도현", "이도현"]
    )
    remember = wishes.remembered_by(lambda _report: None)
    remember(FileReport(name="a.txt", format="kakaotalk", n_messages=2))
    kept = Project.open(project.folder).settings
    assert (kept.import_.timezone, kept.import_.columns) == ("Asia/Seoul", {})
    assert kept.roles.agents == ("Mina Park", "이도현")
    assert project.settings.import_.columns["text"] == "본론"
    import_files(project, [write(tmp_path, "a.csv", TABLE)], on_file=remember)
    kept = Project.open(project.folder).settings
    assert kept.import_.columns == {"room": "티켓", "speaker": "누구", "text": "본론"}
    assert not kept.import_.require_columns


def test_dry_run_remembers_nothing(project: Project, tmp_path: Path) -> None:
    """Looking first uses the wishes and forgets them."""
    before = (project.folder / FILE_NAME).read_bytes()
    wishes = use_wishes(project, columns=MAPPING, timezone="Asia/Seoul", dry_run=True)
    listener = wishes.remembered_by(lambda _report: None)
    summary = import_files(
        project, [write(tmp_path, "a.csv", TABLE)], dry_run=True, on_file=listener
    )
    assert (summary.n_new, project.settings.import_.timezone) == (2, "Asia/Seoul")
    assert (project.folder / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("columns", ["방=티켓", "speaker=누구", "speaker", "text=없음"])
def test_bad_wish_leaves_the_settings_file(project: Project, tmp_path: Path, columns: str) -> None:
    """A mapping to nothing known, of no text, or of no such column breaks no later import."""
    before = (project.folder / FILE_NAME).read_bytes()
    path = write(tmp_path, "a.csv", TABLE)
    with pytest.raises((SettingsError, UsageError, InputError)):
        import_with(project, path, columns=columns, agent="박지현")
    with pytest.raises(SettingsError, match="Mars"):
        use_wishes(project, timezone="Mars/Base")
    assert (project.folder / FILE_NAME).read_bytes() == before
    with Project.open(project.folder) as again:
        import_with(again, path, columns=MAPPING)
        assert again.settings.import_.columns["speaker"] == "누구"


def test_remembered_columns_shut_out_no_other_table(project: Project, tmp_path: Path) -> None:
    """A table of usual names is read beside a mapping; a strange one says where that stands."""
    import_with(project, write(tmp_path, "a.csv", TABLE), columns=MAPPING)
    usual = write(tmp_path, "b.csv", "작성자,내용\nLee,하나\nKim,둘\n")
    with Project.open(project.folder) as again:
        import_with(again, usual)
        strange = write(tmp_path, "c.csv", "티켓,메모\n1,하나\n2,둘\n")
        with pytest.raises(InputError, match=r"does not fit .*; columns there are: 티켓"):
            import_with(again, strange)
        assert {each.id for each in again.conversations} == {"table:1", "table:b.csv"}
    with pytest.raises(InputError, match=r"no column '누구', '본론'; columns there are"):
        import_with(project, strange, columns=MAPPING)
