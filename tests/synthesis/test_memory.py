"""Freed memory stays while a unit works, and goes back when it ended."""

import subprocess
import sys

import pytest

SCRIPT = """
import os, torch
from audit.synthesis.memory import return_memory, reuse_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20

assert reuse_memory()
before = resident()
blocks = [torch.ones(2**18) for _ in range(300)]
last = torch.ones(2**18)  # on top of the heap, so that all of it is in the middle
del blocks
kept = resident() - before
returned = return_memory()
print(kept, resident() - before, returned)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_memory_stays_until_it_is_returned() -> None:
    answer = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    kept, left, returned = answer.stdout.split()
    assert int(kept) > 250  # of 300 MiB
    assert int(left) < 50
    assert returned == "True"
