import os
import random
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from caller_states import FP32, STATES
from PIL import Image, ImageFile

from audit.isolation import isolated
from audit.isolation.torch_state import usual


def test_inside_all_is_as_in_a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = np.geterr()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with STATES["switches"](), torch.inference_mode(), np.errstate(all="raise"), torch.device("meta"):
        assert torch.backends.cudnn.benchmark
        with isolated():
            assert torch.ones(1).dtype == torch.float32
            assert torch.ones(1).device == torch.device("cpu")
            assert torch.ones(1, requires_grad=True).sum().requires_grad
            assert not torch.ones(1).is_inference()
            assert np.geterr() == errors
            assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == (89_478_485, False)
            assert not torch.is_anomaly_enabled()
            assert not torch.are_deterministic_algorithms_enabled()
            assert torch._C._get_mkldnn_enabled()
            assert torch.backends.mha.get_fastpath_enabled()
            assert torch.backends.cuda.flash_sdp_enabled()
            # More exact than a fresh process.
            assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)
            assert not torch.backends.cudnn.allow_tf32
            assert not torch.backends.cuda.matmul.allow_tf32
            assert torch.get_float32_matmul_precision() == "highest"
        assert Image.MAX_IMAGE_PIXELS is None
    assert errors["invalid"] == "warn"


@pytest.mark.skipif(FP32 is None, reason="an older torch")
def test_float32_is_multiplied_in_full_whichever_switches_are_set() -> None:
    with STATES["newer precision"](), isolated():
        kinds = [(backend, kind) for backend in ("cuda", "mkldnn") for kind in ("matmul", "conv", "rnn")]
        assert {FP32(*kind) for kind in kinds} == {"ieee"}
        assert torch.get_float32_matmul_precision() == "highest"
        assert not torch.backends.cudnn.allow_tf32


def test_random_numbers_are_drawn_from_one_seed_and_the_callers_go_on() -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = [draw(), draw()]
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    inside = []
    seen = []
    for _ in range(2):
        with isolated():
            inside.append(draw())
            with isolated():
                inside.append(draw())
        seen.append(draw())
    assert seen == expected
    assert len(set(inside)) == 1
    assert inside[0] not in expected


def test_another_generator_of_numpy_is_kept() -> None:
    usual_one = np.random.get_bit_generator()
    np.random.set_bit_generator(np.random.PCG64(4))
    try:
        before = np.random.get_state(legacy=False)
        with isolated():
            np.random.rand()
        assert np.random.get_state(legacy=False) == before
    finally:
        np.random.set_bit_generator(usual_one)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_all_comes_back_whatever_ends_it(error: type[BaseException], tmp_path: Path) -> None:
    before, path = os.getcwd(), list(sys.path)

    @isolated()
    def work() -> None:
        os.chdir(tmp_path)
        os.environ["MADE_INSIDE"] = "1"
        sys.path.insert(0, "made inside")
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        raise error

    with pytest.raises(error):
        work()
    assert os.getcwd() == before
    assert "MADE_INSIDE" not in os.environ
    assert torch.zeros(1).dtype == torch.float32
    assert torch.zeros(1).device.type == "cpu"
    assert sys.path == [*path, "made inside"], "a network may import from there later on"
    sys.path.remove("made inside")


def test_default_devices_stay_in_their_order() -> None:
    """Of a context inside another, and set inside and taken away inside."""
    torch.set_default_device("meta")
    try:
        with torch.device("cpu"):
            with isolated():
                torch.set_default_device("meta")
                torch.set_default_device(None)
                assert torch.zeros(1).device.type == "cpu"
            assert torch.zeros(1).device.type == "cpu"
        assert torch.zeros(1).device.type == "meta"
    finally:
        torch.set_default_device(None)
    assert torch.zeros(1).device.type == "cpu"
    assert not torch._C._len_torch_function_stack()


def test_errors_are_warnings_inside_and_what_is_ignored_stays_so() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "not this")
        with isolated():
            warnings.warn("said", UserWarning, stacklevel=1)
            warnings.warn("not this", UserWarning, stacklevel=1)
        with pytest.raises(UserWarning, match="again"):
            warnings.warn("again", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["said"]


def test_in_a_thread_and_where_the_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    seen: list[object] = []

    def work() -> None:
        with torch.no_grad(), isolated():
            seen.append(torch.is_grad_enabled())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_a_pass_of_the_usual_kind_keeps_gradients_on_or_off() -> None:
    x = torch.ones(2, 2)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16), usual():
        assert not torch.is_grad_enabled()
        assert (x @ x).dtype == torch.float32
    with torch.inference_mode(), usual():
        assert not torch.is_grad_enabled()
        assert not torch.ones(1).is_inference()
    torch.set_default_dtype(torch.float64)
    try:
        with usual():
            assert torch.is_grad_enabled()
            assert torch.ones(1).dtype == torch.float32
        assert torch.ones(1).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_random_numbers_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Used before: they come back. Used inside for the first time: they start from the caller's seed."""
    used, states, seeds = [True], [torch.arange(3, dtype=torch.uint8)], list[int]()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: used[0])
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: [state.clone() for state in states])
    monkeypatch.setattr(torch.cuda, "set_rng_state_all", lambda given: states.__setitem__(slice(None), given))
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    with isolated():
        states[0] += 7
    assert states[0].tolist() == [0, 1, 2]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(31)
        used[0] = False
        with isolated():
            used[0] = True
    assert seeds == [31]


def test_pillow_loaded_inside_is_left_as_it_comes() -> None:
    code = (
        "import sys; from audit.isolation import isolated\n"
        "with isolated():\n"
        "    from PIL import ImageFile\n"
        "    ImageFile.LOAD_TRUNCATED_IMAGES = True\n"
        "assert not ImageFile.LOAD_TRUNCATED_IMAGES\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
