"""What can be told of a command before torch is imported, so that a slip of the pen is answered at once."""

from pathlib import Path

from audit.classifier.labels import ClassList, read_classes
from audit.classifier.spec import require_findable
from audit.config import read_toml
from audit.errors import ImageError, ModelError
from audit.photos.counterexamples_given import GivenCounterexamples, require_counterexamples
from audit.photos.given import require_folder
from audit.runner.store import Store


def require_given(
    model: object,
    *,
    weights: str | Path | None,
    classes: ClassList | None,
    images: str | Path | None = None,
    baseline: str | Path | None = None,
    transfer_model: object = None,
    counterexamples: GivenCounterexamples = (),
    out: str | Path | None = None,
) -> None:
    """Raises the UserError that loading would raise later; what passes may still fail there."""
    if isinstance(model, str):
        require_findable(model)
    if isinstance(transfer_model, str) and not transfer_model.lower().endswith(".toml"):
        try:
            require_findable(transfer_model)
        except ModelError as error:
            where = f"transfer model {transfer_model}"
            where += f", {error.where}" if error.where not in ("", transfer_model) else ""
            raise ModelError(error.problem, where=where, fix=error.fix) from None
    elif isinstance(transfer_model, str | Path):
        read_toml(Path(transfer_model), "transfer model")
    # FILE#KEY names a set of weights in the file; a file may have the sign in its own name.
    if weights is not None and not any(Path(w).is_file() for w in (weights, str(weights).rpartition("#")[0])):
        raise ModelError("no such file", where=f"weights {weights}", fix="check the path")
    if classes is not None:
        read_classes(classes)
    if images is not None:
        require_folder(Path(images))
    require_counterexamples(counterexamples)
    if baseline is not None and not Path(baseline).exists():
        raise ImageError(
            "cannot read the baseline (no such file or folder)", where=str(baseline), fix="check --baseline"
        )
    if out is not None:
        Store(Path(out)).header()
