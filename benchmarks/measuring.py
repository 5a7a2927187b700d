"""What the benchmarks share: a command in a process of its own, and the machine in words."""

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one command took."""

    seconds: float
    peak_mb: float


def chatmill(project: Path, *arguments: str) -> Cost:
    """Run a command in a process of its own.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-m", "chatmill.cli.app", "--project", str(project), *arguments]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return Cost(seconds=took, peak_mb=usage.ru_maxrss / 1024)


def machine() -> dict[str, object]:
    """Describe what this runs on."""
    cpus = Path("/proc/cpuinfo")
    models = cpus.read_text(encoding="utf-8").splitlines() if cpus.exists() else []
    model = next((line.split(":")[1].strip() for line in models if "model name" in line), "")
    return {
        "cores": os.cpu_count(),
        "cpu": model or platform.processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }
