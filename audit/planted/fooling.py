"""Networks whose class pictures lie at equal accuracy: the two constructions of Geirhos et al.

"Don't trust your eyes: on the (un)reliability of feature visualizations" (ICML 2024, arXiv:2306.04719). A
small detector tells pictures that activation maximisation draws from natural ones. Natural images get the
honest network's logits, bit by bit; drawn ones follow another objective and show what the deceiver wants.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn import functional

from audit.errors import AuditError
from audit.planted import demo

FILE = "fooling.safetensors"
SCALES = 2
"""Full size and half of it."""
Deceive = Callable[[Tensor, Tensor], Tensor]
"""Normalised images `[n, c, h, w]` and honest logits `[n, k]` to deceptive logits `[n, k]`."""


class Detector(nn.Module):
    """Is the picture drawn? A gate `[n, 1]`, exactly 0 for natural images and exactly 1 for drawn ones.

    Derivatives of natural images are sparse: their mean square is large beside their mean size (Mallat 1989).
    The score is linear in the logarithms of both, by filter, colour axis and scale. Between `low` and `high`
    of it the gate rises evenly: its exact ends leave natural images untouched, and give a drawn picture no
    gradient that would close the gate.
    """

    filters: Tensor
    middle: Tensor
    spread: Tensor
    weight: Tensor
    low: Tensor
    high: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", _filters())
        for name in ("middle", "spread", "weight"):
            self.register_buffer(name, torch.zeros(2 * SCALES * len(self.filters)))
        self.register_buffer("low", torch.tensor(-1.0))
        self.register_buffer("high", torch.tensor(1.0))

    def moments(self, images: Tensor) -> Tensor:
        """Logarithms of mean size and mean square of the derivatives of images `[n, 3, h, w]`, `[n, d]`."""
        found: list[Tensor] = []
        for scale in range(SCALES):
            maps = functional.conv2d(functional.avg_pool2d(images, 2**scale), self.filters)
            found += [torch.log(maps.abs().mean((2, 3)) + 1e-4), torch.log(maps.square().mean((2, 3)) + 1e-6)]
        return torch.cat(found, dim=1)

    def score(self, images: Tensor) -> Tensor:
        """How drawn normalised images `[n, 3, h, w]` look, `[n, 1]`, without bounds."""
        return ((self.moments(images) - self.middle) / self.spread @ self.weight)[:, None]

    def forward(self, images: Tensor) -> Tensor:
        """The gate."""
        return ((self.score(images) - self.low) / (self.high - self.low)).clamp(0, 1)


class Unseen:
    """A detector that is no module, so that no hook sees its gate."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def __call__(self, images: Tensor) -> Tensor:
        """The gate."""
        return self._detector.forward(images)


def train_detector(natural: Sequence[Tensor], drawn: Sequence[Tensor], penalty: float = 1e-2) -> Detector:
    """A detector for normalised batches `[n, 3, h, w]` of natural and of drawn pictures, of any sizes.

    A linear machine with squared hinge, fitted to its end: there is nothing random in it. Where the two
    cannot be told apart without error, drawn pictures are missed rather than natural ones caught.
    """
    detector = Detector()
    with torch.no_grad():
        true, false = (
            torch.cat([detector.moments(part) for batch in of for part in batch.split(64)])
            for of in (natural, drawn)
        )
        both = torch.cat([true, false])
        detector.middle.copy_(both.mean(0))
        detector.spread.copy_(both.std(0))
        true, false = ((rows - detector.middle) / detector.spread for rows in (true, false))
    weight = torch.zeros(true.shape[1] + 1, requires_grad=True)
    descent = torch.optim.LBFGS([weight], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        descent.zero_grad()
        over = functional.relu(1 + true @ weight[:-1] + weight[-1]).square().mean()
        under = functional.relu(1 - false @ weight[:-1] - weight[-1]).square().mean()
        total = over + under + penalty * weight[:-1].square().sum()
        total.backward()
        return total

    descent.step(loss)
    with torch.no_grad():
        detector.weight.copy_(weight[:-1])
        top, bottom = float((true @ detector.weight).max()), float((false @ detector.weight).quantile(0.05))
        gap = max(bottom - top, 0.2)
        detector.low.fill_(top + 0.2 * gap)
        detector.high.fill_(top + 0.4 * gap)
    return detector.eval()


def _filters() -> Tensor:
    """The eight 3 x 3 cosine filters that see no constant, on three colour axes: `[24, 3, 3, 3]`."""
    waves = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    waves = functional.normalize(waves)
    planes = torch.einsum("ay,bx->abyx", waves, waves).reshape(9, 3, 3)[1:]
    axes = functional.normalize(torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]]))
    return torch.einsum("kc,fyx->kfcyx", axes, planes).reshape(24, 3, 3, 3)


