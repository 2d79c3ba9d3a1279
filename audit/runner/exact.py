"""Arithmetic on a GPU as exact and as repeatable as it can be, while a run works."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def exact() -> Generator[None]:
    """No TensorFloat-32 (10 bits of mantissa for float32) and no convolution that differs from call to call.

    The caller's settings come back at the end. The gradient of a random view still adds up in no fixed order
    on a GPU: there, a unit computed again may differ in the last bits.
    """
    cudnn: Any = torch.backends.cudnn  # a module that makes itself an object with these settings
    matmul = torch.backends.cuda.matmul
    before = (cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark, matmul.allow_tf32)
    cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark, matmul.allow_tf32 = False, True, False, False
    try:
        yield
    finally:
        cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark, matmul.allow_tf32 = before
