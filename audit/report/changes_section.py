"""Changes of photographs arranged as the page shows them: for every flag its chain, and all other tests."""

from dataclasses import dataclass

from audit.records import CausalTest, Finding, Results
from audit.records.detection import Detection
from audit.records.probes import Example, Probes

CARRIERS = {
    "photographs": "photographs",
    "own answers": "photographs, the network's own answers standing for labels",
    "dead leaves": "rendered scenes without objects, as the run had no photographs",
}


@dataclass(frozen=True)
class Chain:
    """One finding and its causal test."""

    finding: Finding
    test: CausalTest | None

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """What each step is called, and what is said of it."""
        named = [step.partition(": ") for step in self.finding.steps or [self.finding.detail]]
        return [(head, rest.rstrip(".")) if rest else ("", head.rstrip(".")) for head, _, rest in named]


@dataclass(frozen=True)
class ChangesView:
    """The section on changes of photographs."""

    probes: Probes
    carriers: str
    chains: list[Chain]
    """Of findings whose class stands out, in their order."""
    others: list[CausalTest]
    """Tests of pairs that no finding is about, the largest effects first."""
    detection: Detection | None

    @property
    def changes(self) -> int:
        """How many were tried, fitted ones among them."""
        return len(self.probes.effects) + len(self.probes.fitted)

    @property
    def examples(self) -> list[Example]:
        """Pictures that are shown."""
        tests = [chain.test for chain in self.chains if chain.test]
        return [example for test in tests for example in test.examples]


def changes_view(results: Results) -> ChangesView | None:
    """None where no change was tried."""
    probes = results.probes
    if probes is None:
        return None
    about = {check.meta.id for check in results.checks if "probes" in check.meta.needs}
    of_pair = {(test.class_index, test.change): test for test in probes.tests}
    chains = [
        Chain(finding, of_pair.get((finding.classes[0], finding.change or "")))
        for finding in results.findings
        if (finding.steps or finding.check in about or finding.change is not None) and finding.classes
    ]
    shown = [chain.test for chain in chains]
    return ChangesView(
        probes=probes,
        carriers=CARRIERS[probes.carriers],
        chains=chains,
        others=sorted((test for test in probes.tests if test not in shown), key=_largest, reverse=True),
        detection=results.detection,
    )


def _largest(test: CausalTest) -> float:
    """Share that it turns, or loses."""
    return max((share.value for share in (test.turned, test.lost) if share.n), default=0.0)
