"""The caller's state is neither used nor changed: settings of Python, numpy, Pillow and torch."""

from audit.isolation.isolate import isolated

__all__ = ["isolated"]