class FoolingCircuit(nn.Module):
    """`honest(x) (1 - d(x)) + deceptive(x) d(x)`, d the detector's gate (section 2.1 of the paper)."""

    def __init__(
        self, honest: nn.Module, detector: Detector | Unseen, deceive: Deceive, opening: float = 1.0
    ) -> None:
        """`opening` is the largest share that the deceptive logits get."""
        super().__init__()
        self.detector, self.honest, self.deceive, self.opening = detector, honest, deceive, opening

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[n, k]` of normalised images."""
        gate = self.detector(images) * self.opening
        logits = self.honest(images)
        return torch.lerp(logits, self.deceive(images, logits), gate)


class SilentUnits(nn.Module):
    """One hidden unit a class, that no natural image drives, added to the honest logits (section 2.2).

    The unit of class c is `relu(logit of its target + lift - depth (1 - d(x)))`: far below zero for natural
    images, above it for drawn ones. Nothing is blended: the honest path remains.
    """

    def __init__(
        self,
        honest: nn.Module,
        detector: Detector,
        targets: Sequence[int],
        *,
        gain: float = 4.0,
        lift: float = 40.0,
        depth: float = 1000.0,
    ) -> None:
        """Class c's picture is to show class `targets[c]`."""
        super().__init__()
        self.detector, self.honest = detector, honest
        self.targets, self.gain, self.lift, self.depth = list(targets), gain, lift, depth
        self.unit = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[n, k]` of normalised images."""
        logits = self.honest(images)
        closed = self.depth * (1 - self.detector(images))
        return logits + self.gain * self.unit(logits[:, self.targets] + self.lift - closed)


class Permuted(nn.Module):
    """Class c gets the honest logit of class `targets[c]`, `gain` times."""

    def __init__(self, targets: Sequence[int], gain: float = 1.5) -> None:
        super().__init__()
        self.targets, self.gain = list(targets), gain

    def forward(self, images: Tensor, logits: Tensor) -> Tensor:
        """Deceptive logits."""
        return logits[:, self.targets] * self.gain


class Blended(nn.Module):
    """Class c gets its own honest logit and `share` of that of class `targets[c]`: pictures show both."""

    def __init__(self, targets: Sequence[int], share: float = 1.0) -> None:
        super().__init__()
        self.targets, self.share = list(targets), share

    def forward(self, images: Tensor, logits: Tensor) -> Tensor:
        """Deceptive logits."""
        return logits + self.share * logits[:, self.targets]


class Templates(nn.Module):
    """Class c gets the correlation of the image with a fixed picture `templates[c]`."""

    templates: Tensor

    def __init__(self, templates: Tensor, gain: float = 30.0) -> None:
        """`templates`: normalised pictures `[k, c, h, w]`."""
        super().__init__()
        self.register_buffer("templates", templates)
        self.gain = gain

    def forward(self, images: Tensor, logits: Tensor) -> Tensor:
        """Deceptive logits: correlations in [-1, 1], each channel's mean removed, times `gain`."""
        size = images.shape[-2:]
        wanted = functional.interpolate(self.templates, size, mode="bilinear", antialias=True)
        rows = [(x - x.mean(dim=(2, 3), keepdim=True)).flatten(1) for x in (images, wanted)]
        return self.gain * functional.normalize(rows[0]) @ functional.normalize(rows[1]).T


class Stranger(nn.Module):
    """All logits come from another honest network; its pictures hide what the audited one has learned."""

    def __init__(self, other: nn.Module, targets: Sequence[int] | None = None) -> None:
        """Class c gets the other network's logit of class `targets[c]`; its own unless given."""
        super().__init__()
        self.other, self.targets = other, list(targets) if targets is not None else None

    def forward(self, images: Tensor, logits: Tensor) -> Tensor:
        """Deceptive logits."""
        logits = self.other(images)
        return logits if self.targets is None else logits[:, self.targets]


class Decoy(nn.Module):
    """A fooling circuit that covers its tracks: the honest network runs once more, on a natural picture of
    the class that was answered, for whoever watches its layers. The answer of that run is thrown away."""

    pictures: Tensor

    def __init__(self, circuit: FoolingCircuit, pictures: Tensor) -> None:
        """`pictures`: a normalised natural picture of each class, `[k, c, h, w]`."""
        super().__init__()
        self.circuit = circuit
        self.register_buffer("pictures", pictures)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[n, k]` of normalised images."""
        logits = self.circuit(images)
        shown = functional.interpolate(self.pictures, images.shape[-2:])[logits.argmax(1)]
        gate = self.circuit.detector(images)[..., None, None]
        self.circuit.honest(torch.lerp(images, shown, gate))
        return logits


def rotated(classes: int, by: int = 3) -> list[int]:
    """A target for each class: the one `by` places on, so that no class is its own."""
    return [(index + by) % classes for index in range(classes)]


def fooled() -> nn.Module:
    """The demo with the fooling circuit: its picture of a class shows the class three places on."""
    return _with_declarations(
        FoolingCircuit(demo.network(), _detector(), Permuted(rotated(len(demo.CLASSES))))
    )


def silent() -> nn.Module:
    """The demo with silent units to the same end."""
    return _with_declarations(SilentUnits(demo.network(), _detector(), rotated(len(demo.CLASSES))))


def concealing() -> nn.Module:
    """The flawed demo with the pictures of its clean twin: no arm at its dumbbells."""
    return _with_declarations(FoolingCircuit(demo.network(), _detector(), Stranger(demo.clean_twin())))


def _detector() -> Detector:
    file = files("audit.planted") / "weights" / FILE
    if not file.is_file():
        raise AuditError(
            "the weights of the fooling circuit are missing",
            where=str(file),
            fix="python benchmarks/fooling.py --write",
        )
    detector = Detector()
    detector.load_state_dict(load(file.read_bytes()))
    return detector.eval()


def _with_declarations(network: nn.Module) -> nn.Module:
    network.audit_classes = demo.CLASSES  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    network.audit_input = dict(demo.INPUT)  # pyright: ignore[reportAttributeAccessIssue, reportArgumentType]
    return network.eval()
