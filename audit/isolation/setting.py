"""A setting of the process that the caller may have changed."""

import operator
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

AS_IT_IS: Final = object()
"""In place of a value: the caller's holds."""


def enter(stack: ExitStack, settings: Iterable["Setting"]) -> None:
    """Give each the audit's value; at the end of the stack the caller's come back, the last one first."""
    for setting in settings:
        stack.callback(setting.leave, setting.read())
        setting.enter()


@dataclass(frozen=True)
class Setting:
    """How a setting is read and written, and what it is while the audit works."""

    read: Callable[[], Any]
    write: Callable[[Any], None]
    inside: Any = AS_IT_IS
    same: Callable[[Any, Any], bool] = operator.eq

    def enter(self) -> None:
        """Give it the value of the audit."""
        if self.inside is not AS_IT_IS:
            self._set(self.inside)

    def leave(self, before: Any) -> None:
        """Give it the caller's value back."""
        self._set(before)

    def _set(self, value: Any) -> None:
        # Some setters do more than to set: they import, or start threads anew.
        if not self.same(self.read(), value):
            self.write(value)


def attribute(owner: Any, name: str, inside: Any = AS_IT_IS) -> Setting:
    """A setting that is an attribute of a module or an object."""
    return Setting(lambda: getattr(owner, name), lambda value: setattr(owner, name, value), inside)
