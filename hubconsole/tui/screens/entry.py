"""Taking an enquiry in by hand: who and how on one line, the words on the next."""

from __future__ import annotations

from hubconsole.domain.terms import CHANNELS
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow
from hubconsole.tui.asking import Field
from hubconsole.tui.messages import ActDone
from hubconsole.tui.screens.base import HubScreen
from hubconsole.tui.session import Act

_SPOKEN = {
    "ph": "phone",
    "tel": "phone",
    "telephone": "phone",
    "mail": "email",
    "em": "email",
    "wi": "walk_in",
    "walk-in": "walk_in",
    "fb": "facebook",
}


def who_and_channel(text: str) -> tuple[str, str]:
    """``Ann Price, paper`` becomes ``("Ann Price", "paper")``, with the comma or without; without a channel it is the telephone."""
    words = text.replace(",", ", ").split()
    last = words[-1].lower().rstrip(".") if words else ""
    channel = _SPOKEN.get(last, last)
    if len(words) > 1 and channel in CHANNELS:
        return " ".join(words[:-1]).rstrip(" ,;:"), channel
    return " ".join(words).rstrip(" ,;:"), "phone"


class EntryActs(HubScreen):
    """Mixed into screens on which ``n`` takes an enquiry in."""

    def act_new(self) -> None:
        """Ask for the two lines."""
        who = Field("WHO and how", placeholder="Maria K., paper    (or phone, email, walk_in; phone when not said)")
        words = Field("THEIR WORDS", placeholder="what the customer said or wrote")
        self.ask("New enquiry by hand", [who, words], lambda said: self.take_in(said[0], said[1]))

    async def take_in(self, who: str, words: str) -> None:
        """Receive it."""
        from hubconsole.domain.commands import Receive
        from hubconsole.domain.terms import Visibility

        customer, channel = who_and_channel(who)
        command = Receive(enquiry_id=new_id(), channel=channel, text=words, customer=customer, visibility=Visibility.PRIVATE)
        receipt = await self.session.execute(command)
        self.session.remember(Act(f"took in {receipt.key}", receipt.key, command, None, final="t puts it away."))
        found = await self.session.call(self.session.hub.rows, [receipt.enquiry_id])
        here = bool(found) and self.put_cursor_on(found[0])
        self.post_message(ActDone(receipt.enquiry_id, f"took in {receipt.key}"))
        self.toast(
            f"{receipt.key} is in. " + ("t triages it, d answers it." if here else f"What is shown leaves it out; :open {receipt.key}")
        )

    def put_cursor_on(self, row: BoardRow) -> bool:
        """Select an enquiry where it is among what is shown; False where it is not."""
        return False
