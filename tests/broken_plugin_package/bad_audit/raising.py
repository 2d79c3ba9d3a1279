"""A loader and a writer that load, and raise when they are used."""

from audit.classifier.loaders.loader import Loader


class Bad(Loader):
    name = "bad"
    forms = ("bad:net",)

    def load(self, spec, request):
        raise RuntimeError("the loader tripped")


class BadWriter:
    name, suffix, text, kept = "bad", ".bad", True, "bad.txt"

    def write(self, results, gate, folder):
        raise RuntimeError("the writer tripped")


LOADER, WRITER = Bad(), BadWriter()
