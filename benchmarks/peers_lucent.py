"""torch-lucent 0.1.8 with its defaults: 512 steps of Adam at .05 on a 128-px Fourier image, class by class.

What is changed so that it imports and runs with today's packages: `kornia.get_rotation_matrix2d` and
`kornia.warp_affine` now live in `kornia.geometry.transform`; IPython, which only shows pictures, is an empty
module. Its own preprocessing (torchvision's ImageNet mean and std) is left on and undone before the network,
which expects [-1, 1].
"""

import sys
import time
import types

import numpy as np
import torch
from passes import counted
from peers_cache import Piece, as_looked_at
from torch import Tensor, nn

PATCHES = (
    "kornia.get_rotation_matrix2d, kornia.warp_affine -> kornia.geometry.transform; IPython: empty module"
)


class Behind(nn.Module):
    """The network behind torchvision's normalisation: images normalised by ImageNet's figures → logits."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
        self.std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]

    def forward(self, images: Tensor) -> Tensor:
        return self.network((images * self.std + self.mean) * 2 - 1)


def version() -> str:
    """ImportError where it is not installed."""
    from importlib.metadata import version

    return f"torch-lucent {version('torch-lucent')}, kornia {version('kornia')}"


def draw(network: nn.Module, class_index: int, steps: list[int], seed: int) -> Piece:
    """One class; `steps` are the checkpoints, the last one the end."""
    render = _render()
    torch.manual_seed(seed)
    np.random.seed(seed)  # its transforms use the global generator
    starts: list[float] = []
    with counted(network) as passes:
        clock = network.register_forward_pre_hook(lambda *_: starts.append(time.perf_counter()))
        began = time.perf_counter()
        images = render.render_vis(
            Behind(network),
            f"labels:{class_index}",
            thresholds=tuple(steps),
            progress=False,
            show_image=False,
        )
        ended = time.perf_counter()
        clock.remove()
    # A step has ended when the next one asks the network.
    seconds = [(starts[n] if n < len(starts) else ended) - began for n in steps]
    pictures = np.stack([as_looked_at(torch.from_numpy(image[0]).permute(2, 0, 1)) for image in images])
    each = passes.views / len(passes.shapes)
    return Piece(
        [class_index],
        steps,
        np.array(seconds)[:, None],
        np.array([n * each for n in steps])[:, None],
        {"picture": pictures[:, None]},
    )


def _render() -> types.ModuleType:
    import kornia
    from kornia.geometry import transform

    kornia.get_rotation_matrix2d = transform.get_rotation_matrix2d  # pyright: ignore
    kornia.warp_affine = transform.warp_affine  # pyright: ignore
    if "IPython" not in sys.modules:
        sys.modules["IPython"] = types.ModuleType("IPython")
        sys.modules["IPython.display"] = types.ModuleType("IPython.display")
        sys.modules["IPython"].display = sys.modules["IPython.display"]  # pyright: ignore
    from lucent.optvis import render

    return render
