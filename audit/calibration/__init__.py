"""What clean networks show: null distributions of every test, and the chance of a false alarm they give."""

from audit.calibration.joint import Judged, NullTable, shipped
from audit.calibration.scores import Score
from audit.calibration.tail import Tail

__all__ = ["Judged", "NullTable", "Score", "Tail", "shipped"]
