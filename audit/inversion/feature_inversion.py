"""Feature inversion: reconstruct a photograph from the activations of one layer alone.

Mahendran and Vedaldi 2015, "Understanding deep image representations by inverting them", equations 1 to 3.
Their norms are replaced by the natural prior: coefficients are whitened by the spectrum and colours of
photographs. At a layer that keeps most of the image, low frequencies are optimised first, and total variation
is penalised in proportion to the remaining error. A layer that keeps little would accept noise. There the
picture is augmented at every step and regularised to the sparse gradients of photographs, as class pictures
are.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.layers import LayerInfo, activations
from audit.image_stats import NaturalPrior, to_uint8_grid
from audit.synthesis.adam import Adam
from audit.synthesis.augmentation import Views, ViewSettings
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.regularizers import Sparse
from audit.synthesis.schedule import rate

PEAK = 0.1
"""Largest step of a whitened coefficient."""
VARIATION = 10.0
"""Weight of total variation, as a multiple of the current relative error."""
PULL = 0.5
"""Weight of the sparsity regularizer, at layers that keep little."""
COARSE = 0.5
"""Share of the steps after which all frequencies are optimised."""
OCTAVES = 4.0
"""Octaves below the finest frequency at which optimisation begins."""
DEPTHS, ENOUGH = 8, 5
"""At most so many layers are chosen; so many blocks are enough not to look inside blocks."""
FEW = 8
"""A layer with fewer positions along a side counts as one that keeps little, whatever its channels."""
WIDEST, LARGEST_ANGLE, NOISE = 0.85, 20.0, 0.02
"""Augmentation at such a layer: smallest crop (share of the side), rotation in degrees per share cropped,
noise."""
UNBOUNDED = 1e9
FLOOR = 1e-12


def invert(
    classifier: Classifier,
    photograph: Tensor,
    layer: LayerInfo,
    prior: NaturalPrior,
    *,
    steps: int,
    restarts: int = 1,
    seed: int = 0,
    tick: Callable[[float], None] = lambda views: None,
) -> Tensor:
    """Pictures `[restarts, c, h, w]`, 8 bits in [0, 1], whose activations in `layer` approach the
    photograph's.

    Nothing but the activations of `photograph` `[1, c, h, w]` in [0, 1] is used. Each restart begins with its
    own noise and takes `steps` forward-backward passes up to the layer. ModelError where the layer's output
    cannot be split by image.
    """
    with torch.no_grad():
        target = activations(classifier, photograph, layer)
    scarce = max(layer.positions, default=1) < FEW
    numbers = [generator(seed, "inversion", restart) for restart in range(restarts)]
    palette = _palette(classifier, prior, bounded=scarce)
    canvas = FourierCanvas.noise(palette, numbers, *classifier.size)
    adam = Adam(canvas.parameters)
    look = Views(_views(layer), numbers, tuple(photograph.shape[1:]), classifier.device) if scarce else None
    regularizer = Sparse(prior, classifier.size, palette.luma, PULL)
    radius = _radius(classifier.size).to(classifier.device)
    for step in range(steps):
        pictures = canvas.render()
        error = relative_error(activations(classifier, look(pictures) if look else pictures, layer), target)
        loss = error + VARIATION * (0.5 if look else 1) * error.detach() * _variation(pictures)
        (towards,) = torch.autograd.grad(-loss.sum(), pictures, retain_graph=True)
        if look:
            towards = regularizer(pictures, towards, [step] * restarts)
        (gradient,) = torch.autograd.grad(pictures, canvas.parameters, towards)
        adam.ascend(gradient.mul_(radius <= _cut(step / (COARSE * steps))), rate(step, steps, PEAK))
        if look:
            canvas.settle()
        tick(restarts)
    with torch.no_grad():
        # Not normalised: mean colour and contrast are determined by the activations.
        return to_uint8_grid(canvas.render().cpu())


def _views(layer: LayerInfo) -> ViewSettings:
    """Crops that shift by at most half a position of the layer: it hardly resolves less."""
    low = max(WIDEST, 1 - 1 / max(layer.positions, default=1))
    return ViewSettings((low, 1.0), LARGEST_ANGLE * (1 - low), flip=False, noise=NOISE, reach=1.4)


def relative_error(features: Tensor, target: Tensor) -> Tensor:
    """Features `[n, ...]` against those of one photograph `[1, ...]`: ‖φ - φ₀‖² / ‖φ₀‖², `[n]` (eq. 3)."""
    distance = (features - target).flatten(1).square().sum(1)
    return distance / target.square().sum().clamp(min=FLOOR)


def depths(found: Sequence[LayerInfo], count: int = DEPTHS) -> list[LayerInfo]:
    """At most `count` layers, evenly from the first that has weights to the last, in their order.

    Blocks are preferred to the layers inside them, because one branch of a block says little. The smallest
    nesting depth with `ENOUGH` layers is taken; there, the first layer to finish after each layer with
    weights.
    """
    leaves = {layer.name for layer in found if layer.parameters}
    leaves -= {name.rsplit(".", i)[0] for name in leaves for i in range(1, name.count(".") + 1)}
    chosen: list[LayerInfo] = []
    for nesting in sorted({layer.depth for layer in found}):
        passed, last, chosen = 0, 0, []
        for layer in found:
            passed += layer.name in leaves
            if layer.depth <= nesting and layer.kind != "other" and passed > last:
                chosen.append(layer)
                last = passed
        if len(chosen) >= min(count, ENOUGH):
            break
    if len(chosen) <= count:
        return chosen
    places = [round(i * (len(chosen) - 1) / (count - 1)) for i in range(count)] if count > 1 else [-1]
    return [chosen[place] for place in places]


def _palette(classifier: Classifier, prior: NaturalPrior, *, bounded: bool) -> Palette:
    """The natural prior. Its limits of contrast hold only if `bounded`: other layers determine the contrast
    themselves, and a photograph may have more of it than the limits allow."""
    if not bounded:
        prior = prior.model_copy(update={"contrast": (0.0, UNBOUNDED, UNBOUNDED)})
    return Palette(prior, classifier.input.channels, classifier.size, classifier.device)


def _variation(pictures: Tensor) -> Tensor:
    """Total variation `[n]`: mean length of the gradient, per pixel (Mahendran and Vedaldi, eq. 4, β = 1)."""
    corner = pictures[:, :, :-1, :-1]
    down, right = pictures[:, :, 1:, :-1] - corner, pictures[:, :, :-1, 1:] - corner
    return (down.square() + right.square() + 1e-6).sqrt().flatten(1).mean(1)


def _radius(size: tuple[int, int]) -> Tensor:
    """Frequencies of `rfft2` in cycles per pixel, as `[h, w // 2 + 1, 1]`."""
    return torch.hypot(torch.fft.fftfreq(size[0])[:, None], torch.fft.rfftfreq(size[1])[None])[..., None]


def _cut(share: float) -> float:
    """Highest frequency optimised, in cycles per pixel; it rises by `OCTAVES` octaves, and at `share` 1 all
    are."""
    return 2.0 ** (-OCTAVES * (1 - share) - 0.5) if share < 1 else 1.0
