"""Who sits at the keyboard: one person leaves it, another takes over, and nobody's words become somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubconsole.tui.lined import Lined

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hubconsole.tui.opening import Opening
    from hubconsole.tui.screens.base import HubScreen


class Seat(Lined):
    """Mixed into the application."""

    opening: Opening
    """What the console opened with."""

    def go(self, name: str) -> HubScreen:
        """Bring a screen to the front."""
        raise NotImplementedError

    def keep_typing(self) -> None:
        """What is being typed on any screen is put where it outlives the console."""
        for screen in self._live_screens():
            screen.keep_typing()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave, by a key or by a signal, with what is being typed on the disk."""
        self.keep_typing()
        super().exit(result, return_code, message)

    def act_login(self) -> None:
        """Choose who is at the keyboard."""
        from hubconsole.tui.screens.login import LoginScreen

        self.push_screen(LoginScreen())

    def become(self, name: str) -> None:
        """Go on as this member, on the screen where that member's next work is; words of the one before are kept, for them alone."""
        self.keep_typing()
        for screen in self._live_screens():
            screen.put_down()
        self.session.member = name
        self.session.acts = []
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.load_waiting()
        for left in [key for key, screen in self._installed_screens.items() if screen is not self.screen]:
            closed = self.get_screen(left)
            self.uninstall_screen(left)
            closed.remove()
        self.go(self.home())
        set_filter = getattr(self.screen, "set_filter", None)
        if set_filter is not None and self.screen.is_mounted:
            set_filter(self.session.filter)
        self.retouch()

    def home(self) -> str:
        """The pane that belongs to the member's first function where decisions are made, else the board."""
        functions = self.session.functions
        mine = [pane for pane in self.opening.panes if functions and pane.function == functions[0]]
        return next((pane.id for pane in mine if pane.layout == "review"), "board")
