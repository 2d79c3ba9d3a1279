import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from audit.errors import OutputError
from audit.runner.header import describe, require_same


def described(folder: Path, *settings: str, only: tuple[str, ...] = (), **network: Any) -> dict[str, Any]:
    """As read back from run.json."""
    context = tiny.context(tiny.write(folder, **network), folder, *settings, only=only)
    return json.loads(json.dumps(describe(context)))


def test_the_same_command_goes_on(tmp_path: Path) -> None:
    old = {**described(tmp_path), "sessions": ["yesterday"]}
    require_same(old, described(tmp_path), "here")
    require_same(old, described(tmp_path, "checks.outlier_z=1"), "here")
    require_same(old, described(tmp_path, only=("1",)), "here")


@pytest.mark.parametrize(
    "settings, network, message",
    [
        (["synthesis.views=9"], {}, "configuration synthesis views was 8, is 9"),
        (["synthesis.crop=[0.2, 1]"], {}, r"synthesis crop was \[0\.5, 1\.0\], is \[0\.2, 1\.0\]"),
        (
            ["seed=3", "synthesis.rate=1"],
            {},
            r"seed was 0, is 3; configuration synthesis rate was 0\.5, is 1\.0",
        ),
        ([], {"seed": 2}, "model weights was [0-9a-f]{12}…, is [0-9a-f]{12}…; model logits"),
        ([], {"size": 64}, "preprocessing height was 32, is 64; .*width.*natural prior"),
    ],
    ids=["views", "crop", "two", "weights", "size"],
)
def test_each_difference_is_named(
    tmp_path: Path, settings: list[str], network: dict[str, int], message: str
) -> None:
    stated = ["synthesis.rate=0.5", "synthesis.crop=[0.5, 1]"]
    old = described(tmp_path, *stated)
    with pytest.raises(OutputError, match=rf"^here: .*{message}.*--fresh"):
        require_same(old, described(tmp_path, *stated, *settings, **network), "here")


def test_a_setting_that_only_one_side_knows(tmp_path: Path) -> None:
    old, new = described(tmp_path), described(tmp_path)
    old["configuration"]["synthesis"]["sparkle"] = 3
    with pytest.raises(OutputError, match="synthesis sparkle was 3, is None"):
        require_same(old, new, "here")


def test_sections_that_only_one_side_knows(tmp_path: Path) -> None:
    """What the earlier version did not have stood at today's defaults; what is gone takes no part."""
    old, new = described(tmp_path), described(tmp_path)
    del old["configuration"]["batch_norm_prior"], old["configuration"]["tuning"]
    old["configuration"]["sparkle"] = {"bright": 3}
    require_same(old, new, "here")
    with pytest.raises(OutputError, match=r"differs: configuration tuning share was 0\.0, is 0\.1\. Fix"):
        require_same(old, described(tmp_path, "tuning.share=0.1"), "here")


def test_many_differences_are_cut(tmp_path: Path) -> None:
    settings = [f"synthesis.{key}=0.7" for key in ("coarse", "coarse_share", "rate", "coarse_rate", "noise")]
    with pytest.raises(OutputError) as caught:
        require_same(described(tmp_path), described(tmp_path, *settings), "here")
    assert str(caught.value).count(" was ") == 4
    assert "; ..." in str(caught.value)


def test_a_run_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="another version of audit"):
        require_same({**described(tmp_path), "version": 0}, described(tmp_path), "here")
