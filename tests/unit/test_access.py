"""Tokens and logins at a hub: what is told, what is kept, when it ends, and that nobody else learns the secret."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hubconsole.clock import DAY, MINUTE, SECOND, FrozenClock
from hubconsole.domain.commands import AddMember, RemoveMember
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.domain.terms import Function, Scope
from hubconsole.errors import Conflict, HubError, Refused, Unreachable, UsageProblem
from hubconsole.hub import access
from hubconsole.hub.access import Denied, Grant, Outcome, digest_of
from hubconsole.hub.local import LocalHub
from hubconsole.ids import new_id
from tests import pg
from tests.contract.hubs import MEMBERS


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the hub is to be: every test here runs on both engines."""
    if request.param == "sqlite":
        return str(tmp_path / "hub.db")
    from hubconsole.store.postgres import with_hub

    return with_hub(pg.shared_database(), new_id())


@pytest.fixture
def hub(place: str, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = LocalHub.create(place, name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    yield opened
    opened.close()


def dump(hub: LocalHub) -> str:
    """Everything that somebody has who has the database."""
    if hub.store.dialect.name == "sqlite":
        with sqlite3.connect(hub.path) as conn:
            text = "\n".join(conn.iterdump())
        conn.close()
        return text + "".join(file.read_bytes().decode("latin-1") for file in sorted(hub.path.parent.glob("hub.db*")))
    with hub.store.reading() as rows:
        names = [
            name for (name,) in rows.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'hub_id'").fetchall()
        ]
        assert {"token", "device", "event"} <= set(names)
        found = (rows.execute(f"SELECT * FROM {name} WHERE hub_id = ?", (hub.hub_id,)).fetchall() for name in names)
        return "\n".join(str(row) for table in found for row in table)


def opens(hub: LocalHub, secret: str) -> str:
    """The scope and member that a secret opens the hub as, or why it does not."""
    found = access.lookup(hub, digest_of(secret))
    return f"{found.member}/{found.scope}" if isinstance(found, Grant) else found.code


# --- tokens ---


def test_a_secret_is_told_once_and_found_by_its_digest(hub: LocalHub, clock: FrozenClock) -> None:
    issued = access.issue(hub, "ben", Scope.MEMBER, label="laptop")
    assert re.fullmatch(r"hct_[A-Za-z0-9_-]{43}", issued.secret)
    grant = access.lookup(hub, digest_of(issued.secret))
    assert grant == Grant("ben", ("service", "marketing"), Scope.MEMBER, issued.token.id, clock.now + 30 * DAY)
    assert issued.secret not in repr(issued) and issued.secret != access.issue(hub, "ben", Scope.MEMBER, label="laptop").secret


@pytest.mark.parametrize("said", ["", "hct_", "hct_" + "A" * 43, "\udcff", "é" * 300])
def test_any_other_secret_opens_nothing(hub: LocalHub, said: str) -> None:
    assert opens(hub, said) == "unknown_token"


def test_a_token_ends_by_time_by_revocation_and_with_its_member(hub: LocalHub, clock: FrozenClock) -> None:
    short = access.issue(hub, "ada", Scope.MEMBER, label="a", lasting=MINUTE)
    lost = access.issue(hub, "ada", Scope.READ, label="b")
    gone = access.issue(hub, "lou", Scope.MEMBER, label="c")
    assert [opens(hub, one.secret) for one in (short, lost, gone)] == ["ada/member", "ada/read", "lou/member"]
    access.revoke(hub, "sue", lost.token.id, reason="left on a train")
    hub.execute(RemoveMember(name="lou"), actor="sue")
    clock.advance(MINUTE)
    assert [opens(hub, one.secret) for one in (short, lost, gone)] == ["token_expired", "token_revoked", "member_removed"]
    hub.execute(AddMember(name="lou", functions=(Function.LEGAL,)), actor="sue")
    assert opens(hub, gone.secret) == "token_revoked"


def test_a_grant_says_what_its_member_is_now(hub: LocalHub) -> None:
    secret = access.issue(hub, "ada", Scope.MEMBER, label="a").secret
    hub.execute(AddMember(name="ada", functions=(Function.SALES,)), actor="sue")
    found = access.lookup(hub, digest_of(secret))
    assert isinstance(found, Grant) and found.functions == ("sales",)


def test_a_grant_knows_its_end_and_its_commands(hub: LocalHub, clock: FrozenClock) -> None:
    grant = access.lookup(hub, digest_of(access.issue(hub, "sue", Scope.INTAKE, label="mail").secret))
    assert isinstance(grant, Grant)
    assert grant.permits("receive") and not grant.permits("decide")
    assert not grant.ended(clock.now + 30 * DAY - 1) and grant.ended(clock.now + 30 * DAY)


def test_rotation_overlaps_and_keeps_what_the_token_was(hub: LocalHub, clock: FrozenClock) -> None:
    old = access.issue(hub, "ada", Scope.READ, label="wall of mine", lasting=10 * DAY)
    clock.advance(DAY)
    new = access.rotate(hub, "ada", old.token.id)
    assert (new.token.scope, new.token.label, new.token.expires_at) == ("read", "wall of mine", clock.now + 10 * DAY)
    assert {opens(hub, old.secret), opens(hub, new.secret)} == {"ada/read"}
    clock.advance(15 * MINUTE)
    assert (opens(hub, old.secret), opens(hub, new.secret)) == ("token_expired", "ada/read")
    last = access.rotate(hub, "ada", new.token.id, overlap=0, lasting=DAY)
    assert (opens(hub, new.secret), opens(hub, last.secret)) == ("token_expired", "ada/read")
    with pytest.raises(Conflict, match="ended"):
        access.rotate(hub, "ada", new.token.id)


def test_a_token_that_rotates_itself_cannot_put_off_its_end(hub: LocalHub, clock: FrozenClock) -> None:
    given = access.issue(hub, "sue", Scope.INTAKE, member="ada", label="gateway", lasting=20 * DAY)
    mine = access.issue(hub, "ada", Scope.READ, label="phone", lasting=20 * DAY)
    clock.advance(5 * DAY)
    assert access.rotate(hub, "ada", given.token.id).token.expires_at == given.token.expires_at
    assert access.rotate(hub, "ada", mine.token.id, by=Scope.READ).token.expires_at == mine.token.expires_at
    other = access.issue(hub, "sue", Scope.INTAKE, member="ada", label="gateway", lasting=20 * DAY)
    clock.advance(DAY)
    assert access.rotate(hub, "sue", other.token.id).token.expires_at == clock.now + 20 * DAY


def test_each_sees_their_own_tokens_and_a_supervisor_all(hub: LocalHub, clock: FrozenClock) -> None:
    own = access.issue(hub, "ada", Scope.MEMBER, label="laptop")
    given = access.issue(hub, "sue", Scope.WALL, member="lex", label="wall")
    ended = access.issue(hub, "ada", Scope.MEMBER, label="old", lasting=MINUTE)
    clock.advance(MINUTE)
    assert access.tokens(hub, "ada") == (own.token,)
    assert access.tokens(hub, "ada", ended=True) == (own.token, ended.token)
    assert access.tokens(hub, "lex") == (given.token,)
    assert access.tokens(hub, "ben") == ()
    assert access.tokens(hub, "sue") == (own.token, given.token)
    assert access.token(hub, "sue", own.token.id) == own.token
    with pytest.raises(UsageProblem, match="no token"):
        access.token(hub, "ben", own.token.id)
    for who in ("ben", "lex"):
        with pytest.raises(Refused):
            access.revoke(hub, who, own.token.id)
        with pytest.raises(Refused):
            access.revoke(hub, who, ended.token.id)
    assert access.revoke(hub, "ada", ended.token.id) == ended.token, "what has ended stays as it is"


# --- logging in by a code ---


def test_an_approved_login_gets_the_approvers_token_once(hub: LocalHub, clock: FrozenClock) -> None:
    start = access.device_start(hub, client="hubconsole on desk-4", place="10.0.0.7")
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", start.user_code)
    assert access.device_poll(hub, start.device_code).outcome is Outcome.PENDING
    request = access.device_request(hub, f" {start.user_code.lower().replace('-', ' ')} ")
    assert (request.client, request.place, request.user_code) == ("hubconsole on desk-4", "10.0.0.7", start.user_code)
    assert access.device_answer(hub, start.user_code, "lex", True).member == "lex"
    clock.advance(start.interval)
    poll = access.device_poll(hub, start.device_code)
    assert poll.outcome is Outcome.APPROVED and poll.issued
    assert opens(hub, poll.issued.secret) == "lex/member"
    assert (poll.issued.token.label, poll.issued.token.issued_by) == ("hubconsole on desk-4", "lex")
    with pytest.raises(UsageProblem):
        access.device_poll(hub, start.device_code)
    assert [(entry.actor, entry.via) for entry in hub.journal() if entry.kind == "token.issued"] == [("lex", "device")]


def test_a_denied_login_stays_denied(hub: LocalHub, clock: FrozenClock) -> None:
    start = access.device_start(hub, client="x", place="y")
    access.device_answer(hub, start.user_code, "ada", False)
    with pytest.raises(Conflict, match="ada") as already:
        access.device_answer(hub, start.user_code, "lex", True)
    assert already.value.winner == "ada"
    for _ in range(2):
        clock.advance(MINUTE)
        assert access.device_poll(hub, start.device_code).outcome is Outcome.DENIED
    assert access.tokens(hub, "sue", ended=True) == ()


def test_a_login_that_nobody_answers_runs_out(hub: LocalHub, clock: FrozenClock) -> None:
    start = access.device_start(hub, client="x", place="y")
    late = access.device_start(hub, client="x", place="y")
    access.device_answer(hub, late.user_code, "lex", True)
    clock.advance(start.expires_in)
    assert {access.device_poll(hub, one.device_code).outcome for one in (start, late)} == {Outcome.EXPIRED}
    with pytest.raises(UsageProblem):
        access.device_answer(hub, start.user_code, "lex", True)
    access.device_start(hub, client="x", place="y")
    assert access.device_poll(hub, start.device_code).outcome is Outcome.EXPIRED, "who asks late is told so"
    clock.advance(2 * start.expires_in)
    access.device_start(hub, client="x", place="y")
    with pytest.raises(UsageProblem):
        access.device_poll(hub, start.device_code)


def test_who_asks_too_often_is_slowed_down(hub: LocalHub, clock: FrozenClock) -> None:
    start = access.device_start(hub, client="x", place="y")
    assert access.device_poll(hub, start.device_code) == (Outcome.PENDING, 5 * SECOND, None)
    clock.advance(5 * SECOND - 1)
    assert access.device_poll(hub, start.device_code) == (Outcome.SLOW_DOWN, 10 * SECOND, None)
    access.device_answer(hub, start.user_code, "lex", True)
    clock.advance(9 * SECOND)
    assert access.device_poll(hub, start.device_code).outcome is Outcome.SLOW_DOWN
    clock.advance(15 * SECOND)
    assert access.device_poll(hub, start.device_code).outcome is Outcome.APPROVED


def test_who_approved_and_was_removed_before_the_poll_lends_nothing(hub: LocalHub) -> None:
    start = access.device_start(hub, client="x", place="y")
    access.device_answer(hub, start.user_code, "lou", True)
    hub.execute(RemoveMember(name="lou"), actor="sue")
    with pytest.raises(HubError):
        access.device_poll(hub, start.device_code)
    assert access.tokens(hub, "sue", ended=True) == ()
    with pytest.raises(Refused):
        access.device_answer(hub, access.device_start(hub, client="x", place="y").user_code, "lou", True)


def test_a_program_can_log_in_to_read_only_and_to_nothing_else(hub: LocalHub) -> None:
    start = access.device_start(hub, client="x", place="y", scope=Scope.READ)
    access.device_answer(hub, start.user_code, "lex", True)
    issued = access.device_poll(hub, start.device_code).issued
    assert issued and opens(hub, issued.secret) == "lex/read"
    for scope in (Scope.WALL, Scope.INTAKE, Scope.WORKER):
        with pytest.raises(UsageProblem):
            access.device_start(hub, client="x", place="y", scope=scope)


@pytest.mark.parametrize("said", ["", "BCDF", "BCDF-GHJK", "aeiou-1234", "BCDF" * 50, "\x1b[31m"])
def test_a_wrong_code_is_nobodys_login(hub: LocalHub, said: str) -> None:
    access.device_start(hub, client="x", place="y")
    access.once(hub, "something", hub.clock() + DAY)
    with pytest.raises(UsageProblem):
        access.device_request(hub, said)
    with pytest.raises(UsageProblem):
        access.device_poll(hub, said)


def test_what_a_program_says_of_itself_is_shortened_and_made_harmless(hub: LocalHub) -> None:
    start = access.device_start(hub, client="\x1b[2J" + "x" * 500, place="\u202eevil\n")
    request = access.device_request(hub, start.user_code)
    assert request.client.isprintable() and len(request.client) <= 80
    assert request.place == "?evil"
    access.device_answer(hub, start.user_code, "lex", True)
    issued = access.device_poll(hub, start.device_code).issued
    assert issued and issued.token.label == request.client[:60]


def test_strangers_cannot_fill_the_store_with_logins(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_WAITING", 3)
    first = [access.device_start(hub, client="x", place="y") for _ in range(3)]
    with pytest.raises(Unreachable):
        access.device_start(hub, client="x", place="y")
    access.device_answer(hub, first[0].user_code, "lex", False)
    access.device_start(hub, client="x", place="y")


def test_an_approval_is_taken_by_one_of_many_who_ask_at_once(hub: LocalHub, place: str, clock: FrozenClock) -> None:
    if place.startswith("postgresql:"):
        place = place.partition("hub=")[0] + f"hub={hub.hub_id}"
    start = access.device_start(hub, client="x", place="y")
    access.device_answer(hub, start.user_code, "lex", True)

    def poll(_: int) -> bool:
        with closing(LocalHub.open(place, clock=clock)) as another:
            try:
                return access.device_poll(another, start.device_code).issued is not None
            except UsageProblem:
                return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(poll, range(6))) == 1
    assert len(access.tokens(hub, "lex")) == 1


def test_what_may_be_used_once_is_used_once(hub: LocalHub, clock: FrozenClock) -> None:
    until = clock.now + MINUTE
    assert [access.once(hub, what, until) for what in ("a", "b", "a")] == [True, True, False]
    clock.advance(DAY)
    assert access.once(hub, "c", clock.now + MINUTE)


# --- what an attacker with the database has ---


def test_a_database_dump_holds_no_usable_token(hub: LocalHub, clock: FrozenClock) -> None:
    secrets = [access.issue(hub, "sue", scope, label=scope) for scope in Scope]
    secrets.append(access.rotate(hub, "sue", secrets[0].token.id))
    waiting, start = (access.device_start(hub, client="c", place="p") for _ in range(2))
    access.device_answer(hub, start.user_code, "lex", True)
    unpolled = access.device_start(hub, client="c", place="p")
    access.device_answer(hub, unpolled.user_code, "lex", True)
    issued = access.device_poll(hub, start.device_code).issued
    assert issued
    told = [one.secret for one in (*secrets, issued)]
    assert all(opens(hub, secret).count("/") for secret in told), "each of them is usable"

    text = dump(hub)
    codes = [start.device_code, waiting.device_code, unpolled.device_code]
    for secret in (*told, *codes, *(secret.removeprefix("hct_") for secret in told)):
        assert secret not in text
    words = set(re.findall(r"[A-Za-z0-9_-]{16,}", text))
    assert any(digest_of(told[0]) in word for word in words), "the digests are there, so the search sees what it should"
    for word in words | {f"hct_{word}" for word in words}:
        assert isinstance(access.lookup(hub, digest_of(word)), Denied)
        with pytest.raises(UsageProblem):
            access.device_poll(hub, word)


def test_one_address_cannot_keep_everybody_from_logging_in(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_FROM_ONE", 3)
    monkeypatch.setattr(access, "MOST_WAITING", 9)
    for place in ("192.0.2.7", "127.0.0.1", ""):
        for _ in range(3 if place == "192.0.2.7" else 1):
            access.device_start(hub, client="x", place=place)
    with pytest.raises(Unreachable) as no:
        access.device_start(hub, client="x", place="192.0.2.7")
    assert no.value.code == "too_many_logins"
    for place in ("192.0.2.8", "127.0.0.1", "127.0.0.1", "127.0.0.1"):
        access.device_start(hub, client="x", place=place)
    with pytest.raises(Unreachable):
        access.device_start(hub, client="x", place="192.0.2.9")


def test_the_journal_tells_who_issued_and_revoked_but_no_secret(hub: LocalHub) -> None:
    issued = access.issue(hub, "sue", Scope.INTAKE, member="ada", label="mail gateway")
    access.revoke(hub, "ada", issued.token.id, reason="replaced")
    told = [(entry.actor, entry.kind, entry.body) for entry in hub.journal() if entry.kind.startswith("token.")]
    assert [(who, kind) for who, kind, _ in told] == [("sue", "token.issued"), ("ada", "token.revoked")]
    assert issued.secret not in str(told)
    assert hub.verify().ok
