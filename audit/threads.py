"""Threads on machines that are shared: what OpenMP is told before torch loads it.

Threads that wait for each other at the end of a parallel loop spin. Beside busy neighbours the one that they
wait for may have lost its core, and a spin of milliseconds burns the time that it needs; with a spin of
microseconds they sleep instead. What the user set in the environment stays.
"""

import math
import os
from collections.abc import Iterable, MutableMapping
from pathlib import Path

SPINS = 10_000
"""Turns of libgomp's waiting loop before a thread sleeps; libgomp's own default is 300,000."""
BLOCK_MS = 1
"""The same in milliseconds for LLVM's and Intel's OpenMP, whose default is 200."""
OWN = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Any of these says that the user has chosen how threads wait."""
CGROUPS = Path("/sys/fs/cgroup")


def settle(environment: MutableMapping[str, str], cores: int, quota: float | None) -> None:
    """Set what is not set: how long threads wait, and how many they are where a quota is below the cores.

    Has an effect only before OpenMP is loaded, that is before torch is.
    """
    if not any(name in environment for name in OWN):
        environment["GOMP_SPINCOUNT"] = str(SPINS)
        environment["KMP_BLOCKTIME"] = str(BLOCK_MS)
    if quota is not None and quota < cores:
        # torch counts the cores it may run on, but not the share of them that it gets.
        environment.setdefault("OMP_NUM_THREADS", str(max(1, math.ceil(quota))))


def cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota(root: Path = CGROUPS, own: str | None = None) -> float | None:
    """Cores' worth of time that the control group grants; None for no limit, and where there is no telling.

    `own` is the text of /proc/self/cgroup. The smallest limit from the own group up to the root counts.
    """
    try:
        text = Path("/proc/self/cgroup").read_text() if own is None else own
    except OSError:
        return None
    limits = [limit for folder in _folders(root, text) if (limit := _limit(folder)) is not None]
    return min(limits, default=None)


def _folders(root: Path, text: str) -> Iterable[Path]:
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        # Version 2 has one tree without a name, version 1 one for each controller.
        tree = root if not controllers else root / "cpu" if "cpu" in controllers.split(",") else None
        if tree is None:
            continue
        inner = tree / path.strip("/")
        yield inner
        yield from (folder for folder in inner.parents if folder.is_relative_to(tree))


def _limit(folder: Path) -> float | None:
    try:
        if (folder / "cpu.max").is_file():
            granted, period = (folder / "cpu.max").read_text().split()[:2]
        else:
            granted = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        value = int(granted) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None  # "max" among them
    return value if value > 0 else None
