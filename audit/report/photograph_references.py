"""Natural photographs beside what is said of a class."""

from audit.records import ClassResult, Evidence, Finding, Nearby, Results


class References:
    """The photographs of a run, by class."""

    def __init__(self, results: Results) -> None:
        info = results.photographs
        self.photographs = {photo.index: photo for photo in info.photographs} if info else {}
        self._own_answers = info is not None and info.kind == "own answers"
        self._classes = {entry.label.index: entry for entry in results.classes}
        self._names = {label.index: label.name for label in results.model.classes}

    def label(self, nearby: Nearby) -> int | None:
        """What a photograph shows: its folder's class, or the network's prediction where folders say
        nothing."""
        photo = self.photographs.get(nearby.photograph)
        if photo is None:
            return None
        return photo.answer.class_index if self._own_answers else photo.label

    def said(self, nearby: Nearby) -> str:
        """The same in words, for a caption."""
        label = self.label(nearby)
        if label is None:
            return "without label"
        word = "classified as" if self._own_answers else "labelled"
        return f"{word} {self._names.get(label, f'class {label}')}"

    def best(self, entry: ClassResult) -> Nearby | None:
        """The class's most activating photograph among those of the class itself."""
        near = entry.photographs.activating if entry.photographs else []
        return next((item for item in near if self.label(item) == entry.label.index), None)

    def beside(self, finding: Finding) -> list[Evidence]:
        """A natural reference for each class a finding names, unless its own evidence has natural ones."""
        if any(piece.origin == "natural" for piece in finding.evidence):
            return []
        found: list[Evidence] = []
        for index in dict.fromkeys(finding.classes):
            entry = self._classes.get(index)
            near = self.best(entry) if entry else None
            if near is not None:
                caption = f"Natural photograph, {self.said(near)}"
                found.append(Evidence(artefact=near.file, origin="natural", caption=caption))
        return found
