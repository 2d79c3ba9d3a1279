"""A statistic that raises."""

from audit.image_stats.statistic import Statistic

STATISTICS = (Statistic("bad_number", "Bad number", "", False, "None."),)


def measure(images):
    raise RuntimeError("the statistic tripped")
