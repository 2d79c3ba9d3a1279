"""The verb on a tiny network; what reconstructions are worth stands in tests/synthesis/test_inversion.py."""

import json
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image

NET = ("--steps", "2")


def run(photo: Path, model: str, out: Path, *words: str) -> int:
    return tiny.command("invert", str(photo), "--model", model, "--out", str(out), *NET, *words)


def test_the_strip_and_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, photo = tiny.write(tmp_path, size=(24, 32)), tiny.photograph(tmp_path / "<b>.png")
    assert run(photo, model, tmp_path / "a", "--restarts", "2", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "a" / "inversion.json").read_text())
    assert [depth["layer"] for depth in found["depths"]] == ["0", "2", "6"]
    assert [depth["shape"] for depth in found["depths"]] == [[8, 24, 32], [12, 11, 15], [6]]
    for depth in found["depths"]:
        assert (depth["passes"], len(depth["reconstructions"])) == (4, 2)
        assert depth["spread"] > 0
        for one in depth["reconstructions"]:
            assert one["error"] > 0
            assert one["ssim"] < 1
            assert one["answer"]["photograph"] <= one["answer"]["probability"] <= 1
    assert "<b>.png" not in (tmp_path / "a" / "index.html").read_text()
    with Image.open(tmp_path / "a" / "invert.png") as strip:
        assert strip.width > 4 * 32
    assert run(photo, model, tmp_path / "b", "--restarts", "2") == 0
    assert tiny.tree(tmp_path / "a" / "images") == tiny.tree(tmp_path / "b" / "images")


def test_the_photograph_takes_the_classifiers_own_path(tmp_path: Path) -> None:
    """Shown is what the network sees: here the centre of a photograph that is white only there."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 20:60] = 255
    Image.fromarray(pixels).save(tmp_path / "p.png")
    assert (
        run(tmp_path / "p.png", tiny.write(tmp_path), tmp_path / "o", "--resize", "40", "--layer", "0") == 0
    )
    first = min((tmp_path / "o" / "images").iterdir())
    with Image.open(first) as shown:
        assert (shown.size, np.asarray(shown).min()) == ((32, 32), 255)


@pytest.mark.parametrize(
    ("words", "side", "channels", "says"),
    [
        (("--layer", "22"), 40, 3, "no layer '22'"),
        ((), 0, 3, "cannot use this photograph"),
        ((), 40, 4, "the network takes 4"),
    ],
)
def test_what_cannot_be_inverted_is_said_and_nothing_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    side: int,
    channels: int,
    says: str,
) -> None:
    photo = tmp_path / "p.png"
    if side:
        tiny.photograph(photo, side=side)
    else:
        photo.write_bytes(b"no picture")
    model = tiny.write(tmp_path, channels=channels)
    assert run(photo, model, tmp_path / "o", *words) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_one_channel(tmp_path: Path) -> None:
    model, photo = tiny.write(tmp_path, channels=1), tiny.photograph(tmp_path / "p.png")
    assert run(photo, model, tmp_path / "o", "--layer", "2", "--layer", "2") == 0
    assert len(json.loads((tmp_path / "o" / "inversion.json").read_text())["depths"]) == 1


def test_a_small_photograph_is_enlarged_and_that_is_said(tmp_path: Path) -> None:
    Image.new("RGB", (20, 9), (255, 128, 0)).save(tmp_path / "p.png")
    assert run(tmp_path / "p.png", tiny.write(tmp_path), tmp_path / "o", "--layer", "0") == 0
    assert "enlarged from 20 x 9 px" in (tmp_path / "o" / "index.html").read_text()
    with Image.open(min((tmp_path / "o" / "images").iterdir())) as shown:
        assert (shown.size, shown.getpixel((16, 16))) == ((32, 32), (255, 128, 0))
