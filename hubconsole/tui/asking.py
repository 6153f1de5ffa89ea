"""What a screen may ask a person: one-key choices and lines of text. The boxes that ask are in ``screens.dialogs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a :class:`ChoiceBar`."""

    key: str
    """The key that gives it, in Textual's name."""
    label: str
    """What it says beside the key."""
    value: Any
    """What the asker gets; not None."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of an :class:`AskBox`."""

    label: str
    """Small dim word in front of the line."""
    value: str = ""
    """What stands there already."""
    placeholder: str = ""
    """What an empty line says."""
    required: bool = True
    """Whether it may stay empty."""
