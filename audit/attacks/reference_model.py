"""The second opinion on every flip: the plain network, one 8-bit image at a time.

Nothing of the fast path is used: a copy of the network in contiguous memory and float32, the normalisation
written out, no batch, and pixels as a file gives them.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.margins import decision_margin, finite_answers, probabilities
from audit.classifier.model import Task


class Plain:
    """A copy of a classifier's network that answers single 8-bit images."""

    def __init__(self, classifier: Classifier) -> None:
        """Copies the network."""
        self._device = classifier.device
        self._path = classifier.input
        self._task: Task = classifier.task
        self._classes = len(classifier.classes)
        self._rules = replace(classifier.rules, layout=torch.contiguous_format)
        self._module = classifier.copied()
        self._module.float()
        self._module.eval()
        self._rules.arrange(self._module)

    @torch.no_grad()
    def logits(self, pixels: Tensor) -> Tensor:
        """Logits `[k]` of one image, uint8 `[c, h, w]`, on the CPU."""
        if pixels.dtype != torch.uint8 or pixels.ndim != 3:
            raise ValueError(f"expected uint8 [c, h, w], got {pixels.dtype} {tuple(pixels.shape)}")
        image = pixels.to(self._device).float() / 255
        if self._path.order == "bgr":
            image = image.flip(0)
        for channel, (mean, std) in enumerate(zip(self._path.mean, self._path.std, strict=True)):
            image[channel] = (image[channel] - mean) / std
        outputs: Tensor = self._rules.run(self._module, image[None].contiguous())[0].float().cpu()
        if len(outputs) == 1 and self._classes == 2:
            return torch.stack([torch.zeros(()), outputs[0]])
        return outputs

    def answer(self, pixels: Tensor, label: int) -> tuple[bool, int, float, float]:
        """What is answered on uint8 `[c, h, w]` instead of `label`.

        Returns (flipped, strongest other class, its probability, that of `label`). A tie is no flip. An
        answer that is not finite is no longer `label`; both probabilities are NaN.
        """
        logits = self.logits(pixels)
        flipped = bool(decision_margin(logits[None], torch.tensor([label]), self._task)[0] < 0)
        certain = probabilities(logits, self._task)
        others = logits.clone()
        others[label] = -torch.inf
        other = int(others.argmax())
        if not finite_answers(logits[None]):
            return True, other, math.nan, math.nan
        return flipped, other, float(certain[other]), float(certain[label])

    def certainty(self, pixels: Tensor, label: int) -> float | None:
        """Probability of `label` on uint8 `[c, h, w]`; None where it is not the answer, or by a tie only."""
        logits = self.logits(pixels)
        if not decision_margin(logits[None], torch.tensor([label]), self._task)[0] > 0:
            return None
        return float(probabilities(logits, self._task)[label])

    def holds(self, pixels: Tensor, label: int) -> bool:
        """Whether uint8 `[c, h, w]` is answered as `label`, and by more than a tie."""
        return self.certainty(pixels, label) is not None


def to_pixels(image: Tensor) -> Tensor:
    """An image on the 8-bit grid, `[c, h, w]` in [0, 1] → uint8."""
    return (image * 255).round().to(torch.uint8)
