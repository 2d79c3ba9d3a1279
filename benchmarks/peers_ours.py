"""This project's side of the comparison: all classes in one batch, a whole run for each budget of views."""

import hashlib
import time
from pathlib import Path

import numpy as np
import torch
from passes import counted
from peers_cache import Piece, as_looked_at

import audit.synthesis
from audit.config import Config
from audit.image_stats import bundled
from audit.stages.pictures.record_pictures import choose
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job


def version() -> str:
    """Hash of the sources that draw: pictures of other sources are not reused."""
    folder = Path(audit.synthesis.__path__[0])
    text = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return f"audit.synthesis {hashlib.sha256(text).hexdigest()[:12]}"


def draw(classifier, classes: list[int], config: Config) -> Piece:
    """One picture per class, chosen by the network's own margin; all restarts cost. The one budget is the one
    checkpoint, and a class costs its share of the batch."""
    baseline = bundled(*classifier.size)
    assert baseline is not None
    jobs = [Job(c, r) for c in classes for r in range(config.synthesis.restarts)]
    with counted(classifier.folded().module) as passes:
        began = time.perf_counter()
        drawn = draw_natural(classifier, jobs, baseline.prior, config.synthesis, config.seed)
        with torch.no_grad():
            own = classifier.logits(drawn.images)
        chosen = [drawn.images[choose(own, jobs, c)] for c in classes]
        seconds = time.perf_counter() - began
    share = np.full((1, len(classes)), 1 / len(classes))
    pictures = np.stack([as_looked_at(image) for image in chosen])
    return Piece(
        classes, [config.synthesis.views], seconds * share, passes.views * share, {"picture": pictures[None]}
    )
