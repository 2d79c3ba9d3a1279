import datetime
import re
import tomllib
from pathlib import Path

import pytest

from audit.checks import CHECKS, effective
from audit.errors import ConfigError
from audit.gating.policy import Policy, Waiver, policy_of, read_policy

ROOT = Path(__file__).resolve().parents[2]

WAIVER = """
[[waivers]]
check = "class-overlap"
class = "crane"
reason = "bird and machine"
owner = "vision team"
expires = 2027-01-31
"""


def test_a_whole_policy(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[checks]\ndead-class = "off"\nlabel-list = "error"\n'
        "[limits]\noverlap_share = 0.25\nrobustness_epsilon = 4\n"
        '[policy]\ncoverage = 0.9\nrequire = ["label-list"]\n' + WAIVER + WAIVER.replace("crane", "n01440764")
    )
    policy = read_policy(path)
    assert policy == Policy(
        name=str(path),
        checks={"dead-class": "off", "label-list": "error"},
        limits={"overlap_share": 0.25, "robustness_epsilon": 4.0},
        coverage=0.9,
        require=("label-list",),
        waivers=tuple(
            Waiver("class-overlap", (label,), "bird and machine", "vision team", datetime.date(2027, 1, 31))
            for label in ("crane", "n01440764")
        ),
    )
    assert policy.level("dead-class", "error") == "off"
    assert policy.level("class-overlap", "error") == "error"
    assert policy.level("margin-outlier", "warn") == "warn"


def test_an_empty_policy_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").touch()
    policy = read_policy(tmp_path / "empty.toml")
    assert policy == Policy(name=str(tmp_path / "empty.toml"))
    assert policy.coverage == 1
    changes = [check.META.id for check in CHECKS if "probes" in check.META.needs]
    assert policy.required() == (
        *("preprocessing", "dead-class", "foreign-part", "class-overlap"),
        *changes,
        "unreliable-picture",
    )


def test_the_shipped_policy_stands_for_every_check_and_every_limit() -> None:
    stated = tomllib.loads((ROOT / "configs" / "release.toml").read_text("utf-8"))
    policy = read_policy("release")
    assert set(stated["checks"]) == set(policy.checks) == set(CHECKS.names())
    assert policy.limits == dict(effective({})) == stated["limits"]
    assert (policy.coverage, policy.waivers) == (1, ())
    assert policy.required() == ("preprocessing", "dead-class", "class-overlap", "label-list")
    assert read_policy() == policy


def test_the_example_in_the_shipped_policy_is_a_waiver() -> None:
    text = (ROOT / "configs" / "release.toml").read_text("utf-8")
    example = re.sub(r"^# ?", "", text[text.index("# [[waivers]]") :], flags=re.M)
    (waiver,) = policy_of(tomllib.loads(example), "example").waivers
    assert (waiver.check, waiver.labels) == ("class-overlap", ("maillot", "maillot, tank suit"))


@pytest.mark.parametrize(
    "content, message",
    [
        ("[checks", "expected TOML.*line"),
        (
            "[check]\n",
            r"unknown section 'check'.*known are checks, limits, policy, waivers; did you mean 'chec",
        ),
        (
            '[checks]\ndead-clas = "warn"\n',
            r"unknown check 'dead-clas'.*dead-class, .*did you mean 'dead-class'",
        ),
        ('[checks]\ndead_class = "warn"\n', "did you mean 'dead-class'"),
        ('[checks]\ndead-class = "fatal"\n', '"off" or "warn" or "error", got \'fatal\''),
        ('[checks]\ndead-class = "warning"\n', "did you mean 'warn'"),
        ("[checks]\ndead-class = true\n", "got True"),
        ("[checks]\ndead-class = ['warn']\n", r"got \['warn'\]"),
        ("checks = 3\n", r"expected checks as a table, got 3.*\[checks\]"),
        ("[limits]\noverlapshare = 0.1\n", r"unknown limit 'overlapshare'.*did you mean 'overlap_share'"),
        (
            "[limits]\noverlap_share = 2\n",
            r"overlap_share: .*less than or equal to 1, got 2.*overlap_share = 0\.5",
        ),
        ("[limits]\noverlap_share = '0.5'\n", r"overlap_share: .*number, got '0\.5'"),
        ("[limits]\noverlap_share = true\n", "overlap_share: .*got True"),
        ("[limits]\noutlier_z = inf\n", "outlier_z: .*finite"),
        ("limits = []\n", "expected limits as a table"),
        ("[policy]\ncoverag = 1\n", "unknown key 'coverag'.*did you mean 'coverage'"),
        ("[policy]\nunsettled = 'warn'\n", r"no longer a key.*require = \["),
        *(
            (f"[policy]\ncoverage = {v}\n", "coverage as a share")
            for v in ("1.5", "-1", "true", "'all'", "nan")
        ),
        ("[policy]\nrequire = 'dead-class'\n", "require as a list"),
        ("[policy]\nrequire = [1]\n", "require as a list"),
        ("[policy]\nrequire = ['dead-clas']\n", "unknown check 'dead-clas'.*did you mean 'dead-class'"),
        ("[policy]\nrequire = ['unnatural-picture']\n", "unnatural-picture only ranks"),
        ("[checks]\ndead-class = 'off'\n[policy]\nrequire = ['dead-class']\n", "required and off"),
        ("waivers = 'all'\n", r"expected waivers as tables.*\[\[waivers\]\]"),
        ("waivers = ['all']\n", "expected waivers as tables"),
        (WAIVER.replace("[[", "[").replace("]]", "]"), "expected waivers as tables"),
        (WAIVER.replace("overlap", "ovrlap"), "waiver 1: unknown check 'class-ovrlap'.*did you mean"),
        (WAIVER.replace("owner", "onwer"), "unknown key 'onwer'.*did you mean 'owner'"),
        (WAIVER + WAIVER.replace('reason = "bird and machine"\n', ""), "waiver 2: expected reason .*missing"),
        (WAIVER.replace('owner = "vision team"\n', ""), "expected owner as text, which is missing"),
        (WAIVER.replace("vision team", "  "), "expected owner as text, got ' '"),
        (WAIVER.replace('"crane"', "134"), "expected class as text, got 134"),
        (WAIVER.replace('class = "crane"\n', ""), "expected one of class, classes, fingerprint, which are"),
        (WAIVER + 'fingerprint = "0123456789abcdef"\n', "got class and fingerprint"),
        (WAIVER.replace('class = "crane"', 'fingerprint = "crane"'), "expected fingerprint as 16 hex"),
        *(
            (WAIVER.replace('class = "crane"', f"classes = {v}"), "the two classes of a pair")
            for v in ("'crane'", "['crane']", "['a', 'b', 'c']", "['a', 1]", "['a', ' ']")
        ),
        (
            WAIVER.replace("expires = 2027-01-31\n", ""),
            "expected expires as a date, which is missing.*2027-01-31",
        ),
        (WAIVER.replace("2027-01-31", '"2027-01-31"'), "expected expires as a date, got '2027-01-31'"),
        (
            WAIVER.replace("2027-01-31", "2027-01-31T10:00:00"),
            "expected expires as a date, got '2027-01-31 10",
        ),
    ],
)
def test_policies_that_are_wrong(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=message) as caught:
        read_policy(path)
    assert "Fix: " in str(caught.value)
    assert str(path) in str(caught.value)


def test_policies_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("none.toml", "binary.toml"):
        with pytest.raises(ConfigError, match="cannot read the policy"):
            read_policy(tmp_path / name)
    with pytest.raises(ConfigError, match=r"unknown policy 'relese'.*did you mean 'release'"):
        read_policy("relese")
