"""The verbs about tokens on a hub that is here: the first token of all, the list, rotation, revocation, confirming a login."""

import json
import re
from pathlib import Path

import pytest

from hubconsole.hub import access
from hubconsole.hub.access import Denied, Grant, digest_of
from hubconsole.hub.local import LocalHub
from tests.cli.conftest import Run

MINE = ("--as", "lawyer1")
LEAD = ("--as", "lead1")


def opens(store: Path, secret: str) -> str:
    hub = LocalHub.open(store)
    found = access.lookup(hub, digest_of(secret))
    hub.close()
    return f"{found.member}/{found.scope}" if isinstance(found, Grant) else found.code


def test_the_first_token_is_made_on_the_hubs_own_machine(bank: Run, store: Path) -> None:
    ran = bank("token", "issue", *MINE)
    assert ran.code == 0
    assert re.fullmatch(r"hct_[A-Za-z0-9_-]{43}\n", ran.out), "the secret alone, so that it can be piped"
    assert "member token for lawyer1" in ran.err and ran.out.strip() not in ran.err
    assert opens(store, ran.out.strip()) == "lawyer1/member"


def test_a_supervisor_issues_service_tokens_for_others(bank: Run, store: Path) -> None:
    ran = bank("token", "issue", "--scope", "intake", "--for", "agent1", "--label", "mail gateway", "--days", "90", *LEAD, "--json")
    told = ran.json
    assert opens(store, told["secret"]) == "agent1/intake"
    assert {name: told["token"][name] for name in ("member", "scope", "label", "issued_by", "revoked_at")} == {
        "member": "agent1", "scope": "intake", "label": "mail gateway", "issued_by": "lead1", "revoked_at": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--scope", "member", "--for", "lawyer1", *LEAD), 3),
        (("--scope", "read", "--for", "lawyer1", *LEAD), 3),
        (("--scope", "worker", *MINE), 3),
        (("--scope", "intake", "--for", "nobody", *LEAD), 2),
        (("--scope", "everything", *LEAD), 2),
        (("--days", "91", *LEAD), 2),
        (("--days", "0", *LEAD), 2),
        (("--label", "\x1b[2J", *LEAD), 2),
    ],
)
def test_what_nobody_gets(bank: Run, words: tuple[str, ...], code: int) -> None:
    ran = bank("token", "issue", *words)
    assert (ran.code, ran.out) == (code, "")


def test_the_list_shows_ends_but_no_secrets(bank: Run) -> None:
    mine = bank("token", "issue", *MINE, "--label", "laptop").out.strip()
    wall = bank("token", "issue", "--scope", "wall", *LEAD, "--label", "wall").out.strip()
    assert [row["label"] for row in bank("token", "list", *MINE, "--json").json] == ["laptop"]
    everybody = bank("token", "list", *LEAD)
    assert everybody.out.splitlines()[0].split() == ["MEMBER", "SCOPE", "ENDS", "ID", "LABEL"]
    assert [line.split()[:2] for line in everybody.out.splitlines()[1:]] == [["lawyer1", "member"], ["lead1", "wall"]]
    for secret in (mine, wall, digest_of(mine), digest_of(wall)):
        assert secret not in everybody.out + bank("token", "list", *LEAD, "--json").out


def test_revoking_by_the_end_of_the_id(bank: Run, store: Path) -> None:
    secret = bank("token", "issue", *MINE, "--label", "laptop").out.strip()
    (row,) = bank("token", "list", *MINE, "--json").json
    assert bank("token", "revoke", row["id"][-8:], "--as", "agent1").code == 2, "who may not see it cannot name it"
    ran = bank("token", "revoke", row["id"][-8:], "--reason", "lost", *LEAD)
    assert (ran.code, ran.out) == (0, "The token laptop of lawyer1 opens nothing any more.\n")
    assert opens(store, secret) == "token_revoked"
    assert bank("token", "list", *MINE, "--json").json == []
    (ended,) = bank("token", "list", "--ended", *MINE, "--json").json
    assert ended["revoked_at"] and "revoked" in bank("token", "list", "--ended", *MINE).out
    assert json.loads(bank("token", "revoke", row["id"], *MINE, "--json").out)["id"] == row["id"], "once is enough"


@pytest.mark.parametrize("said", ["", "abc", "not-a-token", "0" * 36])
def test_a_token_that_is_none(bank: Run, said: str) -> None:
    ran = bank("token", "revoke", said or "--", *MINE, "--json")
    assert ran.code == 2


def test_rotating_leaves_the_old_one_a_while_or_not_at_all(bank: Run, store: Path) -> None:
    old = bank("token", "issue", *MINE, "--json").json
    new = bank("token", "rotate", old["token"]["id"], *MINE, "--json").json
    assert {opens(store, old["secret"]), opens(store, new["secret"])} == {"lawyer1/member"}
    last = bank("token", "rotate", new["token"]["id"], "--overlap", "0", "--days", "3", *MINE).out.strip()
    assert (opens(store, new["secret"]), opens(store, last)) == ("token_expired", "lawyer1/member")


def test_confirming_a_login_by_its_code(bank: Run, store: Path) -> None:
    hub = LocalHub.open(store)
    yes, no = (access.device_start(hub, client=f"desk \x1b[31m{n}", place="10.0.0.9") for n in range(2))
    assert bank("device", yes.user_code, *MINE).code == 2, "nothing is confirmed by accident"
    ran = bank("device", yes.user_code.lower(), "--approve", *MINE)
    assert (ran.code, ran.out) == (0, "Confirmed: desk ?[31m0, from 10.0.0.9, may come in as lawyer1.\n"), "which one it was"
    assert bank("device", no.user_code, "--deny", *MINE, "--json").json == {
        "code": no.user_code, "client": "desk ?[31m1", "place": "10.0.0.9", "state": "denied",
    }  # fmt: skip
    assert bank("device", no.user_code, "--approve", *LEAD).code == 4
    assert bank("device", "BCDF-BCDF", "--approve", *MINE).code == 2
    issued = access.device_poll(hub, yes.device_code).issued
    assert issued and opens(store, issued.secret) == "lawyer1/member"
    hub.close()


def test_removing_a_member_ends_their_tokens(bank: Run, store: Path) -> None:
    secret = bank("token", "issue", *MINE).out.strip()
    assert bank("members", "remove", "lawyer1", *LEAD).code == 0
    assert opens(store, secret) == "member_removed"
    hub = LocalHub.open(store)
    assert isinstance(access.lookup(hub, digest_of(secret)), Denied)
    hub.close()
