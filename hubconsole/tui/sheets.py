"""Style sheets as package data, read so that they are found in a wheel, an editable install and a zip archive alike."""

from __future__ import annotations

from importlib.resources import files


def sheet(*names: str) -> str:
    """The text of the ``.tcss`` files of these names, below this package, one after the other."""
    here = files("hubconsole.tui")
    return "\n".join(here.joinpath(f"{name}.tcss").read_text("utf-8") for name in names)
