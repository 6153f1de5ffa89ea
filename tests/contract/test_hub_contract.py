"""What every hub does, whatever stands behind it: reading the board, taking in, repeating, being told of changes."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from hubconsole.clock import MINUTE, FrozenClock
from hubconsole.domain import commands as c
from hubconsole.domain.query import Query, parse
from hubconsole.domain.terms import Disposition, Function, Verdict
from hubconsole.errors import Refused, UsageProblem
from hubconsole.hub.local import MOST_CONSOLES
from hubconsole.hub.port import Receipt
from hubconsole.ids import new_id
from hubconsole.store.rows import BoardRow, Cursor
from tests.contract import acts
from tests.contract.hubs import Opened, WorkedHub, hub, place

__all__ = ["hub", "place"]

ALL = Query()


def filled(hub: WorkedHub, clock: FrozenClock, n: int = 37) -> list[str]:
    """Enquiries that differ in age, priority and state."""
    rng = random.Random(5)
    ids = []
    for _ in range(n):
        clock.advance(rng.choice((0, 1, MINUTE)))
        eid = acts.receive(hub, priority=rng.choice((1, 2, 3, 4)), channel=rng.choice(("x", "email")))
        ids.append(eid)
        match rng.randrange(4):
            case 0:
                hub.execute(c.Triage(enquiry_id=eid, disposition=Disposition.LET_STAND, reason="praise"), actor="ada")
            case 1:
                acts.draft(hub, eid)
                hub.execute(c.Submit(enquiry_id=eid), actor="ada")
            case 2:
                hub.execute(c.Claim(enquiry_id=eid), actor=rng.choice(("ada", "ben")))
    return ids


def walk(hub: WorkedHub, query: Query, limit: int) -> list[BoardRow]:
    """All rows, page by page from the start."""
    found: list[BoardRow] = []
    page = hub.page(query, limit=limit)
    while True:
        found += page.rows
        if not page.more:
            return found
        page = hub.page(query, after=Cursor(found[-1].rank, found[-1].number), limit=limit)


def recount(hub: WorkedHub) -> Counter[str]:
    """Enquiries per state, counted one by one."""
    return Counter(row.state for row in walk(hub, parse("state:open|done"), 50))


def kept(hub: WorkedHub) -> Counter[str]:
    """Enquiries per state, as the kept counts say."""
    counter: Counter[str] = Counter()
    for count in hub.counts():
        assert count.n > 0
        counter[count.state] += count.n
    return counter


# --- reading ---------------------------------------------------------------------------------------


def test_keys_are_given_in_the_order_of_arrival(hub: WorkedHub) -> None:
    ids = [acts.receive(hub, customer=name) for name in ("a", "b", "c")]
    assert [hub.enquiry(eid).row.key for eid in ids] == ["E-1", "E-2", "E-3"]
    assert hub.enquiry("e-2").row.id == hub.enquiry("2").row.id == ids[1]


def test_who_reads_along_is_as_usual_on_the_channel_when_nobody_says(hub: WorkedHub) -> None:
    seen = {channel: hub.enquiry(acts.receive(hub, channel=channel, handle="m@example.net")).row.visibility for channel in ("email", "x")}
    assert seen == {"email": "private", "x": "public"}


def test_a_refused_enquiry_uses_no_key_up(hub: WorkedHub) -> None:
    with pytest.raises(UsageProblem):
        acts.receive(hub, text=" ")
    assert hub.enquiry(acts.receive(hub)).row.key == "E-1"


@pytest.mark.parametrize("words", ["", "state:open", "state:review", "channel:email", "-owner:ada", "card"])
def test_all_ways_through_a_list_agree(hub: WorkedHub, clock: FrozenClock, words: str) -> None:
    filled(hub, clock)
    query = parse(words)
    rows = walk(hub, query, 1000)
    assert rows, "the query must match something for the test to mean anything"
    assert walk(hub, query, 4) == rows
    assert hub.total(query) == len(rows)
    assert [(r.rank, r.number) for r in rows] == sorted((r.rank, r.number) for r in rows)
    assert list(hub.page(query, last=True, limit=5).rows) == rows[-5:]
    for place_, row in enumerate(rows):
        cursor = Cursor(row.rank, row.number)
        assert hub.position(query, cursor) == place_
        assert list(hub.page_at(query, place_, 3).rows) == rows[place_ : place_ + 3]
        before = hub.page(query, before=cursor, limit=3)
        assert list(before.rows) == rows[max(0, place_ - 3) : place_]
        assert before.more == (place_ > 3)
    assert hub.page_at(query, len(rows) + 3, 3).rows == ()


def test_rows_come_by_id_and_unknown_ids_are_left_out(hub: WorkedHub, clock: FrozenClock) -> None:
    ids = filled(hub, clock, 5)
    wanted = [ids[3], new_id(), ids[0]]
    assert [row.id for row in hub.rows(wanted)] == [ids[3], ids[0]]
    assert hub.rows([ids[1]])[0] == hub.enquiry(ids[1]).row
    assert hub.rows([]) == ()


def test_the_oldest_wait_is_the_hubs_whatever_is_looked_at(hub: WorkedHub, clock: FrozenClock) -> None:
    assert hub.oldest_wait() is None
    first, began = acts.receive(hub), clock()
    clock.advance(60_000)
    second, later = acts.receive(hub), clock()
    assert hub.oldest_wait() == hub.enquiry(first).row.waiting_since == began
    hub.execute(c.Snooze(enquiry_id=first, until=clock() + 60_000), actor="ada")
    assert hub.oldest_wait() == later, "what is snoozed is not waited for"
    hub.execute(c.Triage(enquiry_id=second, disposition=Disposition.SPAM), actor="ada")
    assert hub.oldest_wait() is None
    clock.advance(60_000)
    assert hub.oldest_wait() == began, "it is awake again"


def test_kept_counts_equal_a_recount_at_every_step(hub: WorkedHub, clock: FrozenClock) -> None:
    filled(hub, clock)
    assert kept(hub) == recount(hub)
    eid = acts.queued(hub)
    steps: tuple[Callable[[], Receipt], ...] = (
        lambda: acts.claim_send(hub, eid),
        lambda: acts.finish_send(hub, eid),
        lambda: acts.write_again(hub, eid),
        lambda: hub.execute(c.Resolve(enquiry_id=eid), actor="ada"),
        lambda: hub.execute(c.Close(enquiry_id=eid), actor="ada"),
        lambda: hub.execute(c.Reopen(enquiry_id=eid), actor="ada"),
        lambda: hub.execute(c.Triage(enquiry_id=eid, disposition=Disposition.SPAM), actor="ada"),
    )
    for step in steps:
        step()
        assert kept(hub) == recount(hub)
    assert sum(kept(hub).values()) == hub.total(parse("state:open|done"))


def test_kept_counts_per_function_follow_a_policy_that_moves_a_gate(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    assert [(n.state, n.function, n.n) for n in hub.counts()] == [("in_review", "legal", 1)]
    moved = 'name = "moved"\n[gates]\nlegal = "supervisor"\n[[rule]]\ngate = "legal"\n'
    hub.execute(c.AdoptPolicy(policy=moved), actor="sue")
    assert [(n.state, n.function, n.n) for n in hub.counts()] == [("in_review", "supervisor", 1)]
    hub.execute(c.Withdraw(enquiry_id=eid), actor="ada")
    assert [(n.state, n.function, n.n) for n in hub.counts()] == [("working", "service", 1)]


def test_targets_of_another_policy_reach_an_enquiry_when_it_next_moves(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    row = hub.enquiry(eid).row
    hurry = 'name = "hurry"\n[[rule]]\ngate = "legal"\n[targets]\nfirst_reply = [1, 2, 3, 4]\n'
    hub.execute(c.AdoptPolicy(policy=hurry), actor="sue")
    hub.execute(c.AddNote(enquiry_id=eid, text="seen"), actor="ada")
    assert hub.enquiry(eid).row.due_at == row.received_at + 3 * MINUTE


def test_privileged_notes_are_for_legal_and_supervisors(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    hub.execute(c.AddNote(enquiry_id=eid, text="plain zebra"), actor="ada")
    hub.execute(c.AddNote(enquiry_id=eid, text="secret giraffe", privileged=True), actor="lex")
    for viewer, sees in (("lex", True), ("sue", True), ("ada", False), ("ben", False), ("", False), ("nobody", False)):
        view = hub.enquiry(eid, viewer=viewer)
        assert ("secret giraffe" in [m.text for m in view.messages]) is sees
        assert "plain zebra" in [m.text for m in view.messages]
        assert "giraffe" not in repr(view.trail)
    with pytest.raises(Refused, match="privileged"):
        hub.execute(c.AddNote(enquiry_id=eid, text="mine", privileged=True), actor="ada")


def test_search_finds_names_messages_drafts_and_notes_but_nothing_privileged(hub: WorkedHub) -> None:
    eid = acts.receive(hub, customer="Zoë Quill", subject="Kestrel")
    acts.write_again(hub, eid, "walrus")
    acts.draft(hub, eid, "narwhal")
    hub.execute(c.AddNote(enquiry_id=eid, text="zebra"), actor="ada")
    hub.execute(c.AddNote(enquiry_id=eid, text="giraffe", privileged=True), actor="lex")
    other = acts.receive(hub, text="walrus too")
    for words in ("zoe", "quill", "kestrel", "card", "narwhal", "zebra", "quill narwhal", "narw"):
        assert [row.id for row in hub.search(words)] == [eid], words
    assert [row.id for row in hub.search("walrus")] == [other, eid]
    assert [row.id for row in hub.search("walrus", 1)] == [other]
    assert hub.search("giraffe") == hub.search("") == hub.search('"; DROP') == ()


def test_an_unknown_enquiry_is_said_to_be_unknown(hub: WorkedHub) -> None:
    acts.receive(hub)
    for key in ("E-99", "e0", "", "nonsense", new_id(), "\ud800"):
        with pytest.raises(UsageProblem) as problem:
            hub.enquiry(key)
        assert problem.value.code == "unknown_enquiry"
    with pytest.raises(UsageProblem) as problem:
        hub.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    assert problem.value.code == "unknown_enquiry"


HOSTILE = ("\ud83d lone \udc00", "a\0b", "\x1b[31m", "\u202ex", "'; DROP TABLE event;--", "e\u0301 \U0001f469\u200d\U0001f4bb")


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_comes_back_as_it_was_or_with_replacement_signs(hub: WorkedHub, text: str) -> None:
    kept_text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    eid = acts.receive(hub, text=text, customer=text, handle=text, subject=text, account=text, thread=text, external_id=text)
    acts.draft(hub, eid, text)
    hub.execute(c.AddNote(enquiry_id=eid, text=text), actor="ada")
    view = hub.enquiry(eid)
    assert [m.text for m in view.messages] == [kept_text, kept_text]
    assert (view.row.customer, view.recipient, view.account, view.drafts[0].text) == (kept_text,) * 4
    hub.search(text)
    hub.known("x", [text])
    assert hub.verify().ok


# --- members, settings, being there ----------------------------------------------------------------


def test_only_members_act_and_the_system_only_through_the_worker(hub: WorkedHub) -> None:
    eid = acts.queued(hub)
    for actor, via in (("zoe", "api"), ("", "api"), ("system", "api"), ("system", "cli"), ("zoe", "worker")):
        with pytest.raises(Refused) as refusal:
            hub.execute(c.Expire(enquiry_id=eid), actor=actor, via=via)
        assert refusal.value.code == "unknown_member"
    with pytest.raises(Refused) as refusal:
        hub.execute(c.Expire(enquiry_id=eid), actor="ada", via="worker")
    assert refusal.value.code == "not_permitted"
    assert hub.execute(c.Expire(enquiry_id=eid), actor="system", via="worker").events == ()


def test_members_join_change_and_leave(hub: WorkedHub, place: Opened) -> None:
    other = place.another()
    other.execute(c.AddMember(name="kim", functions=(Function.SALES,)), actor="sue")
    acts.receive(hub, actor="kim")
    hub.execute(c.AddMember(name="kim", functions=(Function.LEGAL,)), actor="sue")
    eid = acts.submitted(other)
    acts.decide(other, eid, actor="kim")
    hub.execute(c.RemoveMember(name="kim"), actor="sue")
    with pytest.raises(Refused):
        acts.receive(other, actor="kim")
    assert [(m.name, m.active) for m in hub.members()][-1] == ("kim", False)
    with pytest.raises(Refused):
        hub.execute(c.AddMember(name="eve", functions=(Function.LEGAL,)), actor="ada")


def test_settings_are_kept_by_kind_owner_and_name(hub: WorkedHub, place: Opened) -> None:
    hub.execute(c.SaveSetting(setting="view", name="mine", value='"a"', owner="ada"), actor="ada")
    hub.execute(c.SaveSetting(setting="view", name="ours", value='"b"'), actor="ben")
    hub.execute(c.SaveSetting(setting="mapping", name="ours", value='"c"'), actor="ben")
    hub.execute(c.SaveSetting(setting="view", name="ours", value='"d"'), actor="ada")
    other = place.another()
    assert (other.saved("view", "ada"), other.saved("view"), other.saved("mapping")) == ({"mine": '"a"'}, {"ours": '"d"'}, {"ours": '"c"'})
    hub.execute(c.SaveSetting(setting="view", name="ours", value=""), actor="ada")
    assert other.saved("view") == {}
    with pytest.raises(Refused):
        hub.execute(c.SaveSetting(setting="view", name="mine", value="1", owner="ada"), actor="ben")


def test_of_one_member_only_so_many_consoles_count(hub: WorkedHub, place: Opened, clock: FrozenClock) -> None:
    eid = acts.receive(hub)
    assert hub.info().name == "Bank"
    hub.look("ben", "of ben", eid)
    for n in range(MOST_CONSOLES + 5):
        clock.advance(1)
        hub.look("ada", f"of ada {n}", eid)
    assert [v.member for v in place.another().viewers()] == ["ada"] * MOST_CONSOLES + ["ben"]


def test_who_looks_at_what_is_seen_by_others_for_a_while(hub: WorkedHub, place: Opened, clock: FrozenClock) -> None:
    eid, seq = acts.receive(hub), hub.info().seq
    hub.look("ada", "s1", eid)
    hub.look("ben", "s2", eid, "typing")
    other = place.another()
    assert [(v.member, v.enquiry_id, v.doing) for v in other.viewers()] == [("ada", eid, "viewing"), ("ben", eid, "typing")]
    hub.look("ada", "s1", "")
    assert [v.member for v in other.viewers()] == ["ben"]
    clock.advance(46_000)
    assert other.viewers() == ()
    assert hub.info().seq == seq


# --- being told ------------------------------------------------------------------------------------


def test_changes_name_what_moved_and_what_is_new(hub: WorkedHub, place: Opened) -> None:
    old = acts.receive(hub)
    start = hub.info().seq
    assert hub.changes(start) == (start, frozenset(), frozenset(), False)
    other = place.another()
    new = acts.receive(other)
    other.execute(c.Claim(enquiry_id=old), actor="ada")
    moved = hub.changes(start)
    assert (moved.enquiry_ids, moved.new_ids, moved.hub_changed) == (frozenset({old, new}), frozenset({new}), False)
    other.execute(c.SaveSetting(setting="view", name="a", value="1"), actor="ada")
    assert hub.changes(moved.seq) == (moved.seq + 1, frozenset(), frozenset(), True)


def test_wait_wakes_for_another_console_and_gives_up_in_time(hub: WorkedHub, place: Opened) -> None:
    start = hub.info().seq
    assert hub.wait(start, 0) is False
    assert hub.wait(start, 0.12) is False
    woken: list[bool] = []
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        woken.append(hub.wait(start, 20))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait(5)
    acts.receive(place.another())
    thread.join(20)
    assert woken == [True]
    assert hub.wait(start, 0) is True


def test_threads_of_one_console_write_at_once_without_loss(hub: WorkedHub) -> None:
    eid = acts.receive(hub)
    errors: list[BaseException] = []

    def note(name: str) -> None:
        try:
            for n in range(10):
                hub.execute(c.AddNote(enquiry_id=eid, text=f"{name} {n}"), actor=name)
        except BaseException as error:  # noqa: BLE001  whatever it is, the test must see it
            errors.append(error)

    threads = [threading.Thread(target=note, args=(name,)) for name in ("ada", "ben", "lex", "sue")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(hub.enquiry(eid).messages) == 41 and hub.verify().ok


def test_the_journal_is_gapless_and_gives_texts_back(hub: WorkedHub) -> None:
    eid = acts.ready(hub, text="Words of ours.")
    entries = list(hub.journal())
    assert [entry.seq for entry in entries] == list(range(1, hub.info().seq + 1))
    mine = list(hub.journal(stream=eid))
    assert [entry.version for entry in mine] == list(range(1, hub.enquiry(eid).row.version + 1))
    assert [entry.body["text"] for entry in mine if entry.kind == "draft.saved"] == ["Words of ours."]
    assert list(hub.journal(after=entries[3].seq)) == entries[4:]
    assert entries[-1].hash == hub.verify().head


def test_a_journal_read_half_way_does_not_stand_in_the_way_of_writing(hub: WorkedHub, place: Opened) -> None:
    eid = acts.receive(hub)
    half = hub.journal()
    next(half)
    acts.receive(place.another())
    hub.execute(c.Claim(enquiry_id=eid), actor="ada")
    assert [entry.seq for entry in half][:2] == [2, 3]


def test_info_tells_name_policy_and_place_in_the_journal(hub: WorkedHub) -> None:
    info = hub.info()
    assert (info.name, info.policy_name, info.tiny_team) == ("Bank", "all-legal", False)
    acts.receive(hub)
    assert hub.info().seq == info.seq + 1


def test_a_decision_by_text_alone_is_refused(hub: WorkedHub) -> None:
    eid = acts.submitted(hub)
    with pytest.raises(Refused) as refusal:
        acts.decide(hub, eid, Verdict.APPROVE, digest="0" * 64)
    assert refusal.value.code == "digest_mismatch"
