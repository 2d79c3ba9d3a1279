import base64
import hashlib
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

from audit.errors import OutputError
from audit.report.sheet import GAP, LINE, NARROWEST, WIDEST, Row, Shown, line_width, write_sheet
from audit.report.sheet_picture import _font, shown_size, wrapped

HOSTILE = '"><script>window.pwned=1</script><img src=x onerror=1>'


def pictures(count, channels=3, height=40, width=30):
    rng = torch.Generator().manual_seed(count)
    return [torch.rand(channels, height, width, generator=rng) for _ in range(count)]


def pixels(file):
    with Image.open(file) as opened:
        return np.array(opened)


def test_every_picture_is_kept_without_loss_and_shown(tmp_path):
    images = pictures(3)
    rows = [Row("first", [Shown(i, "a") for i in images[:2]]), Row("second", [Shown(images[2])])]
    page = write_sheet(tmp_path, "Title", "Intro", rows, command="audit draw x")
    files = sorted((tmp_path / "images").iterdir())
    assert len(files) == 3
    for file, image in zip(files, images, strict=True):
        saved = pixels(file).transpose(2, 0, 1)
        assert np.array_equal(saved, (image * 255).round().byte().numpy())
    shown = re.findall(r'src="data:image/webp;base64,([^"]+)" width="(\d+)"', page.read_text("utf-8"))
    assert len(shown) == 3
    first = Image.open(io.BytesIO(base64.b64decode(shown[0][0])))
    # Small pictures lose nothing on the page either, and grow by a whole factor.
    assert np.array_equal(np.asarray(first), pixels(files[0]))
    assert int(shown[0][1]) % 30 == 0


def test_the_page_needs_nothing_else_and_runs_nothing(tmp_path):
    rows = [Row(HOSTILE, [Shown(pictures(1)[0], HOSTILE, HOSTILE)], HOSTILE)]
    html = write_sheet(
        tmp_path, HOSTILE, HOSTILE, rows, command=HOSTILE, facts={HOSTILE: HOSTILE}
    ).read_text()
    assert html.count("&lt;script&gt;") >= 8
    assert "<script" not in html
    assert html.count("<img") == 1
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    assert "@import" not in html
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in html.replace("'", "&#39;")
    assert all(re.fullmatch(r"[\w-]+\.png", file.name) for file in (tmp_path / "images").iterdir())


def test_writing_again_gives_the_same_bytes(tmp_path):
    rows = [Row("a", [Shown(image, "caption") for image in pictures(2)], "note")]
    made = [write_sheet(tmp_path / name, "T", "I", rows, command="c").parent for name in "ab"]
    for name in ("index.html", "sheet.png"):
        assert (made[0] / name).read_bytes() == (made[1] / name).read_bytes()


def test_one_picture_with_all_rows(tmp_path):
    plain = torch.ones(3, 50, 50) * torch.tensor([1.0, 0, 0])[:, None, None]
    rows = [Row("red", [Shown(plain)]), Row("blue", [Shown(plain.flip(0)), Shown(plain.flip(0))])]
    write_sheet(tmp_path, "T", "", rows, command="c")
    sheet = pixels(tmp_path / "sheet.png").astype(int)
    red, blue = ((sheet == colour).all(-1) for colour in ([255, 0, 0], [0, 0, 255]))
    assert blue.sum() == 2 * red.sum() > 0
    assert red.any(1).nonzero()[0].max() < blue.any(1).nonzero()[0].min(), "rows beneath each other"


@pytest.mark.parametrize(("channels", "expected"), [(1, (30, 40)), (3, (30, 40)), (4, (120, 40))])
def test_channels_other_than_colour_stand_side_by_side(tmp_path, channels, expected):
    write_sheet(tmp_path, "T", "", [Row("r", [Shown(pictures(1, channels)[0])])], command="c")
    (file,) = (tmp_path / "images").iterdir()
    assert pixels(file).shape[1::-1] == expected


def test_pictures_of_a_row_share_the_line():
    assert line_width(1) == WIDEST
    for columns in range(2, 9):
        width = line_width(columns)
        assert columns * (width + GAP) - GAP <= LINE or width == NARROWEST
        assert width == WIDEST or (columns * (width + 1 + GAP) - GAP) > LINE


def test_sizes_keep_the_proportions():
    assert shown_size((32, 16), 200) == (192, 96)
    assert shown_size((400, 300), 200) == (200, 150)
    assert shown_size((150, 150), 200) == (150, 150)


def test_lines_fit_and_lose_no_letter():
    text = "a few words and " + "x" * 90
    lines = wrapped(text, 15, 100)
    assert all(_font(15).getlength(line) <= 100 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped("", 15, 100) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_sheet(tmp_path / "file", "T", "", [Row("r", [Shown(pictures(1)[0])])], command="c")
