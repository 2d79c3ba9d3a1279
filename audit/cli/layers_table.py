"""`audit layers`: what runs inside a network, to choose units from."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from audit.classifier.layers import LayerInfo
from audit.report.formatting import clean


def table(found: Sequence[LayerInfo]) -> str:
    """Lines of a table: name, type, output, parameters; calls where a layer runs more than once."""
    rows = [("layer", "type", "output", "parameters", "")]
    rows += [
        (
            clean(layer.name),
            clean(layer.type),
            " x ".join(map(str, layer.shape)) + (" (channels last)" if _last(layer) else ""),
            f"{layer.parameters:,}",
            f"runs {layer.calls} times" if layer.calls > 1 else "",
        )
        for layer in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e}".rstrip()
        for a, b, c, d, e in rows
    )


def records(found: Sequence[LayerInfo]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [asdict(layer) for layer in found]


def _last(layer: LayerInfo) -> bool:
    return layer.kind == "map" and layer.channel_axis == 2
