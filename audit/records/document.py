"""The document `results.json`: everything a reader or a program needs of a run."""

from pydantic import Field

from audit.records.counterexamples import CounterexampleTest
from audit.records.details import Details
from audit.records.detection import Detection
from audit.records.estimates import Diversity, Proportion
from audit.records.findings import CheckResult, Finding, Suspect
from audit.records.model_info import ClassLabel, ModelInfo
from audit.records.parts import Part, Pieces
from audit.records.photographs import ClassPhotographs, PhotographsInfo
from audit.records.pictures import Picture, StatisticValue
from audit.records.preprocessing_trials import PreprocessingTrials
from audit.records.probes import CausalTest, Probes
from audit.records.record import Record
from audit.records.reliability import LayerPath, RunReliability
from audit.records.robustness import Robustness
from audit.records.transfer import Transfer, TransferInfo
from audit.records.tuning import Tuning
from audit.records.verdict import NotChecked, Verdict

SCHEMA_VERSION = "3.5"


class StageInfo(Record):
    """One stage of the run."""

    name: str
    version: int
    units: int
    done: int
    views: float
    error: str | None = None
    """Why it broke, on one line; nothing of what it found by then is shown, or judged."""
    not_run: str | None = None
    """Why it was not begun: what it reads is missing."""

    @property
    def lacks(self) -> list[NotChecked]:
        """What the run lacks by its fault."""
        what = f"stage {self.name}"
        if self.error is not None:
            return [NotChecked(what=what, why=f"Stage {self.name} failed: {self.error}.")]
        if self.not_run is not None:
            return [NotChecked(what=what, why=f"Stage {self.name} did not run: {self.not_run}.")]
        return []


class BrokenPlugin(Record):
    """Something from another package that could not be used in the run."""

    group: str
    """Of entry points, for instance "audit.stages"."""
    name: str
    error: str
    """Why, on one line. Untrusted text."""

    @property
    def lacks(self) -> list[NotChecked]:
        """What the run lacks without it: a stage; a check that broke is an answer of its own, an error."""
        if self.group != "audit.stages":
            return []
        why = f"The stage of the plug-in {self.name} could not be loaded: {self.error}."
        return [NotChecked(what=f"plug-in {self.name}", why=why)]


class Environment(Record):
    """Where the run was computed."""

    audit: str
    python: str
    torch: str
    torchvision: str
    numpy: str
    platform: str
    processor: str
    threads: int


class Timing(Record):
    """All that may differ between two runs that are otherwise equal."""

    started: str
    """ISO 8601, UTC."""
    finished: str
    seconds: dict[str, float]
    """Stage → seconds of computing, over all sessions."""
    sessions: int
    """How many commands it took: 1 when nothing was interrupted."""


class RunInfo(Record):
    """How the run was made, and how to make it again."""

    command: str
    config_name: str
    config: dict[str, object]
    seed: int
    device: str
    dtype: str
    only: list[int] | None
    """Class indices the user chose; None: all."""
    environment: Environment
    stages: list[StageInfo]
    timing: Timing
    plugins: list[BrokenPlugin] = Field(default_factory=list[BrokenPlugin])
    """What broke of other packages' checks, stages, loaders, attacks, statistics and writers."""

    @property
    def lacks(self) -> list[NotChecked]:
        """Stages that broke or could not run, and plug-ins that are missing: such a run is not complete."""
        return [lack for part in (*self.stages, *self.plugins) for lack in part.lacks]


class StatisticInfo(Record):
    """One statistic and its natural range."""

    id: str
    title: str
    unit: str
    constrained: bool
    """True where the natural prior fixes it: being natural there is no evidence."""
    quantiles: dict[str, float] | None
    """Of the baseline: "1", "5", "25", "50", "75", "95", "99"; None without baseline."""


