"""Rows of how fast the network can be asked: folded layers, other input sizes, device, threads."""

import os
from collections.abc import Iterator

import torch
from torch import nn

from audit.classifier.fast.fused_activation import KINDS, as_it_is
from audit.classifier.model import Classifier
from audit.config import Config
from audit.diagnosis.diagnosis import DEFAULT, USER, Row, rows
from audit.diagnosis.loading_rows import Given
from audit.synthesis.class_pictures import natural_phases
from audit.text import plural

THREADS = "OMP_NUM_THREADS"


def machine_rows(classifier: Classifier, config: Config, given: Given) -> list[Row]:
    """What makes passes over the network cheap, or why nothing does."""
    return rows("speed", _machine(classifier, config, given))


def _machine(classifier: Classifier, config: Config, given: Given) -> Iterator[tuple[str, object, str]]:
    yield "folded layers", *_folded(classifier)
    height, width = classifier.size
    for sides in ((height // 2, width // 2), (2 * height, 2 * width)):
        taken = "yes" if classifier.accepts(sides) else "no"
        yield f"takes {sides[0]} x {sides[1]} px", taken, "tried"
    first, *rest = natural_phases(classifier, config.synthesis)
    coarse = f"at {first.height} x {first.width} px" if rest else "none, all steps at full size"
    yield "coarse phase", coarse, "settings, and sizes that it takes"
    defaults = Config.model_fields
    for name, value in (("device", config.device), ("dtype", config.dtype)):
        same = value == defaults[name].default
        yield name, value, USER if given.get(name) is not None else DEFAULT if same else "the configuration"
    source = f"{THREADS} in the environment" if THREADS in os.environ else "the cores of this machine"
    yield "threads", torch.get_num_threads(), source


def _folded(classifier: Classifier) -> tuple[str, str]:
    """What became part of the layer before it, or why nothing did."""
    folded = classifier.folded().module
    if folded is not classifier.module:
        taken = [layer for layer in folded.modules() if _is_done_elsewhere(layer)]
        norms = sum(type(layer) not in KINDS for layer in taken)
        counts = (
            (norms, plural(norms, "batch norm")),
            (len(taken) - norms, plural(len(taken) - norms, "ReLU")),
        )
        return (
            f"{' and '.join(text for count, text in counts if count) or 'padding'} in the layer before",
            "the folded copy answers the same",
        )
    if classifier.dtype != torch.float32:
        return "none: only float32 is folded", "dtype"
    norms = sum(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in classifier.module.modules())
    if norms:
        why = "none stands right behind a convolution or linear layer, or the folded copy answered otherwise"
        return f"none of {plural(norms, 'batch norm')}: {why}", "tried"
    return "none: no batch norm or ReLU right behind a convolution", "tried"


def _is_done_elsewhere(layer: nn.Module) -> bool:
    return getattr(vars(layer).get("forward"), "__func__", None) is as_it_is
