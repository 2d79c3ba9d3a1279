from pathlib import Path

import pytest

from audit.threads import SPINS, quota, settle


def settled(cores: int = 8, quota: float | None = None, **environment: str) -> dict[str, str]:
    settle(environment, cores, quota)
    return environment


def test_waiting_is_bounded_unless_the_user_chose() -> None:
    assert settled()["GOMP_SPINCOUNT"] == str(SPINS)
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"):
        assert settled(**{name: "own"}) == {name: "own"}


@pytest.mark.parametrize(
    "cores, quota, threads", [(8, 2.0, "2"), (8, 1.5, "2"), (8, 0.25, "1"), (2, 2.0, None), (2, 4.0, None)]
)
def test_a_quota_below_the_cores_bounds_the_threads(cores: int, quota: float, threads: str | None) -> None:
    assert settled(cores, quota).get("OMP_NUM_THREADS") == threads
    assert settled(cores, quota, OMP_NUM_THREADS="5")["OMP_NUM_THREADS"] == "5"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_smallest_quota_of_version_2_counts(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b", cpu__max="max 100000\n")
    assert quota(tmp_path, "0::/a/b\n") is None
    write(tmp_path / "a", cpu__max="150000 100000\n")
    assert quota(tmp_path, "0::/a/b\n") == 1.5
    write(tmp_path, cpu__max="50000 100000\n")
    assert quota(tmp_path, "0::/a/b\n") == 0.5
    assert quota(tmp_path, "0::/not/seen/from/inside\n") == 0.5


def test_the_quota_of_version_1(tmp_path: Path) -> None:
    write(tmp_path / "cpu" / "x", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    assert quota(tmp_path, "3:cpu,cpuacct:/x\n1:name=systemd:/\n") is None
    write(tmp_path / "cpu" / "x", cpu__cfs_quota_us="200000\n")
    assert quota(tmp_path, "3:cpu,cpuacct:/x\n") == 2.0
    assert quota(tmp_path, "3:memory:/x\n") is None
    assert quota(tmp_path, "") is None
