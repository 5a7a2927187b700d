"""What this machine computes with: CUDA or the CPU, and the number format it is fast in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

N_TRAINING_THREADS = 2
"""More threads than two gain nothing on matrices as small as the embedded model's."""

COMPUTE_ENVIRONMENT = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "1000000000000",
    "MALLOC_TOP_PAD_": "67108864",
    "GOMP_SPINCOUNT": "20000",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
"""Environment of processes that compute, read when they start.

Freed memory stays in the process: a step frees and takes hundreds of megabytes, and fresh pages
from the kernel each time cost a tenth of the training time. Threads that wait for each other spin
for some microseconds, then sleep: as fast as spinning on a quiet machine, kinder to other programs
beside it (docs/decisions/training-speed.md).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where a model runs and in which format."""

    name: str
    """`cuda` or `cpu`."""
    dtype_name: str
    """`bfloat16` or `float32`."""

    @property
    def dtype(self) -> Any:  # noqa: ANN401 - torch is imported only where it is needed
        """The torch dtype."""
        import torch

        return getattr(torch, self.dtype_name)


def choose_device() -> Device:
    """Return the fastest device here; bfloat16 only where the hardware multiplies it itself."""
    import torch

    if torch.cuda.is_available():
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device(name="cuda", dtype_name="bfloat16" if fast else "float32")
    return Device(name="cpu", dtype_name="bfloat16" if cpu_multiplies_bf16() else "float32")


def cpu_multiplies_bf16() -> bool:
    """Ask the CPU whether it has bfloat16 dot products (x86 AVX-512 or AMX, Arm)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        flags = []
    if any(flag in flags for flag in ("avx512_bf16", "amx_bf16", "bf16", "svebf16")):
        return True
    import torch

    has_avx512_bf16 = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(has_avx512_bf16())