class NaturalSpectrum(Record):
    """Power of luma-like contrast (the first colour channel of the natural prior) by spatial frequency."""

    frequencies: list[float]
    """Cycles per pixel, rising."""
    low: list[float]
    """log10 of power: 5th percentile of the natural images."""
    middle: list[float]
    high: list[float]


class BaselineInfo(Record):
    """The natural images that pictures are measured against, and what is measured."""

    id: str | None
    """None: no baseline of this size; statistics are shown without percentiles."""
    height: int
    width: int
    images: int
    provenance: str
    """Which images and which path, or why there is none and the command that makes one."""
    sha256: str
    statistics: list[StatisticInfo]
    spectrum: NaturalSpectrum | None = None
    """None without baseline."""


class ClassResult(Record):
    """All that was measured about one class."""

    label: ClassLabel
    pictures: list[Picture]
    """With and without prior, all restarts."""
    agreement: float | None
    """Mean pairwise cosine of the restarts' penultimate features (with prior, centred over all pictures);
    None with one restart."""
    statistics: dict[str, dict[str, StatisticValue]]
    """Picture file → statistic id → value."""
    spectra: dict[str, list[float]] = Field(default_factory=dict[str, list[float]])
    """Chosen picture's file → log10 power at `baseline.spectrum.frequencies`; empty without baseline, and for
    networks that do not take three channels."""
    photographs: ClassPhotographs | None = None
    """None where the run had no photographs."""
    diversity: Diversity | None = None
    """How differently the restarts look to the network; None where `agreement` is."""
    transfer: dict[str, Transfer] = Field(default_factory=dict[str, Transfer])
    """Picture file → the transfer model's answer; empty without a transfer model."""
    transfer_diversity: Diversity | None = None
    """How differently the restarts look to the transfer model."""
    batch_norm_pictures: list[Picture] = Field(default_factory=list[Picture])
    """Pictures that also have the statistics of the network's batch norms; no check reads them."""
    path: list[LayerPath] = Field(default_factory=list[LayerPath])
    """What the chosen picture under the natural prior does at each watched layer, the first one first; empty
    without photographs."""
    cut_and_paste: Proportion | None = None
    """Photographs of other classes that are answered as this one once they hold the middle of its picture."""
    causal_tests: list[CausalTest] = Field(default_factory=list[CausalTest])
    """Changes that were tested for the class."""
    parts: list[Part] = Field(default_factory=list[Part])
    """What recurs on its images and speaks for it, the part that says most first; empty where the class was
    not looked at."""
    error: str | None = None
    """Why pictures of it could not be drawn: such a class is not judged, and the run is not complete."""


class Results(Record):
    """Top level of `results.json`."""

    schema_version: str
    run: RunInfo
    model: ModelInfo
    baseline: BaselineInfo
    classes: list[ClassResult]
    photographs: PhotographsInfo | None = None
    """None where the run had none."""
    preprocessing: PreprocessingTrials | None = None
    robustness: Robustness | None = None
    transfer_model: TransferInfo | None = None
    """None where the run had none."""
    reliability: RunReliability | None = None
    probes: Probes | None = None
    """None where no change was tried."""
    pieces: Pieces | None = None
    """How well small pieces of photographs tell each class; None without enough photographs with labels."""
    detection: Detection | None = None
    """Measured rates of the checks of changes; None where no change was tried, or they were not measured."""
    counterexamples: list[CounterexampleTest] = Field(default_factory=list[CounterexampleTest])
    """By class, the object without the part before the part without the object; empty where none was
    given."""
    tuning: Tuning | None = None
    """None where the run had none."""
    details: dict[str, Details] = Field(default_factory=dict[str, Details])
    """Stage → what it shows, for stages without a field of their own."""
    checks: list[CheckResult]
    findings: list[Finding]
    """Every finding of every check, strongest first."""
    look_first: list[Suspect] = Field(default_factory=list[Suspect])
    """At most ten classes, most suspicious first; empty in older runs until they are judged again."""
    verdict: Verdict
