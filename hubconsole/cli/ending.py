"""How the program ends: exit codes, error messages for people and programs, broken pipes, interruption."""

import errno
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper

from hubconsole.errors import Conflict, HubError, Unreachable

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells have it."""

_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def guarded(work: Callable[[], int], *, as_json: bool) -> int:
    """Do the work and turn everything that may go wrong on purpose into a message and an exit code."""
    _use_utf8()
    try:
        code = work()
        sys.stdout.flush()
        return code
    except HubError as error:
        return fail(error, as_json=as_json)
    except BrokenPipeError:
        _mute()  # whoever read us has gone
        return 0
    except OSError as error:
        if error.errno not in _CANNOT_WRITE:
            raise
        _mute()
        return fail(Unreachable("output", f"The output could not be written: {error.strerror}.", "Write it elsewhere."), as_json=as_json)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return INTERRUPTED


def _mute() -> None:
    """Let the interpreter's own last flush end nowhere, so that it does not complain a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def fail(error: HubError, *, as_json: bool) -> int:
    """Say what went wrong on standard error; the exit code is returned."""
    sys.stdout.flush()
    if as_json:
        import json

        said: dict[str, object] = {"code": error.code, "message": error.message, "hint": error.hint}
        if isinstance(error, Conflict):
            from hubconsole.clock import iso

            said |= {"winner": error.winner, "at": iso(error.at or None), "version": error.version}
        sys.stderr.write(json.dumps({"error": said}, ensure_ascii=False) + "\n")
    else:
        from hubconsole.cli.output import safe, wrapped

        indent = " " * len("hubconsole: ")
        sys.stderr.write(wrapped(f"hubconsole: {safe(error.message)}", indent=indent, stream=sys.stderr) + "\n")
        if error.hint:
            sys.stderr.write(wrapped(f"{indent}{safe(error.hint)}", indent=indent, stream=sys.stderr) + "\n")
    return error.exit_code


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
