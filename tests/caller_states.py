"""What a caller of the package may have set, and how to ask for all of it at once."""

import logging
import os
import random
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from PIL import ImageFile

FP32 = getattr(torch._C, "_get_fp32_precision_getter", None)


def state() -> dict[str, Any]:
    """Everything that a caller may have set."""
    root, backends = logging.getLogger(), torch.backends
    numbers = np.random.get_state(legacy=False)["state"]
    found = {
        "gradients": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "device of a new tensor": torch.zeros(1).device,
        "autocast": [torch.is_autocast_enabled(device) for device in ("cpu", "cuda")],
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "only warns": torch.is_deterministic_algorithms_warn_only_enabled(),
        "anomaly": torch.is_anomaly_enabled(),
        "threads": torch.get_num_threads(),
        "random": [random.getstate(), numbers["key"].tolist(), numbers["pos"]],
        "random, torch": torch.get_rng_state().tolist(),
        "cudnn": (backends.cudnn.enabled, backends.cudnn.deterministic, backends.cudnn.benchmark),
        "kernels": [torch._C._get_mkldnn_enabled(), backends.mha.get_fastpath_enabled()],
        "attention": [backends.cuda.flash_sdp_enabled(), backends.cuda.math_sdp_enabled()],
        "precision": [
            _or_refused(torch.get_float32_matmul_precision),
            _or_refused(lambda: backends.cuda.matmul.allow_tf32),
            _or_refused(lambda: backends.cudnn.allow_tf32),
        ],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "signals": [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)],
        "numpy": np.geterr(),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "logging": (root.level, list(root.handlers), logging.getLogger("PIL").level),
        "pillow": ImageFile.LOAD_TRUNCATED_IMAGES,
        "numbers in print": (np.get_printoptions(), torch.tensor(1 / 3, device="cpu").__repr__()),
    }
    if FP32:
        kinds = [(b, kind) for b in ("cuda", "mkldnn") for kind in ("all", "matmul", "conv", "rnn")]
        found["newer precision"] = [FP32(*kind) for kind in [("generic", "all"), *kinds]]
    return found


def _or_refused(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except RuntimeError:
        return "refused"


@contextmanager
def put_back(write: Callable[[], object], back: Callable[[], object]) -> Iterator[None]:
    write()
    try:
        yield
    finally:
        back()


@contextmanager
def numbers_drawn() -> Iterator[None]:
    """A caller that has drawn some random numbers of its own."""
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    random.random(), np.random.rand(), torch.rand(3)
    yield
    random.setstate(kept[0]), np.random.set_state(kept[1]), torch.set_rng_state(kept[2])


@contextmanager
def switches() -> Iterator[None]:
    """Of speed, of kernels, of what is checked."""
    backends = torch.backends
    switched = [
        (torch.set_float32_matmul_precision, "medium", torch.get_float32_matmul_precision()),
        (torch._C._set_mkldnn_enabled, False, True),
        (backends.mha.set_fastpath_enabled, False, True),
        (backends.cuda.enable_flash_sdp, False, True),
        (torch.autograd.set_detect_anomaly, True, False),
        (torch._C._set_deterministic_algorithms, True, False),
        (lambda value: setattr(backends.cudnn, "benchmark", value), True, False),
        (lambda value: setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", value), True, False),
    ]
    for write, value, _ in switched:
        write(value)
    yield
    for write, _, value in switched:
        write(value)
    if FP32:
        for kind in ("cuda", "matmul"), ("mkldnn", "matmul"):
            torch._C._set_fp32_precision_setter(*kind, "none")


@contextmanager
def newer_precision() -> Iterator[None]:
    """As torch advises since 2.9; its older switches then refuse to be read."""
    if not FP32:
        pytest.skip("an older torch")
    write = torch._C._set_fp32_precision_setter
    write("generic", "all", "tf32")
    write("cuda", "matmul", "tf32")
    write("mkldnn", "conv", "bf16")
    yield
    for kind in ("cuda", "matmul"), ("mkldnn", "conv"), ("generic", "all"):
        write(*kind, "none")
    for kind in ("cuda", "conv"), ("cuda", "rnn"):
        write(*kind, "tf32")


@contextmanager
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("error")
        yield
    assert {str(warning.message) for warning in heard} <= {"the network warns"}


@contextmanager
def own_handlers() -> Iterator[None]:
    kept = [(each, signal.signal(each, lambda *_: None)) for each in (signal.SIGINT, signal.SIGTERM)]
    yield
    for each, handler in kept:
        signal.signal(each, handler)


@contextmanager
def elsewhere() -> Iterator[None]:
    """Another working directory, environment, logging."""
    folder, root = os.getcwd(), logging.getLogger()
    level = root.level
    os.chdir(os.sep)
    os.environ["CALLER"] = "here"
    root.setLevel(logging.DEBUG)
    yield
    os.chdir(folder)
    del os.environ["CALLER"]
    root.setLevel(level)


STATES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "gradients off": torch.no_grad,
    "inference mode": torch.inference_mode,
    "float64": lambda: put_back(
        lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32)
    ),
    "default device": lambda: put_back(
        lambda: torch.set_default_device("meta"), lambda: torch.set_default_device(None)
    ),
    "device context": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "threads": lambda: put_back(lambda: torch.set_num_threads(2), lambda: torch.set_num_threads(1)),
    "numpy raises": lambda: np.errstate(all="raise"),
    "numbers drawn": numbers_drawn,
    "switches": switches,
    "newer precision": newer_precision,
    "warnings are errors": warnings_are_errors,
    "own handlers": own_handlers,
    "elsewhere": elsewhere,
}
