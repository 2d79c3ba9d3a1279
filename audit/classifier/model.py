"""The classifier: images in [0, 1] in, float32 logits out."""

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Literal

import torch
from torch import Tensor, nn

from audit.classifier.activations import capture, layer_named, pooled
from audit.classifier.advice import FORWARD, read
from audit.classifier.fast.folding import folded
from audit.classifier.foreign_code import in_one_line, place
from audit.classifier.kept_state import restore
from audit.classifier.module_copies import copied
from audit.classifier.normalise import Normaliser
from audit.classifier.pass_rules import PassRules
from audit.classifier.probe_images import probe_images
from audit.errors import AuditError, ModelError
from audit.isolation import isolated
from audit.isolation.torch_state import usual
from audit.records import ClassLabel, Identity, ModelInfo, Preprocessing
from audit.text import one_line, plural

Task = Literal["single-label", "multi-label"]


class Classifier:
    """A frozen network with its preprocessing, class list and identity. Made by `load`, which proves it."""

    def __init__(
        self,
        module: nn.Module,
        *,
        spec: str,
        name: str,
        task: Task,
        input: Preprocessing,
        classes: tuple[ClassLabel, ...],
        classes_source: str,
        identity: Identity,
        warnings: list[str],
        head: str | None,
        rules: PassRules | None = None,
        notes: Sequence[str] = (),
        device: str = "cpu",
        dtype: Literal["float32", "bfloat16", "float16"] = "float32",
    ) -> None:
        """`module` gives raw outputs for normalised input; `head` names its last layer (None: unknown).

        `rules` say how it must be run, and `notes` where that is not the usual way.
        """
        self.device = torch.device(device)
        self.dtype: torch.dtype = getattr(torch, dtype)
        module.eval()
        module.requires_grad_(False)
        module.to(device=self.device)
        self.module, self.rules, self.notes = module, rules or PassRules(), list(notes)
        self.rules.arrange(module)
        self.spec, self.name = spec, name
        self.task: Task = task
        self.input, self.classes, self.classes_source = input, classes, classes_source
        self.identity, self.warnings = identity, warnings
        self._head = layer_named(module, head) if head else None
        self._normalise = Normaliser(input, self.device, self.rules.layout)
        self._accepts: dict[tuple[int, int], bool] = {}
        self._folded: nn.Module | None = None
        if self.dtype != torch.float32:
            self._cast_layers()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the input in pixels."""
        return self.input.height, self.input.width

    @property
    def head(self) -> str | None:
        """Name of the layer whose input are the penultimate features; None where there is none."""
        names = {id(layer): name for name, layer in self.module.named_modules()}
        return None if self._head is None else names[id(self._head)]

    def seen_as(self, input: Preprocessing) -> "Classifier":
        """The same network behind another preprocessing: weights are shared, and so is the identity, which
        stays that of the path the network was loaded with. For trials; nothing is proved anew."""
        other = copy.copy(self)
        other.input = input
        other._normalise = Normaliser(input, self.device, self.rules.layout)
        other._accepts = {}
        return other

    def around(self, module: nn.Module) -> "Classifier":
        """This classifier with another module in place of its own, which has the same submodules by name.

        For drawing and attacks: nothing is proved anew, and the identity stays that of the network.
        """
        other, head = copy.copy(self), self.head
        other._head = layer_named(module, head) if head else None
        other.module, other._accepts, other._folded = module, {}, None
        return other

    @isolated()
    def folded(self) -> "Classifier":
        """The same answers from cheaper passes (see `audit.classifier.fast.folding`), for what asks very
        often.

        Made at the first call. Layers inside may give something else: ask this one about its answers only.
        """
        if self._folded is None:
            self._folded = self._cheaper() if self.dtype == torch.float32 else self.module
        return self.around(self._folded)

    def copied(self) -> nn.Module:
        """A deep copy of the module, without what it keeps of its last pass; ModelError where that fails."""
        restore(self.module, self.rules.kept)
        with in_one_line("the network cannot be copied", fix="keep it as it was when it was loaded"):
            return copied(self.module)

    def info(self) -> ModelInfo:
        """The record that goes into results."""
        return ModelInfo(
            spec=self.spec,
            name=self.name,
            task=self.task,
            parameters=sum(p.numel() for p in self.module.parameters()),
            input=self.input,
            classes=list(self.classes),
            classes_source=self.classes_source,
            identity=self.identity,
            warnings=list(self.warnings),
            notes=list(self.notes),
        )

    def logits(self, images: Tensor) -> Tensor:
        """Images `[n, c, h, w]` in [0, 1], RGB, float32 or 64 → logits `[n, k]`, float32; differentiable.

        Other sides than `size` work where the network takes them (see `accepts`). The default dtype and
        device, inference mode and mixed precision of the caller have no effect. ModelError where the
        network's own code raises anything but a lack of memory.
        """
        if images.dtype == torch.float64:
            images = images.float()
        try:
            with usual(), self._precision():
                outputs: Tensor = self.rules.run(self.module, self._normalise(images))
        except (AuditError, torch.OutOfMemoryError):
            raise
        # Loading ran it on a few batches only: foreign code may refuse another.
        except Exception as error:
            channels, height, width = images.shape[1:]
            raise ModelError(
                f"the network fails on {plural(len(images), 'image')} of {channels} x {height} x {width}: "
                f"{one_line(error)}",
                where=place(error),
                fix=read(error) or FORWARD,
            ) from error
        return self._by_class(outputs.float())

    def features(self, images: Tensor, layer: str | None = None) -> Tensor:
        """Activations on images `[n, c, h, w]`, float32.

        `layer` None: the penultimate features `[n, d]`, that is the input of the network's last layer, pooled
        over positions; the logits where there is no such layer. Else the output `[n, ...]` of the submodule
        with that name. ModelError for an unknown name or a layer that does not run.
        """
        if layer is None:
            return self.logits_and_features(images)[1]
        with capture(layer_named(self.module, layer), side="output") as seen:
            self.logits(images)
        if not seen:
            raise ModelError(
                f"layer {layer!r} gave no tensor in a forward pass", fix="choose a layer that runs by itself"
            )
        return self.rules.seen(seen[-1], images).float()

    def logits_and_features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `[n, k]` and penultimate features `[n, d]` of images `[n, c, h, w]` in one forward pass."""
        if self._head is None:
            logits = self.logits(images)
            return logits, logits
        with capture(self._head, side="input") as seen:
            logits = self.logits(images)
        return logits, pooled(self.rules.seen(seen[-1], images).float(), self._head)

    def logits_and_last(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `[n, k]`, and the same as the last layer gives them: before any activation that follows it,
        averaged over positions. The logits twice where no layer gives one number for each class."""
        if self._head is None:
            logits = self.logits(images)
            return logits, logits
        with capture(self._head, side="output") as seen:
            logits = self.logits(images)
        if not seen:
            return logits, logits
        last = self._by_class(pooled(self.rules.seen(seen[-1], images).float(), self._head))
        return logits, last if last.shape == logits.shape else logits

    def accepts(self, size: int | tuple[int, int]) -> bool:
        """Whether the network takes images of this side (or height and width); found by trying, once."""
        sides = (size, size) if isinstance(size, int) else size
        if sides not in self._accepts:
            self._accepts[sides] = self._runs_at(sides)
        return self._accepts[sides]

    def _cheaper(self) -> nn.Module:
        """The folded module, or the module itself where folding it raises."""
        images = probe_images(self.input.channels, *self.size).to(self.device)
        restore(self.module, self.rules.kept)
        try:
            return folded(
                self.module,
                lambda m: self.around(m).logits(images),
                self.head,
                self.rules.layout,
            )
        # A copy of foreign code may raise anything, where the code itself runs.
        except Exception as error:
            self.notes.append(
                f"Layers are not folded, for a copy with folded layers fails: {one_line(error)}."
            )
            return self.module

    @isolated()
    def _runs_at(self, sides: tuple[int, int]) -> bool:
        images = probe_images(self.input.channels, *sides)[:2].to(self.device)
        try:
            with torch.no_grad():
                logits = self.logits(images)
        except torch.OutOfMemoryError:
            raise
        # Layers raise one error on a size that they are not made for, the network's own code any other.
        except Exception:
            return False
        return logits.shape == (2, len(self.classes)) and bool(logits.isfinite().all())

    def _by_class(self, outputs: Tensor) -> Tensor:
        if outputs.ndim == 2 and outputs.shape[1] == 1 and len(self.classes) == 2:
            # softmax([0, z]) = (1 - sigmoid(z), sigmoid(z)): one logit is two classes.
            return torch.cat([torch.zeros_like(outputs), outputs], dim=1)
        return outputs

    def _precision(self) -> torch.autocast | nullcontext[None]:
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)

    def _cast_layers(self) -> None:
        # Autocast converts frozen weights anew in each pass; those of the heavy layers are converted once.
        for layer in self.module.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                layer.to(self.dtype)
