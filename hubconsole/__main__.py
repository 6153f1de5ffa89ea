"""The program ``hubconsole``: a fast lane for the screens and for ``list`` and ``show``, everything else through Typer.

Opening a screen should cost no more than the screen itself, so the plain forms of these commands are read
from the same option table without importing the command-line library.
"""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (default: the process's own) and return its exit code."""
    from hubconsole.cli.ending import guarded
    from hubconsole.cli.options import ReadRequest, fast_lane

    arguments = list(sys.argv[1:] if argv is None else argv)
    request = fast_lane(arguments)

    def work() -> int:
        if isinstance(request, ReadRequest):
            from hubconsole.cli.listing import carry_out

            return carry_out(request)
        if request is not None:
            from hubconsole.cli.opening import open_screen

            return open_screen(request)
        from hubconsole.cli.app import run

        return run(arguments)

    return guarded(work, as_json="--json" in (arguments[: arguments.index("--")] if "--" in arguments else arguments))


if __name__ == "__main__":
    sys.exit(main())
