"""Small matters of English and of numbers, alike on every screen."""

from __future__ import annotations

from collections.abc import Sequence


def thousands(number: int) -> str:
    """``3080`` as ``3 080``; the space does not break."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def counted(number: int, one: str, many: str = "") -> str:
    """``1 enquiry``, ``2 enquiries``: a number with its noun; ``many`` is the plural where it is not made by adding an s."""
    return f"{thousands(number)} {one if number == 1 else many or one + 's'}"


def enquiries(number: int) -> str:
    """So many enquiries."""
    return counted(number, "enquiry", "enquiries")


def sentence(text: str) -> str:
    """Begun with a capital and ended with one full stop."""
    text = text.strip()
    return (text[:1].upper() + text[1:]).rstrip(".:") + ("" if text.endswith(("!", "?", "…")) else ".")


def within(text: str) -> str:
    """The beginning of a sentence as it reads inside another one; keys and abbreviations keep their capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def either(words: Sequence[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def what_was_done(actor: str, summary: str) -> str:
    """An event's summary as it follows the name of whoever did it."""
    words = summary.removeprefix(f"{actor} ")
    return "became its owner" if words == f"gave it to {actor}" else words
