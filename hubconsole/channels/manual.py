"""The channel that every hub has: a person copies the approved words and publishes them by hand.

The exact text is put into a file and can be put on the clipboard; the send then waits until somebody marks
it as sent (or not sent). Writing the file again publishes nothing, hence ``idempotent``.
"""

from pathlib import Path

from hubconsole.channels.base import Delivery, Knowledge, Outgoing
from hubconsole.channels.clipboard import osc52
from hubconsole.channels.files import held, stem_of, write_once


class ManualChannel:
    """Hands a reply to the person at the keyboard. ``folder`` is where the text files go."""

    name = "manual"
    knowledge: Knowledge = "idempotent"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, outgoing: Outgoing) -> Path:
        """The file that holds, or will hold, the text of this send."""
        return self.folder / f"{stem_of(outgoing.key)}-{stem_of(outgoing.send_id)}.txt"

    def clipboard(self, outgoing: Outgoing, *, tmux: bool = False) -> str | None:
        """The terminal sequence that copies the text; None when it is too long for one."""
        return osc52(outgoing.text, tmux=tmux)

    def deliver(self, outgoing: Outgoing) -> Delivery:
        """Write the text file and hand it over; ``failed`` when the folder cannot be written."""
        path = self.path(outgoing)
        try:
            content = outgoing.text.encode("utf-8")
            if not write_once(path, content) and held(path, len(content)) != content:
                return Delivery("failed", reason=f"{path} holds another text under the name of this send; move that file away first.")
        except (OSError, UnicodeEncodeError) as problem:
            return Delivery("failed", reason=f"The text of {outgoing.key} could not be written to {path}: {_plain(problem)}.")
        return Delivery("handed_over", external_id=str(path))

    def lookup(self, outgoing: Outgoing) -> Delivery | None:
        """Handed over already when the file is there with this text; whether it was published, only the person knows."""
        path = self.path(outgoing)
        try:
            content = outgoing.text.encode("utf-8")
            there = held(path, len(content)) == content
        except (OSError, UnicodeEncodeError):
            return None  # writing it again will say what is wrong
        return Delivery("handed_over", external_id=str(path)) if there else None


def _plain(problem: OSError | UnicodeEncodeError) -> str:
    """The system's own words for what went wrong, without the file name repeated."""
    return problem.strerror or type(problem).__name__ if isinstance(problem, OSError) else "it cannot be encoded as UTF-8"
