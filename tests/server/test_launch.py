"""One server a home: joining, starting, ending."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatmill.errors import ServerDownError, UsageError
from chatmill.server.home import ServerInfo, find_home, hold_home
from chatmill.server.launch import join_or_start, stop_server

JOIN = (
    "import sys; from pathlib import Path; from chatmill.server.launch import join_or_start; "
    "print(join_or_start(home=Path(sys.argv[1])).pid)"
)


def test_many_starters_get_one_server(tmp_path: Path) -> None:
    """Commands that start at the same moment share one server."""
    starters = [
        subprocess.Popen([sys.executable, "-c", JOIN, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    pids = {starter.communicate(timeout=120)[0] for starter in starters}
    assert len(pids) == 1
    assert stop_server(tmp_path)
    assert not stop_server(tmp_path)


def test_an_idle_server_ends(tmp_path: Path) -> None:
    """A server that a command started does not stay behind for ever."""
    running = join_or_start(home=tmp_path, exit_when_idle=0.5)
    home = find_home(tmp_path)
    give_up = time.monotonic() + 60
    while home.is_running():
        assert time.monotonic() < give_up
        time.sleep(0.05)
    assert home.read_info() is None
    os.waitpid(running.pid, 0)


def test_a_second_server_in_a_home_is_refused(tmp_path: Path) -> None:
    """Two servers must never write to one home."""
    home = find_home(tmp_path)
    with hold_home(home), pytest.raises(UsageError, match="a server is running here already"):
        hold_home(home)


def test_another_version_is_not_joined(tmp_path: Path) -> None:
    """A server left over from an older chatmill is named, not used."""
    running = join_or_start(home=tmp_path)
    home = find_home(tmp_path)
    info = home.read_info()
    assert info is not None
    try:
        command = [sys.executable, "-c", f"import chatmill; chatmill.__version__ = '99'; {JOIN}"]
        done = subprocess.run(
            [*command, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert ServerDownError.__name__ in done.stderr
        assert "but this is 99" in done.stderr
    finally:
        stop_server(tmp_path)
    assert info.pid == running.pid


def test_a_server_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    """When the server cannot start, its log's last lines are part of the error."""
    (tmp_path / "server.db").mkdir()
    with pytest.raises(ServerDownError, match="ended at once"):
        join_or_start(home=tmp_path)


def test_serve_says_where_it_is(tmp_path: Path) -> None:
    """`chatmill serve` prints the address and where the key stands."""
    command = [sys.executable, "-m", "chatmill.server", "--announce", "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        second = process.stdout.readline()
        info = find_home(tmp_path).read_info()
        process.terminate()
    assert isinstance(info, ServerInfo)
    assert info.base_url in first
    assert "server.json" in second
    assert process.returncode == 0
