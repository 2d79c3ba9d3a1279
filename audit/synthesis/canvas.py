"""What the engine optimises: pictures as a tensor of parameters and a way to render them."""

from collections.abc import Sequence
from typing import Protocol

from torch import Generator, Tensor


class Canvas(Protocol):
    """n pictures. The engine knows nothing else of how a picture is parameterised."""

    parameters: Tensor
    """`[n, ...]`, a leaf that requires a gradient."""

    def render(self) -> Tensor:
        """The pictures `[n, c, h, w]` in [0, 1], differentiable in `parameters`."""
        ...

    def settle(self) -> None:
        """After a step: bring the parameters back to where a picture may be."""
        ...

    def sharing(self, parameters: Tensor) -> "Canvas":
        """A canvas of the same size whose pictures are these parameters, `[m, ...]`."""
        ...

    def resized(self, height: int, width: int, generators: Sequence[Generator]) -> "Canvas":
        """The same pictures at another size; where it grows, finer detail of picture i from generator i."""
        ...

    def finished(self) -> Tensor:
        """The pictures `[n, c, h, w]` in [0, 1] as they are to be shown."""
        ...
