"""The program ``hubconsole``: a fast lane for the screens, everything else through Typer.

Opening a screen should cost no more than the screen itself, so the plain forms of the screen commands
are read from the same option table without importing the command-line library.
"""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (default: the process's own) and return its exit code."""
    from hubconsole.cli.ending import guarded
    from hubconsole.cli.options import fast_lane

    arguments = list(sys.argv[1:] if argv is None else argv)
    request = fast_lane(arguments)
    if request is not None:
        from hubconsole.cli.opening import open_screen

        return guarded(lambda: open_screen(request), as_json=False)

    from hubconsole.cli.ending import wants_json

    def through_typer() -> int:
        from hubconsole.cli.app import run

        return run(arguments)

    return guarded(through_typer, as_json=wants_json(arguments))


if __name__ == "__main__":
    sys.exit(main())
