"""The files that ship with hubconsole: ``themes/`` and ``fixtures/``.

In a checkout (and so in an editable install) both folders stand beside the package; in a wheel they lie
inside it, unpacked on disk or still in the archive on ``sys.path``. Callers get a ``Traversable`` and need
not know which: ``iterdir``, ``joinpath``, ``is_file``, ``read_text`` and ``read_bytes`` work on all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hubconsole.errors import UsageProblem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PACKAGE = Path(__file__).parent


def themes() -> Traversable:
    """The folder of colour themes, one ``NAME.toml`` each."""
    return _folder("themes")


def fixtures() -> Traversable:
    """The folder of demonstration hubs, rule examples and hostile text."""
    return _folder("fixtures")


def read_text(folder: Traversable, *names: str) -> str:
    """The UTF-8 text of a file under ``folder``; ``names`` are the steps to it.

    Raises UsageProblem ``no_resource`` when the installation has no such file.
    """
    place = folder.joinpath(*names)
    if not place.is_file():
        raise UsageProblem(
            "no_resource",
            f"The file {'/'.join(names)} is not part of this installation of hubconsole.",
            "Check its spelling, or install hubconsole again.",
        )
    return place.read_text(encoding="utf-8")


def _folder(name: str) -> Traversable:
    inside = _PACKAGE / name
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / name
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    # Only an archive is left; importlib.resources is slow to import and not needed for the two cases above.
    from importlib.resources import files

    return files("hubconsole").joinpath(name)
