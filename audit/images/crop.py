"""Resize and crop as torchvision's evaluation transforms do on Pillow images, to the last bit."""

from PIL import Image

RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}


def shorter_side_to(picture: Image.Image, side: int, interpolation: str = "bilinear") -> Image.Image:
    """Shorter side to `side` pixels, the longer one in proportion and rounded down (`transforms.Resize`)."""
    shorter = min(picture.size)
    if shorter == side:
        return picture
    width, height = (int(side * length / shorter) for length in picture.size)
    return picture.resize((width, height), RESAMPLING[interpolation])


def centre_crop(picture: Image.Image, height: int, width: int) -> Image.Image:
    """The middle (`transforms.CenterCrop`); `picture` must be at least as large."""
    left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))
