"""`audit invert`: reconstructions of a photograph from the activations of layers at increasing depth."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.layers import LayerInfo, activations, layer_info, layers
from audit.classifier.margins import probabilities
from audit.errors import ImageError, ModelError, PreprocessingError
from audit.files import write_whole
from audit.image_stats import bundled
from audit.inversion.feature_inversion import depths, invert, relative_error
from audit.inversion.similarity import psnr, spread, ssim
from audit.isolation import isolated
from audit.photos.reading import UnusableError, open_upright, prepare, too_small
from audit.report.page import slug
from audit.report.sheet import Row, Shown, write_sheet
from audit.runner.progress_bar import Bar
from audit.runner.session import default_out, nearest
from audit.synthesis.memory import reuse_memory

INTRO = (
    "Each picture was optimised from noise until its activations in the layer match those of the "
    "photograph. Nothing else of the photograph was used. What a picture lacks, the layer no longer holds. "
    "What a picture adds, the layer does not distinguish. At late layers the picture is augmented at every "
    "step, because they would accept noise. Error: squared distance of the activations, relative to the "
    "photograph's squared norm."
)
A_LINE = 5
"""Pictures in a row of the page, at most; rows are about equal."""


@dataclass(frozen=True)
class InvertOrder:
    """Which photograph, from which layers, and where to."""

    photo: Path
    out: Path | None
    """None: `reports/invert-<model>-<photo>`."""
    command: str
    layers: Sequence[str] = ()
    """Names; none: some, spread over the network."""
    steps: int = 300
    restarts: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Answer:
    """The network's prediction on a picture."""

    class_index: int
    name: str
    probability: float
    photograph: float
    """Probability on this picture of the class that the network predicts on the photograph."""


@dataclass(frozen=True)
class Reconstruction:
    """One picture; every number is measured on its 8 bits."""

    error: float
    """‖φ - φ₀‖² / ‖φ₀‖² of the layer's activations."""
    psnr: float | None
    """dB, against the photograph; None where they are equal."""
    ssim: float | None
    answer: Answer


@dataclass(frozen=True)
class Depth:
    """All reconstructions from one layer."""

    layer: str
    type: str
    shape: tuple[int, ...]
    reconstructions: list[Reconstruction]
    spread: float | None
    """Mean absolute difference of two of them per pixel; None with one."""
    passes: int
    """Forward and backward up to the layer, all restarts together."""
    seconds: float


@dataclass(frozen=True)
class Inverted:
    """What was found."""

    answer: Answer
    """On the photograph."""
    depths: list[Depth]
    pictures: list[Tensor]
    """For each depth `[restarts, c, h, w]` in [0, 1], on the 8-bit grid."""
    note: str
    """On the photograph; "" where there is nothing to say."""
    folder: Path

    @property
    def page(self) -> Path:
        """The sheet."""
        return self.folder / "index.html"

    def record(self) -> dict[str, Any]:
        """For `inversion.json`."""
        shown = asdict(self.answer) | {"note": self.note}
        return {"photograph": shown, "depths": [asdict(depth) for depth in self.depths]}


@isolated()
def invert_photo(classifier: Classifier, order: InvertOrder, bar: Bar) -> Inverted:
    """Reconstruct from each layer and write the sheet; UserError before anything is written."""
    reuse_memory()
    chosen = _chosen(classifier, order)
    name = f"invert-{classifier.name}-{slug(order.photo.stem)[:40] or 'photo'}"
    out = order.out or default_out(classifier).with_name(name)
    photo, note = _photograph(classifier, order.photo)
    photo = photo.to(classifier.device)
    with torch.no_grad():
        logits = classifier.logits(photo)
    top = int(logits.argmax(1))
    baseline = bundled(*classifier.size) or nearest(classifier.size)
    done: list[Depth] = []
    pictures: list[Tensor] = []
    for layer in chosen:
        began = time.monotonic()
        with bar(layer.name, order.steps * order.restarts) as tick:
            made = invert(
                classifier,
                photo,
                layer,
                baseline.prior,
                steps=order.steps,
                restarts=order.restarts,
                seed=order.seed,
                tick=tick,
            )
        seconds = round(time.monotonic() - began, 2)
        done.append(_measured(classifier, layer, made, photo, top, order, seconds))
        pictures.append(made)
    found = Inverted(_answers(classifier, logits, top)[0], done, pictures, note, out)
    _write(found, classifier, photo[0].cpu(), order)
    return found


