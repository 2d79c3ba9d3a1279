"""Evidence that a network was never trained, or that its weights were not loaded."""

from torch import nn
from torch.nn.parameter import is_lazy

from audit.text import plural

Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm


def untouched_norms(module: nn.Module) -> str:
    """A sentence where every batch norm still has the statistics that it is made with; else empty.

    Training moves them with the first batch. Batch norms that were merged into other layers are mostly gone.
    """
    norms = [
        layer
        for layer in module.modules()
        if isinstance(layer, Norm) and layer.track_running_stats and not any(map(is_lazy, layer.buffers()))
    ]
    moved = [layer for layer in norms if not _as_made(layer)]
    if not norms or moved:
        return ""
    return (
        f"{plural(len(norms), 'batch norm')} with running mean 0 and variance 1 throughout, as in a network "
        "that was never trained: were its weights loaded?"
    )


def _as_made(layer: Norm) -> bool:
    mean, variance = layer.running_mean, layer.running_var
    return mean is not None and variance is not None and not bool(mean.any()) and bool((variance == 1).all())
