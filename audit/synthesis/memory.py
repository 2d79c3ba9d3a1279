"""Memory reused between steps: what the hot loop frees stays with the process, until a unit of work ends.

glibc returns big blocks to the system after each step and faults them in again, which doubles the time of
a forward and backward pass on the CPU. Raising its mmap and trim thresholds stops that. Batches of other
sizes then find the kept memory in pieces and ask for more, so it goes back between units.

The thresholds stay raised for the whole process; with `AUDIT_MALLOC=leave` in its environment they are not.
"""

import ctypes
import os
import sys

# From malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
KEEP = 2**31 - 1
LARGEST_MMAP = 2**30


def reuse_memory() -> bool:
    """Raise glibc's thresholds for this process; False where nothing changes: no glibc, or not wanted."""
    libc = _glibc()
    if libc is None or os.environ.get("AUDIT_MALLOC") == "leave":
        return False
    return bool(libc.mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP)) and bool(libc.mallopt(M_TRIM_THRESHOLD, KEEP))


def return_memory() -> bool:
    """Give the system every whole page that is free; False where there is no glibc or nothing to give."""
    libc = _glibc()
    return libc is not None and bool(libc.malloc_trim(0))


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt.argtypes, libc.mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
        libc.malloc_trim.argtypes, libc.malloc_trim.restype = [ctypes.c_size_t], ctypes.c_int
    except (OSError, AttributeError):  # musl: other Linux systems keep their own defaults
        return None
    return libc
