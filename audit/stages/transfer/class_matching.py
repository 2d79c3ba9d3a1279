"""The transfer model beside the audited network: which of its classes is which."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from audit.classifier import Classifier
from audit.errors import LabelError, ModelError
from audit.photos.class_folders import WNID, folded
from audit.records import ClassLabel
from audit.text import few

MANY = 8
"""Classes named in a note."""


@dataclass(frozen=True)
class TransferModel:
    """A second network whose answers on the pictures are recorded; it takes no part in making them."""

    classifier: Classifier
    classes: tuple[int | None, ...]
    """For each class of the audited network the transfer model's class; None where it has none."""
    notes: tuple[str, ...]
    """What a reader should know of the two class lists, in words."""

    def settings(self) -> dict[str, object]:
        """All that its answers depend on besides the pictures."""
        network = self.classifier
        return {
            "weights": network.identity.weights,
            "probe": network.identity.probe,
            "input": network.input.settings(),
            "task": network.task,
            "classes": self.classes,
            "device": network.device.type,
            "dtype": str(network.dtype),
        }

    def sees(self, images: Tensor) -> Tensor:
        """Pictures `[n, c, h, w]` at the size of the transfer model's input, as a whole: bilinear,
        antialiased."""
        images = images.to(self.classifier.device)
        if tuple(images.shape[2:]) == self.classifier.size:
            return images
        return F.interpolate(images, self.classifier.size, mode="bilinear", antialias=True)


def appoint(transfer_model: Classifier, audited: Classifier) -> TransferModel:
    """The transfer model of a network.

    Raises:
        ModelError: it takes another number of channels.
        LabelError: no class of the one is known to be a class of the other.
    """
    if transfer_model.input.channels != audited.input.channels:
        raise ModelError(
            f"the transfer model takes {transfer_model.input.channels} channel(s), the network "
            f"{audited.input.channels}",
            where=f"transfer model {transfer_model.spec}",
            fix="give a transfer model of the same channels",
        )
    classes, notes = same_classes(audited.classes, transfer_model.classes)
    if not any(c is not None for c in classes):
        here, there = (few((c.name for c in network.classes), 3) for network in (audited, transfer_model))
        raise LabelError(
            "none of the network's classes is found among the transfer model's, by id or by name: "
            f"{here} here, {there} there",
            where=f"transfer model {transfer_model.spec}",
            fix="give both their class lists: --classes for the network, `classes` in "
            "--transfer-model FILE.toml",
        )
    if transfer_model.identity.weights == audited.identity.weights:
        notes = (
            "the transfer model has the weights of the audited network, so it is not independent",
            *notes,
        )
    return TransferModel(transfer_model, classes, notes)


def same_classes(
    own: Sequence[ClassLabel], other: Sequence[ClassLabel]
) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    """For each of `own` the index in `other` of the same class or None, and notes in words.

    By WordNet id; else by a name (first synonym; case, blanks and underscores ignored) that is unique in both
    lists; a repeated name by its place where both lists hold the same names in the same order. Lists without
    names match by place where they are equally long.
    """
    unnamed = _unnamed(own), _unnamed(other)
    if any(unnamed):
        if all(unnamed) and len(own) == len(other):
            note = "neither class list has names: classes are taken to stand in the same order"
            return tuple(range(len(own))), (note,)
        return (None,) * len(own), ()
    names, others = [folded(c.name) for c in own], [folded(c.name) for c in other]
    counts, other_counts = Counter(names), Counter(others)
    by_id = {c.id: c.index for c in other if WNID.fullmatch(c.id)}
    by_name = {name: index for index, name in enumerate(others) if other_counts[name] == 1}
    found: list[int | None] = []
    for label, name in zip(own, names, strict=True):
        match = by_id.get(label.id)
        if match is None:
            match = by_name.get(name) if counts[name] == 1 else None
            if match is None and names == others:
                match = label.index
            if match is not None and _contradict(label, other[match]):
                match = None
        found.append(match)
    missing = [c.name for c, match in zip(own, found, strict=True) if match is None]
    notes = (
        f"{len(missing)} of {len(own)} classes are not found among the transfer model's: {few(missing, MANY)}"
    )
    return tuple(found), (notes,) if missing else ()


def _contradict(a: ClassLabel, b: ClassLabel) -> bool:
    """One name, two WordNet ids."""
    return a.id != b.id and all(WNID.fullmatch(label.id) for label in (a, b))


def _unnamed(classes: Sequence[ClassLabel]) -> bool:
    """Numbered by the program or by whoever wrote the list."""
    return all(re.fullmatch(rf"(class\s*)?{c.index}", folded(c.name)) for c in classes)
