"""Changes that are fitted: per class and family the one that turns most photographs into the class."""

from audit.probes.fitting.fit_classes import Fitted, fit
from audit.probes.fitting.fitted_change import FITTED, FittedChange, controls
from audit.probes.fitting.fitting_settings import FittingSettings

__all__ = ["FITTED", "Fitted", "FittedChange", "FittingSettings", "controls", "fit"]
