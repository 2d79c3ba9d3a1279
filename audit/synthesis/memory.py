"""Memory reused between steps: what the hot loop frees stays with the process.

glibc returns big blocks to the system after each step and faults them in again, which doubles the time of
a forward and backward pass on the CPU. Raising its mmap and trim thresholds stops that.
"""

import ctypes
import sys

# From malloc.h.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
KEEP = 2**31 - 1
LARGEST_MMAP = 2**30


def reuse_memory() -> bool:
    """Raise glibc's thresholds for this process; False where there is no glibc, and nothing changes."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # musl: other Linux systems keep their own defaults
        return False
    mallopt.argtypes, mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP)) and bool(mallopt(M_TRIM_THRESHOLD, KEEP))