def _chosen(classifier: Classifier, order: InvertOrder) -> list[LayerInfo]:
    if order.layers:
        return [layer_info(classifier, name) for name in dict.fromkeys(order.layers)]
    chosen = depths(layers(classifier))
    if not chosen:
        raise ModelError("the network has no layer with weights", fix="choose one with --layer")
    return chosen


def _photograph(classifier: Classifier, path: Path) -> tuple[Tensor, str]:
    """`[1, c, h, w]` as the classifier takes it, and a note where it had to be enlarged, else "".

    A photograph that is too small is enlarged: no statistics are measured here.
    """
    taken = classifier.input
    if taken.channels not in (1, 3):
        raise PreprocessingError(
            f"photographs have one or three channels, the network takes {taken.channels}",
            fix="give a network of photographs",
        )
    try:
        image = open_upright(path)
        enlarged = too_small(image, taken)
        note = f"enlarged from {image.width} x {image.height} px: it has no fine detail" if enlarged else ""
        return prepare(image, taken.model_copy(update={"enlarge": True}))[None].float() / 255, note
    except UnusableError as error:
        raise ImageError(
            f"cannot use this photograph ({error.reason})", where=str(path), fix="give another JPEG or PNG"
        ) from error


@torch.no_grad()
def _measured(
    classifier: Classifier,
    layer: LayerInfo,
    made: Tensor,
    photo: Tensor,
    top: int,
    order: InvertOrder,
    seconds: float,
) -> Depth:
    images = made.to(classifier.device)
    errors = relative_error(activations(classifier, images, layer), activations(classifier, photo, layer))
    answers = _answers(classifier, classifier.logits(images), top)
    own = photo[0].cpu()
    return Depth(
        layer=layer.name,
        type=layer.type,
        shape=layer.shape,
        reconstructions=[
            Reconstruction(float(error), psnr(picture, own), ssim(picture, own), answer)
            for picture, error, answer in zip(made, errors, answers, strict=True)
        ],
        spread=spread(made),
        passes=order.steps * order.restarts,
        seconds=seconds,
    )


def _answers(classifier: Classifier, logits: Tensor, top: int) -> list[Answer]:
    certain = probabilities(logits, classifier.task)
    return [
        Answer(best, classifier.classes[best].name, float(row[best]), float(row[top]))
        for row, best in zip(certain, logits.argmax(1).tolist(), strict=True)
    ]


def _write(found: Inverted, classifier: Classifier, photo: Tensor, order: InvertOrder) -> None:
    shown = [Shown(photo, f"photograph: {order.photo.name}", _says(found.answer))]
    shown += [_shown(d, p[0], 0) for d, p in zip(found.depths, found.pictures, strict=True)]
    width = math.ceil(len(shown) / math.ceil(len(shown) / A_LINE))
    lines = [shown[i : i + width] for i in range(0, len(shown), width)]
    rows = [Row("" if i else "From the first layer to the last", line) for i, line in enumerate(lines)]
    for depth, pictures in zip(found.depths, found.pictures, strict=True):
        if depth.spread is not None:
            note = f"Two of them differ by {255 * depth.spread:.1f} of 255 levels per pixel on average."
            rows.append(
                Row(
                    f"{depth.layer}, from other noise",
                    [_shown(depth, p, i) for i, p in enumerate(pictures)],
                    note,
                )
            )
    seconds = sum(depth.seconds for depth in found.depths)
    page = write_sheet(
        found.folder,
        f"What {classifier.name} keeps of a photograph",
        INTRO,
        rows,
        command=order.command,
        facts={
            "Network": classifier.name,
            "Steps": f"{order.steps} a picture, {order.restarts} from each layer",
            "Seconds": f"{seconds:.0f}",
            "Seed": str(order.seed),
        }
        | ({"Photograph": found.note} if found.note else {}),
    )
    write_whole(found.folder / "invert.png", (page.parent / "sheet.png").read_bytes())
    write_whole(found.folder / "inversion.json", (json.dumps(found.record(), indent=1) + "\n").encode())


def _shown(depth: Depth, picture: Tensor, number: int) -> Shown:
    one = depth.reconstructions[number]
    shape = " x ".join(map(str, depth.shape))
    near = "the photograph itself" if one.psnr is None else f"{one.psnr:.1f} dB"
    like = "" if one.ssim is None else f", SSIM {one.ssim:.2f}"
    return Shown(
        picture, f"{depth.layer} ({shape})", f"error {one.error:.2g}, {near}{like}. {_says(one.answer)}"
    )


def _says(answer: Answer) -> str:
    return f"{answer.name}, {answer.probability:.2f}"
