"""Settings of torch that change a result; torch has to be loaded."""

from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import torch
from torch.utils import _device
from torch.utils._device import DeviceContext

from audit.isolation.float32_precision import float32_precision
from audit.isolation.setting import Setting, attribute, enter

DEVICES = ("cpu", "cuda")
"""With settings of their own for mixed precision."""
_torch: Any = torch


def torch_state() -> list[Setting]:
    """All of them but inference mode, which is left and entered by a context: see `differentiable`.

    On a GPU they make arithmetic as repeatable as it can be. The gradient of a random view still adds up in
    no fixed order there: a unit computed again may differ in the last bits.
    """
    return [
        *_arithmetic(),
        Setting(torch.is_grad_enabled, _set_grad, True),
        Setting(_anomaly, _set_anomaly, (False, True)),
        Setting(_deterministic, _set_deterministic, (False, False)),
        *_kernels(),
        float32_precision(),
        Setting(torch.get_num_threads, torch.set_num_threads),
        Setting(_cuda_random_states, _set_cuda_random_states),  # comes back after the CPU's: reads its seed
        Setting(_random_state, _set_random_state, _random_state_of(torch.Generator().manual_seed(0))),
    ]


def differentiable(stack: ExitStack) -> None:
    """Tensors made inside are usual ones: those of inference mode can take part in no gradient."""
    if torch.is_inference_mode_enabled():
        stack.enter_context(torch.inference_mode(False))


def usual() -> AbstractContextManager[None]:
    """For one forward pass: the default dtype is float32, the default device is the CPU, there is no mixed
    precision and no inference mode; gradients are on or off as they were.

    Asking takes less than a microsecond, and where all is usual nothing more is done.
    """
    if (
        torch.get_default_dtype() is torch.float32
        and not torch.is_inference_mode_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.is_autocast_enabled("cuda")
        and not _torch._C._len_torch_function_stack()
    ):
        return nullcontext()
    return _made_usual()


@contextmanager
def _made_usual() -> Generator[None]:
    gradients = torch.is_grad_enabled()
    with ExitStack() as stack:
        differentiable(stack)
        stack.enter_context(torch.set_grad_enabled(gradients))
        enter(stack, _arithmetic())
        yield


def _arithmetic() -> list[Setting]:
    return [
        # First, and so given back last: with a default device, tensors made by the others would lie on it.
        Setting(_default_device, _set_default_device, _no_default_device()),
        Setting(torch.get_default_dtype, torch.set_default_dtype, torch.float32),
        *(_autocast(device) for device in DEVICES),
    ]


def _no_default_device() -> tuple[Any, ...]:
    modes = _default_device()[0]
    return tuple(mode for mode in modes if not isinstance(mode, DeviceContext)), None, None


def _default_device() -> tuple[Any, ...]:
    """The stack of function modes, where a default device stands, and what torch notes of it besides."""
    held = getattr(_torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    modes = tuple(_torch.overrides._get_current_function_mode_stack())
    return modes, held, _device.CURRENT_DEVICE


def _set_default_device(state: tuple[Any, ...]) -> None:
    modes, held, current = state
    for _ in range(_torch._C._len_torch_function_stack()):
        _torch.overrides._pop_mode()
    for mode in modes:
        _torch.overrides._push_mode(mode)
    _torch._GLOBAL_DEVICE_CONTEXT.device_context, _device.CURRENT_DEVICE = held, current


def _autocast(device: str) -> Setting:
    def write(value: bool) -> None:
        torch.set_autocast_enabled(device, value)

    return Setting(lambda: torch.is_autocast_enabled(device), write, False)


def _set_grad(value: bool) -> None:
    torch.set_grad_enabled(value)


def _anomaly() -> tuple[bool, bool]:
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def _set_anomaly(state: tuple[bool, bool]) -> None:
    torch.autograd.set_detect_anomaly(*state)


def _deterministic() -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _set_deterministic(state: tuple[bool, bool]) -> None:
    # The public function imports torch's compiler, which takes seconds.
    _torch._C._set_deterministic_algorithms(state[0], warn_only=state[1])


def _kernels() -> list[Setting]:
    """Which kernels torch may choose: those that it chooses by itself, and no search for the fastest."""
    cuda, mha = torch.backends.cuda, torch.backends.mha
    attention = [
        Setting(getattr(cuda, f"{name}_sdp_enabled"), getattr(cuda, f"enable_{name}_sdp"), True)
        for name in ("flash", "mem_efficient", "math", "cudnn")
        if hasattr(cuda, f"enable_{name}_sdp")
    ]
    return [
        attribute(torch.backends.cudnn, "enabled", True),
        attribute(torch.backends.cudnn, "deterministic", True),
        attribute(torch.backends.cudnn, "benchmark", False),
        Setting(_torch._C._get_mkldnn_enabled, _torch._C._set_mkldnn_enabled, True),
        Setting(mha.get_fastpath_enabled, mha.set_fastpath_enabled, True),
        *attention,
    ]


def _random_state() -> bytes:
    return _random_state_of(torch.default_generator)


def _random_state_of(generator: torch.Generator) -> bytes:
    return generator.get_state().numpy().tobytes()  # as bytes, which can be compared


def _set_random_state(state: bytes) -> None:
    torch.default_generator.set_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


def _cuda_random_states() -> list[bytes] | None:
    """None where CUDA was not used yet."""
    if not torch.cuda.is_initialized():
        return None
    return [state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()]


def _set_cuda_random_states(states: list[bytes] | None) -> None:
    if states is None:
        # Where CUDA is used for the first time, its random numbers start from the seed of the CPU's.
        torch.cuda.manual_seed_all(torch.initial_seed())
        return
    torch.cuda.set_rng_state_all([torch.frombuffer(bytearray(state), dtype=torch.uint8) for state in states])
