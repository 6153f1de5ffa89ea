"""From typed filters to queries, and to the chips that a border shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hubconsole.domain.query import Query, parse
from hubconsole.errors import HubError

if TYPE_CHECKING:
    from hubconsole.hub.port import Hub
    from hubconsole.tui.screens.base import HubScreen


def combined(base: str, extra: str, me: str) -> Query:
    """The query of a column or pane, narrowed by what the person typed. Raises UsageProblem for a filter that makes no sense."""
    query = parse(base)
    return (query.with_term(extra) if extra.strip() else query).as_member(me)


def chips(extra: str, whole: bool = False) -> str:
    """The filter in force as short words for a border title, or as ``whole`` ones."""
    if not extra.strip():
        return ""
    query = parse(extra)
    return " ".join(f"[{chip}]" for chip in ([term.text for term in query.terms] if whole else query.chips()))


def in_order(names: Iterable[str]) -> list[str]:
    """Names as people count: ``v2`` before ``v10``."""

    def counted(name: str) -> tuple[list[tuple[str, int]], str]:
        return [(word, int(number or 0)) for word, number in re.findall(r"([^0-9]*)([0-9]*)", name.casefold()[:80])], name

    return sorted(names, key=counted)


def problem(text: str) -> str:
    """What is wrong with a filter, as a sentence; empty when it is fine."""
    try:
        parse(text)
    except HubError as error:
        return f"{error.message} {error.hint}".strip()
    return ""


def saved_views(hub: Hub, member: str) -> dict[str, str]:
    """Saved filters by name: everybody's, and the member's own over them. Values are filter texts."""
    import json

    found: dict[str, str] = {}
    for owner in ("", member) if member else ("",):
        for name, value in hub.saved("view", owner).items():
            try:
                text = json.loads(value)
            except ValueError:
                continue
            if isinstance(text, str):
                found[name] = text
    return found


async def keep_view(screen: HubScreen, name: str, text: str) -> None:
    """Save a filter under a name for this member; an empty filter drops the name."""
    import json

    from hubconsole.domain.commands import SaveSetting

    value = json.dumps(text) if text else ""
    done = f"view {name} {'saved; v goes to it' if text else 'dropped'}"
    await screen.tell(done.capitalize(), SaveSetting(setting="view", name=name, value=value, owner=screen.session.member))
