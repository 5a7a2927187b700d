"""Settings: the file, the environment, and what is wrong with them."""

from pathlib import Path

import pytest

from chatmill.errors import SettingsError
from chatmill.settings import describe_options, load_settings, value_of

ROOT = Path(__file__).parent.parent


def write(tmp_path: Path, text: str) -> Path:
    """Write a chatmill.toml."""
    path = tmp_path / "chatmill.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_overrides_default_and_environment_overrides_file(tmp_path: Path) -> None:
    """The three sources of a value win in the documented order."""
    path = write(tmp_path, '[extract]\nextractor = "llm"\nmax_turns = 3\n')
    settings = load_settings(path, {"CHATMILL_EXTRACT_MAX_TURNS": "5"})
    assert settings.extract.extractor == "llm"
    assert settings.extract.max_turns == 5
    assert settings.extract.context_messages == 4


def test_lists_come_from_the_environment_by_commas() -> None:
    """Names of several agents fit one variable, Korean ones too."""
    settings = load_settings(None, {"CHATMILL_ROLES_AGENTS": "이도현 [WIZnet], Mina Park"})
    assert settings.roles.agents == ("이도현 [WIZnet]", "Mina Park")


def test_providers_are_named_sections(tmp_path: Path) -> None:
    """A provider of the user's own gets every option's default."""
    path = write(tmp_path, '[providers.vllm]\nbase_url = "http://127.0.0.1:8000/v1"\n')
    provider = load_settings(path, {}).providers["vllm"]
    assert provider.base_url == "http://127.0.0.1:8000/v1"
    assert provider.trusted is False


def test_a_number_may_stand_where_auto_may(tmp_path: Path) -> None:
    """`epochs = 20` is as good as `epochs = "20"`."""
    settings = load_settings(write(tmp_path, "[train]\nepochs = 20\n"), {})
    assert settings.train.epochs == "20"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[extract", "not valid TOML"),
        ("[extrakt]\n", "unknown section [extrakt]"),
        ("[extract]\nturns = 3\n", "unknown option turns"),
        ('[extract]\nmax_turns = "many"\n', "must be whole number, not 'many'"),
        ('[engine]\nrunner = "spark"\n', "must be native | ray"),
        ("[roles]\nagents = 3\n", "must be list of text"),
        ("extract = 3\n", "must be a section"),
        ('[extract]\ntrim = ["greeting"]\n', "'greeting' is not known"),
        ('[project]\nlanguage = "klingon"\n', "Known: ko, en"),
        ("[build]\ntest_fraction = -1.0\n", "must be from 0 to 0.5"),
        ("[build]\ntest_fraction = nan\n", "must be from 0 to 0.5"),
        ("[threads]\nmax_messages = -1\n", "must be at least 0"),
    ],
)
def test_bad_files_are_refused_with_their_place(tmp_path: Path, text: str, what: str) -> None:
    """A typo in the settings is said, with the file, never ignored."""
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as refused:
        load_settings(path, {})
    assert what in str(refused.value)
    assert str(path) in str(refused.value)


def test_every_option_has_help_and_its_default_loads() -> None:
    """The settings page cannot lack an option's meaning."""
    settings = load_settings(None, {})
    for item in describe_options():
        assert item.help, item.key
        assert value_of(settings, item) == item.default, item.key


def test_every_option_is_documented() -> None:
    """docs/settings.md names every option; `python docs/settings_page.py` writes it."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [item.key for item in describe_options() if f"`{item.key}`" not in page]
    assert not missing
