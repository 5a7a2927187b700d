"""Time `chatmill --help` and each command's, and what `import chatmill` costs.

Run: python benchmarks/help.py [STARTS]. The last line is one JSON object with the figures.
"""

import json
import platform
import statistics
import subprocess
import sys
import time

from chatmill.cli.app import COMMANDS


def seconds(arguments: list[str], starts: int) -> float:
    """Return the median wall time of starting Python with these arguments."""
    took = []
    for _ in range(starts):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603
        took.append(time.perf_counter() - began)
    return round(statistics.median(took), 3)


def main() -> None:
    """Print one line a command, the slowest first, then the JSON object."""
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    app = ["-m", "chatmill.cli.app"]
    names = [name for group in COMMANDS.values() for name in group]
    each = {name: seconds([*app, name, "--help"], starts) for name in names}
    for name, took in sorted(each.items(), key=lambda item: -item[1]):
        print(f"chatmill {name} --help: {took} s")
    figures = {
        "benchmark": "help",
        "python": platform.python_version(),
        "starts": starts,
        "python_alone_seconds": seconds(["-c", ""], starts),
        "import_chatmill_seconds": seconds(["-c", "import chatmill"], starts),
        "help_seconds": seconds([*app, "--help"], starts),
        "slowest_command_help_seconds": max(each.values()),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
