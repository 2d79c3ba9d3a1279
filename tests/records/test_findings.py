from audit.records import fingerprint


def test_a_fingerprint_stays_the_same_between_releases() -> None:
    """Release policies name findings by it: sha256 of the parts with NUL between, 16 digits."""
    assert fingerprint("dead-class", ["n01440764"]) == "832897e2687840fb"
    assert fingerprint("label-list", []) == "8ff4661a11b50460"


def test_each_part_counts() -> None:
    cases = [("a", ["b", "c"]), ("a", ["c", "b"]), ("a", ["bc"]), ("ab", ["c"]), ("a", ["b"]), ("a", [])]
    assert len({fingerprint(check, ids) for check, ids in cases}) == len(cases)
