"""The layers at which a photograph is dreamt to show what a network sees at each depth."""

from collections.abc import Sequence

from audit.classifier.layers import LayerInfo

DEPTHS = (0.1, 0.33, 0.56, 0.74, 0.9)
"""Share of the network's layers with weights that have run: strokes, patterns, shapes, objects, scenes."""
NESTED = 0.025
"""A name that is one level deeper counts as so much farther: blocks before what is inside them."""


def series(layers: Sequence[LayerInfo], depths: Sequence[float] = DEPTHS) -> list[LayerInfo]:
    """Of all layers, in the order in which they run, the nearest to each depth, first to last; none twice.

    Only layers that keep positions count (maps and tokens).
    """
    names = {layer.name for layer in layers}
    ran, places = 0, list[tuple[float, LayerInfo]]()
    for layer in layers:
        leaf = not any(name.startswith(f"{layer.name}.") for name in names)
        ran += leaf and layer.parameters > 0
        if layer.kind in ("map", "tokens") and max(layer.positions, default=1) > 1:
            places.append((float(ran), layer))
    if not places:
        return []
    chosen = [
        min(places, key=lambda place: abs(place[0] / ran - depth) + NESTED * place[1].depth)[1]
        for depth in depths
    ]
    return list(dict.fromkeys(chosen))
