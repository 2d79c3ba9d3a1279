"""Light on a drawn layer: relief from its silhouette, and the shadow it casts."""

import numpy as np
from PIL import Image, ImageFilter

from audit.planted.pen import Array


def blur(plane: Array, radius: float) -> Array:
    """Gaussian blur of a `[h, w]` plane in [0, 1]."""
    image = Image.fromarray((plane * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255


def relief(layer: Array, direction: float, strength: float) -> Array:
    """Shade a `[h, w, 4]` layer as if it bulged: Lambert's law on a height map, the blurred silhouette.

    `direction` is the angle the light comes from, in radians.
    """
    height = blur(layer[..., 3], layer.shape[0] / 24)
    down, across = np.gradient(height)
    slope = across * np.cos(direction) + down * np.sin(direction)
    gain = np.clip(1 - strength * layer.shape[0] / 16 * slope, 0.25, 1.7)
    lit = layer.copy()
    lit[..., :3] = np.minimum(layer[..., :3] * gain[..., None], layer[..., 3:])
    return lit


def shadow(picture: Array, layer: Array, direction: float, strength: float) -> Array:
    """Darken `[h, w, 3]` where the layer keeps away light that comes from `direction`."""
    size = layer.shape[0]
    shift = size / 20
    dark = blur(layer[..., 3], size / 28)
    step = (-round(shift * float(np.sin(direction))), -round(shift * float(np.cos(direction))))
    return picture * (1 - strength * np.roll(dark, step, axis=(0, 1))[..., None])


def over(picture: Array, layer: Array) -> Array:
    """The premultiplied `[h, w, 4]` layer on top of the `[h, w, 3]` picture."""
    return layer[..., :3] + picture * (1 - layer[..., 3:])
