"""How exactly torch multiplies float32: in full, without the 10 bits of TensorFloat-32 and bfloat16.

torch has two sets of switches: older ones, and since 2.9 one for each backend and kind of layer. An older one
refuses to be read where a caller has set the others to something else.
"""

from collections.abc import Callable
from typing import Any

import torch

from audit.isolation.setting import Setting

PARTS = tuple((backend, kind) for backend in ("cuda", "mkldnn") for kind in ("matmul", "conv", "rnn"))
State = tuple[str | None, bool | None, tuple[str, ...]]
"""For matrix products, and whether cuDNN may use TensorFloat-32; None: not to be read. Then the parts."""
_torch: Any = torch
_cudnn: Any = torch.backends.cudnn


def float32_precision() -> Setting:
    """All switches as one: they depend on each other."""
    parts = PARTS if hasattr(_torch._C, "_get_fp32_precision_getter") else ()
    return Setting(_read, _write, ("highest", False, ("ieee",) * len(parts)))


def _read() -> State:
    parts = PARTS if hasattr(_torch._C, "_get_fp32_precision_getter") else ()
    matmul = _older(torch.get_float32_matmul_precision)
    return matmul, _older(lambda: _cudnn.allow_tf32), tuple(_own(*part) for part in parts)


def _write(state: State) -> None:
    matmul, cudnn, parts = state
    # An older switch sets some parts too, so these come last. One that could not be read is as in a fresh
    # process: who uses the others has not touched it.
    torch.set_float32_matmul_precision(matmul or "highest")
    _cudnn.allow_tf32 = True if cudnn is None else cudnn
    for part, value in zip(PARTS, parts, strict=False):
        _torch._C._set_fp32_precision_setter(*part, value)


def _older(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except RuntimeError:
        return None


def _own(backend: str, kind: str) -> str:
    """What is set for the part itself: "none" where it follows its backend."""
    get = _torch._C._get_fp32_precision_getter
    value: str = get(backend, kind)
    return "none" if value == get(backend, "all") else value
