"""The project folder: made, found, locked, and refused with a reason."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from chatmill.errors import (
    NoProjectError,
    ProjectBusyError,
    ProjectExistsError,
    ProjectTooNewError,
    SettingsError,
    UsageError,
)
from chatmill.project import InitAnswers, Project
from chatmill.settings import ProviderSettings


def test_answers_end_up_in_the_settings(tmp_path: Path) -> None:
    """What init was told is what the stages later see."""
    answers = InitAnswers(language="ko", agents=("이도현 [WIZnet]",), products=("W5500", "W6100"))
    with Project.create(tmp_path / "상담방", answers) as project:
        assert project.name == "상담방"
        assert project.settings.roles.agents == ("이도현 [WIZnet]",)
        assert project.settings.project.products == ("W5500", "W6100")
        assert project.settings.project.language == "ko"


def test_a_project_is_found_from_a_folder_inside_it(project: Project) -> None:
    """Commands work from any folder of the project."""
    inside = project.folder / "datasets" / "v1"
    inside.mkdir(parents=True)
    assert Project.open(inside).folder == project.folder


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    """The first error everybody meets tells what to do."""
    with pytest.raises(NoProjectError, match="chatmill init"):
        Project.open(tmp_path)


def test_init_never_overwrites(project: Project) -> None:
    """A second init leaves the settings alone."""
    with pytest.raises(ProjectExistsError):
        Project.create(project.folder)


@pytest.mark.parametrize(
    ("base_url", "key_variable", "what"),
    [
        ("notaurl", "KEY", "no address"),
        ("https://example.com/v1", "sk-1234 secret", "not the name of a variable"),
    ],
)
def test_a_provider_that_could_only_fail_later_is_refused(
    tmp_path: Path, base_url: str, key_variable: str, what: str
) -> None:
    """A key typed in place of its variable's name never reaches the file."""
    chosen = ProviderSettings(base_url=base_url, api_key_env=key_variable)
    answers = InitAnswers(provider="hosted", provider_settings=chosen)
    with pytest.raises(UsageError, match=what):
        Project.create(tmp_path / "room", answers)
    assert not (tmp_path / "room").exists()


def test_two_stages_at_once_are_refused(project: Project) -> None:
    """A second stage cannot write into the first one's work."""
    with (
        project.lock("extract"),
        pytest.raises(ProjectBusyError, match="run check again"),
        Project.open(project.folder).lock("check"),
    ):
        pass
    with project.lock("check"):
        assert True, "the lock is free again"


def test_a_newer_project_is_refused_whole(project: Project) -> None:
    """An old chatmill does not write into tables it does not know."""
    with project.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ProjectTooNewError, match="newer chatmill"):
        _ = Project.open(project.folder).database


def test_remembered_options_leave_the_rest_of_the_file_alone(project: Project) -> None:
    """What a command was told once is kept, with every comment a person wrote."""
    path = project.folder / "chatmill.toml"
    written = path.read_text(encoding="utf-8") + '# ours\n[import]\ntimezone = ""  # 서울?\n'
    path.write_text(written + '[import.columns]\ntext = "old"\n', encoding="utf-8")
    project.remember("import", "timezone", "Asia/Seoul")
    project.remember("import", "columns", {"speaker": "작성자", "text": "body"})
    project.remember("roles", "agents", ["이도현 [WIZnet]"])
    project.remember("store", "url", "")
    assert project.settings.import_.timezone == "Asia/Seoul"
    assert project.settings.import_.columns == {"speaker": "작성자", "text": "body"}
    assert project.settings.roles.agents == ("이도현 [WIZnet]",)
    assert Project.open(project.folder).settings == project.settings
    text = path.read_text(encoding="utf-8")
    assert "# ours" in text
    assert 'timezone = "Asia/Seoul"  # 서울?' in text


def test_what_cannot_be_used_is_not_remembered(project: Project) -> None:
    """A value no setting takes is refused, and the file stays as it was."""
    path = project.folder / "chatmill.toml"
    before = path.read_bytes()
    with pytest.raises(SettingsError, match=r"\[project\] language.*'xx' is not known"):
        project.remember("project", "language", "xx")
    assert path.read_bytes() == before
    assert sorted(each.name for each in project.folder.iterdir()) == ["chatmill.toml"]
