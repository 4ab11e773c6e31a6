"""What the measuring machine is and how busy it is: without both, a time is not a figure."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

CORETYPE = "OPENBLAS_CORETYPE"
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
_SYMBOLS = (
    "scipy_openblas_get_corename64_",
    "openblas_get_corename64_",
    "scipy_openblas_get_corename",
    "openblas_get_corename",
)


@dataclass(frozen=True, slots=True)
class Times:
    """CPU seconds of repeated runs of one thing, threads summed."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the middle run."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """Return the least disturbed run."""
        return min(self.seconds)

    def quantile(self, share: float) -> float:
        """Return the run that this share of runs does not exceed."""
        return float(np.quantile(self.seconds, share, method="inverted_cdf"))


def measured(work: Callable[[], object], *, runs: int) -> Times:
    """Run once to warm up, then `runs` times."""
    work()
    found = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return Times(tuple(found))


def measured_each(work: Callable[[Item], object], items: Iterable[Item]) -> Times:
    """Run once for each item; warm up before."""
    found = []
    for item in items:
        begun = time.process_time()
        work(item)
        found.append(time.process_time() - begun)
    return Times(tuple(found))


def best_coretype() -> str | None:
    """Return the OpenBLAS kernel to ask for, by what the processor can do; None = leave it to OpenBLAS.

    Old copies of OpenBLAS (FAISS bundles 0.3.15) take a new processor for one without vector instructions.
    """
    flags = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").is_file() else ""
    return "SkylakeX" if "avx512f" in flags else "Haswell" if "avx2" in flags else None


def with_best_blas(arguments: Sequence[str]) -> None:
    """Start `python -m bench` again where BLAS would not run at its best: the choice is made when it is loaded.

    One thread each: idle BLAS threads spin, and their CPU time would be counted against the peer.
    """
    best = best_coretype()
    wanted = {**os.environ, **dict.fromkeys(_THREADS, "1"), **({CORETYPE: best} if best else {})}
    wanted.pop("OPENBLAS_L2_SIZE", None)  # a cache size belongs to one architecture
    if wanted != dict(os.environ):
        os.execve(sys.executable, [sys.executable, "-m", "bench", *arguments], wanted)  # noqa: S606 - ourselves


def blas_architectures() -> dict[str, str]:
    """Return which kernel each loaded copy of OpenBLAS runs, by file name; empty where that cannot be seen."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text("utf-8").splitlines() if maps.is_file() else []
    found: dict[str, str] = {}
    for path in sorted({line.split()[-1] for line in lines if "openblas" in line}):
        library = ctypes.CDLL(path)
        for symbol in _SYMBOLS:
            name = getattr(library, symbol, None)
            if name is not None:
                name.restype = ctypes.c_char_p
                found[Path(path).name] = name().decode()
    return found


def description() -> list[str]:
    """Describe machine and load, one fact a line."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    speed = reference_speed()
    return [
        f"processor: {platform.processor() or platform.machine()}, {os.cpu_count()} logical CPUs, load {load:.1f}",
        f"BLAS kernels: {blas_architectures() or 'unknown'}; {CORETYPE}={os.environ.get(CORETYPE, '(unset)')}",
        f"one thread now: reads {speed[0]:.0f} GB/s from memory, {speed[1]:.1f} G float32 additions a second in cache",
    ]


def reference_speed() -> tuple[float, float]:
    """Measure memory reading (GB/s) and arithmetic (G additions/s): neighbours on the machine show here first."""
    large = np.ones(1 << 27, np.uint8).view(np.int64)
    small = np.ones(1 << 12, np.float32)
    read = measured(large.sum, runs=5).best
    out = np.empty_like(small)

    def add() -> None:
        for _ in range(2000):
            np.add(small, small, out=out)

    return large.nbytes / read / 1e9, 2000 * small.size / measured(add, runs=5).best / 1e9


def peak_rss() -> int:
    """Return the largest resident set so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
