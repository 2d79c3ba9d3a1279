"""Mean of the red channel."""

from audit.image_stats.statistic import Statistic

STATISTICS = (Statistic("toy_redness", "Redness", "", False, "Mean of the red channel."),)


def measure(images):
    return {"toy_redness": images[:, 0].double().mean((1, 2)).numpy()}
