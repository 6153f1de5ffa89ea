"""Which store a place names: a path is an SQLite file, a URL of PostgreSQL a database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from hubconsole.errors import StoreProblem, UsageProblem
from hubconsole.store import reads

if TYPE_CHECKING:
    from hubconsole.store.engine import Connection, Store

_SCHEMES = ("postgresql://", "postgres://")
_PASSWORD = re.compile(r"(postgres(?:ql)?://[^@/:]*:)([^@/]*|[^@/]*[^@/\d][^@/]*/[^@?]*)(?=@)")


def is_database(place: str | Path) -> bool:
    """Whether ``place`` is a URL of a PostgreSQL database rather than a path."""
    return isinstance(place, str) and place.startswith(_SCHEMES)


def engine() -> Any:
    """The module that speaks with PostgreSQL. Raises StoreProblem ``no_driver`` where its packages are not installed."""
    try:
        from hubconsole.store import postgres
    except ImportError as error:
        why = f"A hub in PostgreSQL needs a package that is not installed ({error.name})."
        raise StoreProblem("no_driver", why, "Install it: pip install 'hubconsole[server]'.") from error
    return postgres


def split_hub(url: str) -> tuple[str, str]:
    """A database's URL without its ``hub=`` parameter, and what that parameter says (empty when it is not there)."""
    parts = urlsplit(_quoted(url))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    chosen = [value for name, value in pairs if name == "hub"]
    rest = urlencode([(name, value) for name, value in pairs if name != "hub"])
    return joined(parts._replace(query=rest)), chosen[-1] if chosen else ""


def joined(parts: SplitResult) -> str:
    """A database's URL put together again, also one without a host (``postgresql:///hubs``)."""
    query, fragment = (f"{sign}{text}" if text else "" for sign, text in (("?", parts.query), ("#", parts.fragment)))
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}{fragment}"


def open_store(place: str | Path, *, readonly: bool = False) -> tuple[Store, str]:
    """The store at a place, and the hub in it that the place asks for (empty: whichever is there)."""
    if is_database(place):
        url, hub = split_hub(str(place))
        store: Store = engine().PostgresStore(url, hub=hub, readonly=readonly)
        return store, hub
    from hubconsole.store.sqlite_store import SqliteStore

    return SqliteStore(place, readonly=readonly), ""


def shown(place: str | Path) -> str:
    """A place for people: a path, or a URL without its password."""
    if is_database(place):
        return str(engine().shown(_quoted(str(place))))
    return str(place)


def _quoted(url: str) -> str:
    """A database's URL whose password holds no sign that would end it here; PostgreSQL's own library takes such signs."""
    return _PASSWORD.sub(lambda found: found[1] + quote(found[2], safe="%"), url, count=1)


def make_room(place: str | Path) -> None:
    """Make the file, or the tables of the database, where they are not there yet. Raises StoreProblem."""
    if is_database(place):
        engine().prepare(split_hub(str(place))[0])
        return
    from hubconsole.store.sqlite import create

    create(place)


def choose_hub(conn: Connection, place: str, wanted: str) -> str:
    """The id of the hub with this id or name, or of the store's first. Raises StoreProblem ``no_hub``, UsageProblem ``which_hub``."""
    if not wanted:
        row = reads.hub_row(conn)
        if row is None:
            raise StoreProblem("no_hub", f"There is no hub in {place} yet.", "Make one with: hubconsole start")
        return row.hub_id
    found = reads.hubs_called(conn, wanted)
    if not found:
        raise StoreProblem("no_hub", f"There is no hub {wanted!r} in {place}.", "Give the id or the name of one that is there.")
    if len(found) > 1:
        raise UsageProblem("which_hub", f"Several hubs in {place} are called {wanted!r}.", f"Give an id: {', '.join(found)}.")
    return found[0]
