"""How a verb ends that could not do what it was asked for."""

import functools
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from audit.errors import AuditError, OutputError, Terminated, terminate
from audit.text import visible


def says_why(verb: Callable[..., None]) -> Callable[..., None]:
    """Errors as one line and their exit code; interruption as 130 or 143; the rest is a defect of ours."""

    @functools.wraps(verb)
    def guarded(*args: Any, **kwargs: Any) -> None:
        before = signal.signal(signal.SIGTERM, terminate)
        try:
            verb(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read the output has gone; what Python would flush at exit goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(OutputError.exit_code) from None
        except AuditError as error:
            print(f"audit: {visible(error.command_line)}", file=sys.stderr)
            raise SystemExit(error.exit_code) from None
        except KeyboardInterrupt as stop:
            print("audit: interrupted; the same command goes on where it stopped", file=sys.stderr)
            raise SystemExit(143 if isinstance(stop, Terminated) else 130) from None
        except Exception:
            traceback.print_exc()
            print("audit: internal error, a defect of audit: please report the lines above", file=sys.stderr)
            raise SystemExit(4) from None
        finally:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)

    return guarded
