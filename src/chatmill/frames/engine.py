"""Daft, on the runner a project asks for, without telemetry and progress bars."""

import os
import socket
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from chatmill.errors import MissingExtraError, SettingsError

QUIET = {
    "DAFT_ANALYTICS_ENABLED": "0",
    "DO_NOT_TRACK": "true",
    "DAFT_PROGRESS_BAR": "0",
    "DAFT_SHOW_QUERY_ID": "0",
}
"""Daft tells nobody what it does, and does not write on the person's terminal."""
ANSWER_SECONDS = 5
"""Longest wait for a cluster to take our call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where dataframes run."""

    runner: Literal["native", "ray"] = "native"
    address: str = ""
    """Ray cluster to join; a local one when empty."""

    def daft(self) -> Any:  # noqa: ANN401 - the module
        """Import Daft, on the runner chosen.

        Raises:
            MissingExtraError: Ray is asked for and not installed.
            SettingsError: There is no Ray cluster at the address.
        """
        os.environ.update(QUIET)
        if self.runner == "native":  # said, or Daft imports Ray (a second) to ask where it runs
            os.environ["DAFT_RUNNER"] = "native"
        import daft

        if self.runner == "ray":
            self._join_ray(daft)
        return daft

    def _join_ray(self, daft: Any) -> None:  # noqa: ANN401 - the module
        self._require_answer()
        try:
            daft.set_runner_ray(self.address or None, noop_if_initialized=True)
        except ImportError as error:
            raise MissingExtraError(
                "Ray is not installed",
                where="[engine] runner",
                fix="pip install 'chatmill[ray]', or set runner = \"native\"",
            ) from error
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            raise self._no_cluster(error) from error

    def _require_answer(self) -> None:
        """Look for the cluster ourselves: Ray waits for minutes for one that is not there."""
        place = urlsplit(self.address if "://" in self.address else f"//{self.address}")
        try:
            if place.hostname and place.port:
                address = (place.hostname, place.port)
                socket.create_connection(address, timeout=ANSWER_SECONDS).close()
        except (OSError, ValueError) as error:
            raise self._no_cluster(error) from error

    def _no_cluster(self, error: Exception) -> SettingsError:
        return SettingsError(
            f"no Ray cluster answers: {str(error).splitlines()[0]}",
            where=f"[engine] address {self.address!r}",
            fix="Start it, or leave address empty for one on this machine",
        )
