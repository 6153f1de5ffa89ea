"""The signs: one per state and per review, never without a word beside or above them, each with an ASCII form."""

from __future__ import annotations

from dataclasses import dataclass

from hubconsole.text import one_line

_STATES = {
    "new": ("●", "*"),
    "working": ("○", "o"),
    "in_review": ("◔", "?"),
    "ready": ("✓", "+"),
    "sent": ("→", ">"),
    "waiting_customer": ("…", "."),
    "resolved": ("■", "#"),
    "closed": ("·", "-"),
}
_REVIEWS = {
    "requested": ("◔", "?"),
    "opened": ("◑", "?"),
    "approve": ("✓", "+"),
    "approve_with_conditions": ("✓", "+"),
    "amend": ("✎", "~"),
    "return": ("↩", "<"),
    "reject": ("✗", "x"),
    "not_required": ("–", "-"),
    "suspended": ("!", "!"),
    "withdrawn": ("–", "-"),
    "expired": ("!", "!"),
}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs. ``ascii_only`` takes the plain forms."""

    ascii_only: bool = False
    """Whether the terminal or its font lacks the usual signs."""

    def _pick(self, pair: tuple[str, str]) -> str:
        return pair[1] if self.ascii_only else pair[0]

    def state(self, state: str) -> str:
        """The sign of an enquiry's state."""
        return self._pick(_STATES.get(state, ("·", "-")))

    def review(self, stands: str) -> str:
        """The sign of where a review stands (a review state, or the verdict)."""
        return self._pick(_REVIEWS.get(stands, ("·", "-")))

    @property
    def alarm(self) -> str:
        """Stands with every amber and red word."""
        return self._pick(("▲", "!"))

    @property
    def mark(self) -> str:
        """A row marked for an act on several."""
        return self._pick(("◆", "#"))

    @property
    def on_it(self) -> str:
        """Before the name of whoever holds the claim."""
        return self._pick(("▸", ">"))

    @property
    def here(self) -> str:
        """Connected, present."""
        return self._pick(("●", "*"))

    @property
    def faint(self) -> str:
        """Not connected yet."""
        return self._pick(("○", "o"))

    @property
    def pending(self) -> str:
        """Before the word of an act that is not done yet."""
        return self._pick(("…", "~"))

    @property
    def dash(self) -> str:
        """Stands where there is no value."""
        return self._pick(("–", "-"))

    @property
    def more(self) -> str:
        """Something follows, or is on its way."""
        return self._pick(("…", "..."))

    @property
    def cut(self) -> str:
        """One cell at the end of a text that did not fit."""
        return self._pick(("…", "~"))

    def one_line(self, text: str, width: int) -> str:
        """``text`` inert on one line of at most ``width`` cells, a cut shown by :attr:`cut`."""
        shown = one_line(text, width)
        ours = self.ascii_only and shown.endswith("…") and not text.rstrip().endswith("…")
        return shown[:-1] + self.cut if ours else shown

    @property
    def dot(self) -> str:
        """Between the parts of a title."""
        return self._pick(("·", "-"))
