"""A random network is loaded and drawn through the public way, and compared with the plain module."""

import contextlib
import io
import re
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from network_generator import RandomNetwork
from network_heads import EITHER, REFUSED, RUNS, SHOWS
from torch import Tensor, nn

import audit
from audit.classifier import Classifier
from audit.classifier.layers import layers
from audit.classifier.probe_images import probe_images
from audit.config import SynthesisConfig
from audit.errors import ModelError, UserError
from audit.runner.session import nearest
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import NOT_FINITE_FIX, Job

RAN, ONE_LINE, NEITHER, WRONG = "ran", "refused in one line", "neither", "wrong"
SETTINGS = SynthesisConfig.model_validate({"views": 3, "restarts": 2})
PAGES = 10
"""Of each so many networks one is also drawn by `audit.draw`, which writes a page."""
SAME = 1e-6
"""Two passes that differ by more, as a share of the largest logit, draw random numbers."""


@dataclass(frozen=True)
class Outcome:
    """What happened to a network."""

    number: int
    kind: str
    said: str = ""
    reason: str = ""
    """The beginning of what was refused, without its numbers: equal for equal reasons."""
    must: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Known:
    """What plain torch says of a network."""

    must: str
    """RUNS, REFUSED or EITHER."""
    logits: Tensor | None = None
    """Of the module on the trial's images, `[n, k]`; None where it has none."""
    rounding: float = 0.0
    """How far these are from those in float64, or from those without the other images."""


class WrongError(Exception):
    """The audit's answer is not the network's."""


