"""Moving a hub between stores: nothing lost, nothing doubled, never two of one."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.command import Command
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.query import Query, parse
from hubconsole.errors import Conflict, HubError, Refused, StoreProblem
from hubconsole.hub.ends import End
from hubconsole.hub.local import LocalHub
from hubconsole.hub.port import Receipt
from hubconsole.hub.restoring import copy, was_put_back
from hubconsole.hub.transfer import Copied, StoreSide, move
from hubconsole.ids import new_id
from tests import pg
from tests.contract import acts
from tests.contract.hubs import MEMBERS
from tests.property.history import History

there = pg.free_place


@pytest.fixture
def here(tmp_path: Path, clock: FrozenClock) -> str:
    """A hub with some history in a file."""
    path = tmp_path / "here.db"
    hub = LocalHub.create(path, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    History(hub, clock, 7).run(60)
    acts.receive(hub, text="NUL \0 and \x10, bidi \u202e, 𝔘nicode", customer="E\u0301va")
    acts.queued(hub)
    hub.close()
    return str(path)


def contents(place: str) -> tuple[list[object], list[object]]:
    """The journal and the board of a place."""
    hub = LocalHub.open(place)
    try:
        entries: list[object] = list(hub.journal())
        rows: list[object] = list(hub.page(acts_query(), limit=10_000).rows)
        return entries, rows
    finally:
        hub.close()


def acts_query() -> Query:
    return parse("state:open|done is:snoozed|awake")


def refused(place: str, command: c.Command) -> str:
    hub = LocalHub.open(place)
    try:
        hub.execute(command, actor="sue")
    except HubError as no:
        return no.code
    finally:
        hub.close()
    return ""


def test_a_hub_moves_whole_and_goes_on_in_one_place_only(here: str, there: str) -> None:
    before, rows = contents(here)
    done = move(StoreSide(here), StoreSide(there), "sue")
    assert (done.name, done.there_already, done.events) == ("Bank", False, len(before) + 1)
    after, rows_after = contents(there)
    assert after[: len(before)] == before
    assert [entry.kind for entry in after[len(before) :]] == ["hub.moved", "hub.arrived"]  # type: ignore[attr-defined]
    assert rows_after == rows
    for place in (here, there):
        hub = LocalHub.open(place)
        assert hub.verify().problems == ()
        hub.close()
    eid = new_id()
    assert refused(here, c.Receive(enquiry_id=eid, channel="x", text="Hello", customer="M")) == "moved"
    assert refused(there, c.Receive(enquiry_id=eid, channel="x", text="Hello", customer="M")) == ""


def test_moving_again_finds_nothing_left_to_do(here: str, there: str) -> None:
    move(StoreSide(here), StoreSide(there), "sue")
    was = contents(there)
    again = move(StoreSide(here), StoreSide(there), "sue")
    assert (again.there_already, again.events) == (True, 0)
    assert contents(there) == was
    assert refused(there, c.AddMember(name="kim", functions=MEMBERS[0][1])) == ""
    assert move(StoreSide(here), StoreSide(there), "sue").there_already


def test_it_comes_back_with_what_happened_there(here: str, there: str) -> None:
    move(StoreSide(here), StoreSide(there), "sue")
    away = LocalHub.open(there)
    eid = acts.receive(away, text="While you were away")
    away.close()
    move(StoreSide(there), StoreSide(here), "sue")
    assert contents(here)[0][:-1] == contents(there)[0]
    back = LocalHub.open(here)
    assert back.enquiry(eid).messages[0].text == "While you were away"
    assert back.verify().ok
    back.close()
    assert refused(there, c.Claim(enquiry_id=eid)) == "moved"
    assert refused(here, c.Claim(enquiry_id=eid)) == ""


class Stumbling(StoreSide):
    """A side on which something fails once."""

    fails: str = ""

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        if name in ("take_in", "execute", "verify") and name == super().__getattribute__("fails"):

            def fail(*_: object) -> None:
                self.fails = ""
                raise StoreProblem("disk_error", "The line broke.")

            return fail
        return found


@pytest.mark.parametrize(("side", "step"), [("to", "take_in"), ("to", "execute"), ("to", "verify"), ("from", "verify")])
def test_a_move_that_broke_off_is_completed_by_asking_again(here: str, there: str, side: str, step: str) -> None:
    before, _ = contents(here)
    source, target = Stumbling(here), Stumbling(there)
    (target if side == "to" else source).fails = step
    with pytest.raises(StoreProblem):
        move(source, target, "sue")
    again = move(source, target, "sue")
    kinds = [entry.kind for entry in contents(there)[0][len(before) :]]  # type: ignore[attr-defined]
    assert kinds == ["hub.moved", "hub.arrived"]
    assert again.seq == len(before) + 2


def break_off(here: str, there: str) -> None:
    """A move that closes the hub here and fails to open it there."""
    target = Stumbling(there)
    target.fails = "execute"
    with pytest.raises(StoreProblem):
        move(Stumbling(here), target, "sue")


def test_a_hub_on_its_way_arrives_where_it_left_for_and_nowhere_else(here: str, there: str, tmp_path: Path) -> None:
    break_off(here, there)
    with pytest.raises(Conflict) as no:
        move(StoreSide(here), StoreSide(str(tmp_path / "third.db")), "sue")
    assert no.value.code == "moved_elsewhere" and StoreSide(there).place in no.value.message
    assert not (tmp_path / "third.db").exists()
    assert not move(StoreSide(here), StoreSide(there), "sue").there_already
    with pytest.raises(Conflict):
        move(StoreSide(here), StoreSide(str(tmp_path / "third.db")), "sue")
    move(StoreSide(there), StoreSide(str(tmp_path / "third.db")), "sue")
    assert move(StoreSide(here), StoreSide(str(tmp_path / "third.db")), "sue").there_already


def test_a_copy_of_a_hub_that_left_is_no_place_to_arrive(here: str, there: str, tmp_path: Path) -> None:
    break_off(here, there)
    copy(here, str(tmp_path / "copy.db"))
    with pytest.raises(Conflict):
        move(StoreSide(here), StoreSide(str(tmp_path / "copy.db")), "sue")
    assert refused(str(tmp_path / "copy.db"), c.EndShift()) == "moved"


class Watched(StoreSide):
    """A side that looks, whenever something happens to it, how many of the two places take a command."""

    places: tuple[str, ...] = ()
    open_at_most: int = 0

    def look(self) -> None:
        """Count."""
        self.open_at_most = max(self.open_at_most, sum(self._open(place) for place in self.places))

    @staticmethod
    def _open(place: str) -> bool:
        side = StoreSide(place)
        return (there := side.end("")) is not None and not side.closed(there.hub_id)

    def take_in(self, end: End, rows: Iterable[Copied]) -> None:
        """Before and after."""
        self.look()
        super().take_in(end, rows)
        self.look()

    def execute(self, command: Command, actor: str) -> Receipt:
        """Before and after."""
        self.look()
        receipt = super().execute(command, actor)
        self.look()
        return receipt


def test_at_no_moment_two_of_it_are_open(here: str, there: str) -> None:
    source, target = Watched(here), Watched(there)
    source.places = target.places = (here, there)
    move(source, target, "sue")
    move(target, source, "sue")
    assert (source.open_at_most, target.open_at_most) == (1, 1)


def test_a_move_that_never_arrives_is_taken_back_with_a_shut_outbox(here: str, there: str) -> None:
    break_off(here, there)
    hub = LocalHub.open(here)
    was_put_back(hub, "sue")
    standing = hub.saved("standing")
    assert "moved_to" not in standing and standing["shut"].startswith("taken back at")
    assert hub.verify().problems == ()
    hub.close()
    assert refused(here, c.EndShift()) == ""
    move(StoreSide(here), StoreSide(there), "sue")
    away = LocalHub.open(there)
    assert away.saved("standing") == {"shut": standing["shut"]}
    away.close()


def test_it_broke_off_between_closing_and_arriving_and_nothing_is_open_twice(here: str, there: str) -> None:
    break_off(here, there)
    assert refused(here, c.EndShift()) == "moved"
    assert refused(there, c.EndShift()) == "moved"
    assert refused(here, c.ArriveHub(place="here after all")) == ""
    assert refused(here, c.EndShift()) == ""
    assert refused(there, c.EndShift()) == "moved"


def test_two_that_went_different_ways_are_never_joined(here: str, there: str) -> None:
    break_off(here, there)
    for place in (here, there):
        assert refused(place, c.ArriveHub(place=f"in {Path(place).name}")) == ""
    was = contents(there)
    with pytest.raises(Conflict) as no:
        move(StoreSide(here), StoreSide(there), "sue")
    assert no.value.code == "forked"
    assert contents(there) == was


def test_a_place_with_another_hub_is_left_alone(here: str, tmp_path: Path, clock: FrozenClock) -> None:
    other = str(tmp_path / "other.db")
    LocalHub.create(other, name="Elsewhere", policy=ALL_LEGAL, members=MEMBERS, clock=clock).close()
    with pytest.raises(Conflict) as no:
        move(StoreSide(here), StoreSide(other), "sue")
    assert no.value.code == "other_hub" and "Elsewhere" in no.value.message


def test_only_who_may_moves_it(here: str, there: str) -> None:
    with pytest.raises(Refused):
        move(StoreSide(here), StoreSide(there), "ada")
    assert refused(here, c.EndShift()) == ""


def test_a_journal_that_does_not_verify_stays_where_it_is(here: str, there: str) -> None:
    conn = sqlite3.connect(here)
    conn.execute("UPDATE message SET text = 'other words' WHERE rowid = (SELECT min(rowid) FROM message)")
    conn.commit()
    conn.close()
    with pytest.raises(StoreProblem) as no:
        move(StoreSide(here), StoreSide(there), "sue")
    assert no.value.code == "journal_broken"
    assert refused(here, c.EndShift()) == ""


def _dropped(rows: list[Copied]) -> list[Copied]:
    return rows[:5] + rows[6:]


def _swapped(rows: list[Copied]) -> list[Copied]:
    return [*rows[:5], rows[6], rows[5], *rows[7:]]


def _edited(rows: list[Copied]) -> list[Copied]:
    return [*rows[:5], rows[5]._replace(row=rows[5].row._replace(actor="lex")), *rows[6:]]


def _cut(rows: list[Copied]) -> list[Copied]:
    return rows[:-1]


def _reworded(rows: list[Copied]) -> list[Copied]:
    at = next(place for place, copied in enumerate(rows) if copied.private)
    (field, salt, _), *rest = rows[at].private
    return [*rows[:at], rows[at]._replace(private=((field, salt, "other words"), *rest)), *rows[at + 1 :]]


def _odd(rows: list[Copied]) -> list[Copied]:
    return [rows[0]._replace(row=rows[0].row._replace(seq="1")), *rows[1:]]  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", [_dropped, _swapped, _edited, _cut, _reworded, _odd])
def test_what_arrives_damaged_is_not_taken_in(here: str, there: str, damage: Callable[[list[Copied]], list[Copied]]) -> None:
    source, target = StoreSide(here), StoreSide(there)
    end = source.end("")
    assert isinstance(end, End)
    rows = list(source.rows(end.hub_id, 0))
    with pytest.raises(StoreProblem) as no:
        target.take_in(end, damage(rows))
    assert no.value.code == "journal_broken"
    assert target.end(end.hub_id) is None
    target.take_in(end, rows)
    assert target.end(end.hub_id) == end


def test_two_hubs_live_in_one_database(tmp_path: Path, clock: FrozenClock) -> None:
    with pg.database() as url:
        for name in ("North", "South"):
            path = tmp_path / f"{name}.db"
            hub = LocalHub.create(path, name=name, policy=ALL_LEGAL, members=MEMBERS, clock=clock)
            acts.receive(hub, text=f"To {name}")
            hub.close()
            move(StoreSide(str(path)), StoreSide(url), "sue")
        for name in ("North", "South"):
            hub = LocalHub.open(f"{url}{'&' if '?' in url else '?'}hub={name}")
            assert [hub.enquiry(row.id).messages[0].text for row in hub.page(acts_query()).rows] == [f"To {name}"]
            assert hub.verify().ok
            hub.close()