def trial(network: RandomNetwork, folder: Path) -> Outcome:
    """Loads and draws a network; `folder` takes its file. The state of the process is as before."""
    began = time.perf_counter()
    must = reason = ""
    try:
        with quiet():
            known = known_of(network)
        must = known.must
        with quiet():
            kind, said, reason = _tried(network, known, folder)
    except WrongError as error:
        kind, said = WRONG, str(error)
    # Whatever else leaves the audit is a traceback for its user.
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)
        own = [f"{Path(f.filename).name}:{f.lineno}" for f in where if "/audit/" in f.filename]
        kind, said = NEITHER, f"{type(error).__name__}: {error} (at {' > '.join(own[-3:])})"
    return Outcome(network.number, kind, said, reason, must, time.perf_counter() - began)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Networks print, warn and leave switches behind."""
    gradients, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        torch.random.fork_rng(devices=[]),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_grad_enabled(gradients)
            torch.set_default_dtype(dtype)


def _images(network: RandomNetwork) -> Tensor:
    own = torch.Generator().manual_seed(network.number)
    coarse = torch.rand(3, network.channels, 5, 5, generator=own)
    smooth = nn.functional.interpolate(coarse, network.size, mode="bicubic").clamp(0, 1)
    noise = torch.rand(2, network.channels, *network.size, generator=own)
    return torch.cat([smooth, noise])


def _normal(network: RandomNetwork, images: Tensor) -> Tensor:
    images = images.flip(1) if network.order == "bgr" else images
    mean, std = (torch.tensor(values)[:, None, None] for values in (network.mean, network.std))
    return ((images - mean) / std).contiguous()


def known_of(network: RandomNetwork) -> Known:
    """Asks plain torch what the network is: whether it must run, must be refused, or may do either."""
    images, probes = _images(network), probe_images(network.channels, *network.size)
    normal = _normal(network, torch.cat([probes, images]))
    unsure = network.expected if network.expected == REFUSED else EITHER
    try:
        plain = network.build()
        plain.eval()
        plain.float()
        whole, every = _asked(plain, normal, network)
        again = _asked(plain, normal, network, seed=1)[1]
        alone = torch.cat([_asked(plain, one[None], network)[1] for one in normal[[1, -1]]])
        gradient = _has_gradient(plain, normal[: len(probes)])
    # It is foreign code, and does not run in plain torch either.
    except (Exception, SystemExit):
        return Known(unsure, _one_at_a_time(network, normal[len(probes) :]))
    own, largest = every[len(probes) :], float(every.abs().max())
    if not bool(every.isfinite().all()):
        return Known(unsure, own)
    if float((again - every).abs().max()) > 10 * SAME * largest:
        return Known(REFUSED)  # it draws random numbers
    mixed = float((alone - every[[1, -1]]).abs().max()) / (largest + 1e-30)
    if mixed > 1e-2:
        return Known(REFUSED)  # an answer depends on the other images
    plainly = mixed < 1e-4 and whole and gradient and not bool(((every >= 0) & (every <= 1)).all())
    must = (
        EITHER
        if network.expected == SHOWS or (network.expected == RUNS and not plainly)
        else network.expected
    )
    return Known(must, own, max(_rounding(network, normal[len(probes) :], own), mixed * largest))


def _asked(plain: nn.Module, inputs: Tensor, network: RandomNetwork, seed: int = 0) -> tuple[bool, Tensor]:
    """Whether the module gives nothing but `[n, k]`, and that, with gradients on."""
    with torch.enable_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        given: Any = plain(inputs.clone().requires_grad_(True) * 1)  # not a leaf: it may be changed in place
    held = given if isinstance(given, tuple | list) else [given]
    held = list(given.values()) if isinstance(given, dict) else held
    held = [given.logits] if hasattr(given, "logits") else held
    rows = [
        t
        for t in held
        if isinstance(t, Tensor) and t.shape in ((len(inputs), network.classes), (len(inputs), 1))
    ]
    if not rows:
        raise TypeError("no logits")
    return rows[0] is given, rows[0].detach().float()


def _one_at_a_time(network: RandomNetwork, inputs: Tensor) -> Tensor | None:
    """Logits of a network that takes one image only; None where it does not take that either."""
    try:
        plain = network.build()
        plain.eval()
        return torch.cat([_asked(plain.float(), one[None], network)[1] for one in inputs])
    except (Exception, SystemExit):
        return None


def _has_gradient(plain: nn.Module, inputs: Tensor) -> bool:
    leaf = inputs.clone().requires_grad_(True)
    with torch.enable_grad():
        outputs: Tensor = plain(leaf * 1)
        weights = torch.linspace(-1.0, 1.3, outputs.numel()).view_as(outputs)
        (gradient,) = torch.autograd.grad((outputs * weights).sum(), leaf)
    return bool(gradient.isfinite().all()) and float(gradient.abs().max()) > 1e-12


def _rounding(network: RandomNetwork, inputs: Tensor, logits: Tensor) -> float:
    """How far float32 is from float64; 0 where the network does not run in that."""
    try:
        plain = network.build()
        plain.eval()
        return float((_asked(plain.double(), inputs.double(), network)[1] - logits).abs().max())
    except (Exception, SystemExit):
        return 0.0


def _tried(network: RandomNetwork, known: Known, folder: Path) -> tuple[str, str, str]:
    """Kind, words and reason of what the audit does with it; raises WrongError."""
    live = None if network.from_file else _built(network)
    if live is None:
        file = folder / f"network{network.number}.py"
        file.write_text(network.source)
    target = live if live is not None else f"{folder}/network{network.number}.py:make"
    before = _state(live) if live is not None else {}
    switches = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads(), Path.cwd()
    try:
        _audited(network, known, target, folder)
        kind, said, reason = RAN, "", ""
    except UserError as error:
        kind, said = ONE_LINE, str(error)
        reason = re.sub(r"(?<!\w)-?\d[\d.]*(e[+-]?\d+)?", "N", re.split(r"[:(;]", error.problem)[0]).strip()
        if "\n" in said or not error.fix:
            raise WrongError(f"not one line with a fix: {said!r}") from error
    if live is not None and (changed := _changed(before, _state(live))):
        raise WrongError(f"the caller's module changed: {changed}")
    now = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads(), Path.cwd()
    if now != switches:
        raise WrongError(f"switches of the process changed from {switches} to {now}")
    if kind == RAN and known.must == REFUSED:
        raise WrongError("it runs, but should be refused")
    if kind == ONE_LINE and known.must == RUNS and (network.copies or network.from_file):
        raise WrongError(f"it runs in torch, but was refused: {said}")
    return kind, said, reason


def _built(network: RandomNetwork) -> nn.Module | None:
    """A live module; None where its own code raises already, which is then left to the audit."""
    try:
        return network.build()
    except Exception:
        return None


def _audited(network: RandomNetwork, known: Known, target: str | nn.Module, folder: Path) -> None:
    classifier = audit.load(
        target,
        input_size=network.size,
        mean=network.mean,
        std=network.std,
        channels=network.channels,
        channel_order=network.order,
        task="multi-label" if network.multi_label else "single-label",
    )
    images = _images(network)
    _compare(classifier, images, known, "loaded")
    _compare(classifier.folded(), images, known, "folded")
    jobs = [Job(network.number % len(classifier.classes), restart) for restart in range(2)]
    drawn = draw_natural(classifier, jobs, nearest(classifier.size).prior, SETTINGS, 0)
    if drawn.failed:
        raise ModelError(drawn.failed[0], fix=NOT_FINITE_FIX)
    if drawn.images.shape != (2, *images.shape[1:]) or not bool(
        ((drawn.images >= 0) & (drawn.images <= 1)).all()
    ):
        raise WrongError(f"pictures of shape {list(drawn.images.shape)} from {float(drawn.images.min())}")
    _compare(classifier, images, known, "after drawing")
    if network.number % PAGES == 0 and (found := layers(classifier)):
        audit.draw(
            classifier, f"{found[-1].name}:0", views=2, restarts=1, out=folder / f"page{network.number}"
        )


def _compare(classifier: Classifier, images: Tensor, known: Known, which: str) -> None:
    """The logits in batches of several sizes, with gradients and without, are those of the plain module."""
    wanted = known.logits
    with torch.no_grad():
        wanted = classifier.logits(images).clone() if wanted is None else wanted
    if wanted.shape[1] == 1:
        wanted = torch.cat([torch.zeros_like(wanted), wanted], 1)
    finite = torch.cat([wanted[wanted.isfinite()], torch.zeros(2)])
    allowed = 1e-3 * float(finite.std()) + 1e-5 * float(finite.abs().max()) + 20 * known.rounding
    for size in (1, 2, 3, 5):
        for gradients in (False, True):
            with torch.set_grad_enabled(gradients):
                found = classifier.logits(images[:size].clone().requires_grad_(gradients)).detach()
            if found.shape != wanted[:size].shape:
                raise WrongError(f"{which}: logits {list(found.shape)} for {size} images")
            same = (found == wanted[:size]) | (found.isnan() & wanted[:size].isnan())  # also where not finite
            off = float((found - wanted[:size]).abs().masked_fill(same, 0).max())
            if not off <= allowed:
                how = "with" if gradients else "without"
                raise WrongError(
                    f"{which}: the logits of {size} images are {off:.3g} off {how} gradients ({allowed:.3g})"
                )


def _state(module: nn.Module) -> dict[str, Any]:
    """Bits, switches and hooks of a module and all below it."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    bits = {name: (_bits(t), t.dtype, t.requires_grad, t.grad is None) for name, t in tensors.items()}
    hooks = {
        name: (
            layer.training,
            *(len(v) for k, v in vars(layer).items() if k.endswith("_hooks") and v is not None),
        )
        for name, layer in module.named_modules()
    }
    return {**bits, **{f"layer {name}": value for name, value in hooks.items()}}


def _bits(tensor: Tensor) -> object:
    if (
        tensor.is_meta
        or tensor.layout != torch.strided
        or isinstance(tensor, nn.parameter.UninitializedTensorMixin)
    ):
        return type(tensor).__name__
    return bytes(
        tensor.detach().clone(memory_format=torch.contiguous_format).reshape(-1).view(torch.uint8).tolist()
    )


def _changed(before: Any, after: Any) -> str:
    return ", ".join(sorted(name for name in {*before, *after} if before.get(name) != after.get(name))[:5])
