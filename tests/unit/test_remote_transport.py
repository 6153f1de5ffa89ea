"""Requests to a hub far away: what is sent, what is tried again, and what hostile answers come to."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import httpx
import pytest

from hubconsole.clock import FrozenClock
from hubconsole.domain import commands as c
from hubconsole.errors import Conflict, Refused, Unreachable, UsageProblem
from hubconsole.hub.remote import transport
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.remote.place import hub_url, mirror_path
from hubconsole.ids import new_id
from tests.unit.scripted_hub import URL, ScriptedHub, answer, done, problem, raw, row


@pytest.fixture
def there(clock: FrozenClock) -> ScriptedHub:
    return ScriptedHub(clock)


@pytest.fixture
def hub(there: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> RemoteHub:
    monkeypatch.setattr("hubconsole.hub.remote.transport.random.uniform", lambda low, high: 0.001)
    return RemoteHub(URL, {"ada": "hct_ada", "lex": "hct_lex"}.get, member="ada", transport=there)


# --- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("https://Hub.Example.org/", "https://hub.example.org"),
        ("https://hub.example.org:443", "https://hub.example.org"),
        ("https://hub.example.org:8443/one/", "https://hub.example.org:8443/one"),
        ("http://127.0.0.1:8750", "http://127.0.0.1:8750"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:8750", "http://[::1]:8750"),
    ],
)
def test_an_address_has_one_spelling(said: str, url: str) -> None:
    assert hub_url(said) == url == hub_url(url)


@pytest.mark.parametrize(
    "said",
    ["http://hub.example.org", "http://10.0.0.1", "http://127.0.0.1.evil.org", "hub.example.org", "ftp://x", "https://", "https://a b",
     "https://ada:secret@hub.example.org", "https://hub.example.org?x=1", "https://hub.example.org:99999", "https://[", "\x1b[31m", ""],
)  # fmt: skip
def test_what_is_no_safe_address_is_refused(said: str) -> None:
    with pytest.raises(UsageProblem) as refusal:
        hub_url(said)
    assert refusal.value.code == "hub_url"
    assert "secret" not in str(refusal.value)


def test_every_person_and_hub_has_a_copy_of_its_own() -> None:
    files = {mirror_path(url, name) for url in (URL, "https://hub.example.org") for name in ("ada", "lex", "../lex")}
    assert len(files) == 6
    assert len({file.parent for file in files}) == 1


# --- asking ----------------------------------------------------------------------------------------


def test_the_token_of_whoever_acts_goes_along(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = done(row(), 11)
    hub.execute(c.Claim(enquiry_id=new_id()), actor="lex")
    hub.members()
    assert [one.headers["authorization"] for one in there.asked] == ["Bearer hct_lex", "Bearer hct_ada"]


def test_whose_token_it_is_thought_to_be_goes_along(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = done(row(), 11)
    hub.execute(c.Claim(enquiry_id=new_id()), actor="lex")
    hub.members()
    assert [one.headers["hubconsole-member"] for one in there.asked] == ["lex", "ada"]
    odd = RemoteHub(URL, lambda name: "hct_x", member="zo\u00eb\n/", transport=there)
    odd.members()
    assert there.asked[-1].headers["hubconsole-member"] == "zo%C3%AB%0A%2F"
    worker = RemoteHub(URL, lambda name: "hct_x", member="system", transport=there)
    worker.members()
    assert "hubconsole-member" not in there.asked[-1].headers, "the worker's token stands for whoever was named when it was issued"


def test_nobody_acts_as_somebody_without_a_token(hub: RemoteHub, there: ScriptedHub) -> None:
    for actor, via in (("", "api"), ("zoe", "api"), ("system", "api"), ("zoe", "worker")):
        with pytest.raises(Refused) as refusal:
            hub.execute(c.Claim(enquiry_id=new_id()), actor=actor, via=via)
        assert refusal.value.code == "unknown_member"
    there.members.append(there.members[0]._replace(name="ben"))
    with pytest.raises(Refused) as refusal:
        hub.execute(c.Claim(enquiry_id=new_id()), actor="ben")
    assert (refusal.value.code, "hubconsole login" in refusal.value.hint) == ("no_token", True)
    assert "POST /v1/commands" not in there.paths()


@pytest.mark.parametrize("token", ["", "a b", "hct_é", "hct_\r\nX: y"])
def test_a_token_that_can_be_none_never_leaves(there: ScriptedHub, token: str) -> None:
    hub = RemoteHub(URL, lambda name: token, member="ada", transport=there)
    with pytest.raises(UsageProblem) as refusal:
        hub.members()
    assert (refusal.value.code, there.asked) == ("bad_token", [])


def test_errors_come_back_as_they_were_raised(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = lambda _: problem(409, "changed", "conflict", "ben was first.", winner="ben", at=5, version=7)
    with pytest.raises(Conflict) as conflict:
        hub.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    error = conflict.value
    assert (error.code, error.message, error.hint) == ("changed", "ben was first.", "Do this.")
    assert (error.winner, error.at, error.version) == ("ben", 5, 7)
    there.answers["/v1/commands"] = lambda _: problem(403, "not_permitted", "refused")
    with pytest.raises(Refused):
        hub.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    assert len(there.asked) == 2, "what was decided is not asked for again"


def test_a_command_whose_answer_was_lost_is_asked_for_again_under_its_id(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = done(row(), 11)
    lost = iter([httpx.ReadTimeout("gone"), httpx.RemoteProtocolError("cut")])

    def fail(request: httpx.Request) -> None:
        for error in lost:
            raise error

    there.fail = fail
    hub.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    ids = [json.loads(one.content)["command_id"] for one in there.asked]
    assert (len(ids), len(set(ids))) == (3, 1)


def test_a_command_that_never_was_answered_may_have_been_carried_out(hub: RemoteHub, there: ScriptedHub) -> None:
    def fail(request: httpx.Request) -> None:
        raise httpx.ReadTimeout("gone")

    there.fail = fail
    with pytest.raises(Unreachable, match="whether it was done is not known"):
        hub.execute(c.Claim(enquiry_id=new_id()), actor="ada")
    with pytest.raises(Unreachable) as lost:
        hub.members()
    assert lost.value.code == "line_lost"


def test_a_busy_hub_is_asked_again_and_in_the_end_believed(hub: RemoteHub, there: ScriptedHub) -> None:
    busy = iter([problem(503, "busy", "unreachable"), problem(429, "too_many_requests", "unreachable")])
    there.fail = lambda request: next(busy, None)
    assert [one.name for one in hub.members()] == ["ada", "lex"]
    there.fail = lambda request: problem(503, "busy", "unreachable", "Later.")
    with pytest.raises(Unreachable, match="Later"):
        hub.members()
    there.fail = lambda request: raw(b"{}", 429, {"retry-after": "3600"})
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        hub.members()
    assert time.monotonic() - begun < transport.PATIENCE, "nobody waits an hour at a prompt"


def test_certificates_that_cannot_be_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    for file in (tmp_path / "none.pem", tmp_path / "bad.pem"):
        with pytest.raises(Unreachable) as problem_:
            RemoteHub("https://hub.example.org", lambda name: None, ca=str(file))
        assert (problem_.value.code, str(file) in problem_.value.message) == ("no_certificates", True)
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://x")
    with pytest.raises(Unreachable) as problem_:
        RemoteHub("https://hub.example.org", lambda name: None)
    assert problem_.value.code == "no_connection"


# --- hostile answers -------------------------------------------------------------------------------

HOSTILE = {
    "no JSON": lambda: raw(b"<html>", 200),
    "nothing": lambda: raw(b"", 200),
    "another shape": lambda: answer([1, 2]),
    "a wrong type": lambda: answer({"members": [{"name": 1, "functions": [], "active": True}]}),
    "deep": lambda: raw(b"[" * 100_000, 200),
    "a giant number": lambda: raw(b'{"members":' + b"9" * 10_000 + b"}", 200),
    "not UTF-8": lambda: raw(b'{"members":"\xff\xfe"}', 200),
    "packed strangely": lambda: raw(b"\x0b\x02", headers={"content-encoding": "br"}),
    "damaged gzip": lambda: raw(b"\x1f\x8bnonsense", headers={"content-encoding": "gzip"}),
    "an error of a proxy": lambda: raw(b"<h1>oops</h1>", 500),
    "a status that is none": lambda: raw(b"{}", 299),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_that_no_hub_gives_is_said_to_be_none(hub: RemoteHub, there: ScriptedHub, name: str) -> None:
    there.answers["/v1/members"] = lambda _: HOSTILE[name]()
    with pytest.raises(Unreachable) as problem_:
        hub.members()
    assert problem_.value.code == "bad_answer"


@pytest.mark.parametrize(
    ("status", "code", "detail"),
    [
        (404, "no_such_path", "There is nothing at this address."),
        (422, "bad_parameter", "The parameter 'min_seq' is not known here."),
    ],
)
def test_a_hub_that_does_not_know_what_it_is_asked_is_older(
    hub: RemoteHub, there: ScriptedHub, status: int, code: str, detail: str
) -> None:
    there.answers["/v1/counts"] = lambda _: problem(status, code, "usage", detail)
    with pytest.raises(Unreachable) as old:
        hub.counts()
    assert old.value.code == "hub_too_old" and "is older than this console" in old.value.message and "/v1/counts" in old.value.message
    assert len([path for path in there.paths() if "/v1/counts" in path]) == 1, "it is not asked again"


def test_what_is_missing_for_other_reasons_is_not_taken_for_an_old_hub(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/counts"] = lambda _: problem(422, "bad_parameter", "usage", "The parameter 'query' is longer than 9 characters.")
    with pytest.raises(UsageProblem):
        hub.counts()
    there.answers["/v1/settings/" + "x" * 300] = lambda _: problem(404, "no_such_path", "usage")
    with pytest.raises(UsageProblem):
        hub.saved("x" * 300)
    below = RemoteHub(f"{URL}/not/the/hub", {"ada": "hct_ada"}.get, member="ada", transport=there)
    there.answers["/not/the/hub/v1/counts"] = lambda _: problem(404, "no_such_path", "usage")
    with pytest.raises(UsageProblem):
        below.counts()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
         "cannot be reached: it does not speak TLS there."),
        (httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached: nothing listens there."),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "cannot be reached: nobody knows a machine of that name."),
        (httpx.ConnectError("[Errno 113] No route to host"), "cannot be reached: there is no way to it from here."),
        (httpx.ConnectTimeout("timed out"), "did not answer in time."),
        (httpx.ReadTimeout("timed out"), "was lost: nothing was heard of it any more."),
        (httpx.RemoteProtocolError("peer closed connection without sending complete message body (incomplete chunked read)"),
         "was lost: it hung up in the middle of its answer."),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "was lost: it hung up without a word."),
        (httpx.ReadError("[Errno 104] Connection reset by peer"), "was lost: the connection was cut."),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"),
         "could not prove who it is: nobody whom this machine trusts vouches for its certificate."),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"),
         "could not prove who it is: its certificate has run out."),
        (httpx.ReadError("[Errno 5] Something [odd] of a library."), "was lost: Something [odd] of a library."),
    ],
    ids=lambda part: str(part)[:40] if isinstance(part, str) else type(part).__name__,
)  # fmt: skip
def test_what_breaks_the_line_is_said_in_plain_words(hub: RemoteHub, there: ScriptedHub, broken: Exception, said: str) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise broken

    there.fail = breaks
    with pytest.raises(Unreachable) as problem_:
        hub.members()
    message = str(problem_.value)
    assert problem_.value.message.endswith(said), message
    assert not [word for word in ("errno", "_ssl", "chunked", "timed out", "WRONG_VERSION", "SSL:") if word in message], message
    if isinstance(broken, httpx.RemoteProtocolError):
        assert "https://" in problem_.value.hint, "this address is plain HTTP"


def test_a_hub_that_has_answered_before_is_not_said_to_want_another_address(hub: RemoteHub, there: ScriptedHub) -> None:
    hub.members()

    def breaks(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")

    there.fail = breaks
    with pytest.raises(Unreachable) as lost_:
        hub.members()
    assert "https://" not in str(lost_.value)


def test_nobody_is_followed_elsewhere_with_the_token(hub: RemoteHub, there: ScriptedHub) -> None:
    there.fail = lambda request: raw(b"", 307, {"location": "https://evil.example/v1/members"})
    with pytest.raises(Unreachable) as refusal:
        hub.members()
    assert refusal.value.code == "redirected"
    assert {one.url.host for one in there.asked} == {"127.0.0.1"}


def test_an_answer_is_never_larger_than_what_is_allowed(hub: RemoteHub, there: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1_000)
    there.answers["/v1/members"] = lambda _: raw(b" " * 1_001, 200)
    with pytest.raises(Unreachable, match="more than"):
        hub.members()


def test_a_small_answer_that_unpacks_to_a_huge_one_is_stopped_on_the_way(hub: RemoteHub, there: ScriptedHub) -> None:
    bomb = gzip.compress(b" " * (transport.MOST_BYTES + 1_000_000))
    assert len(bomb) < 100_000
    there.answers["/v1/members"] = lambda _: raw(bomb, headers={"content-encoding": "gzip"})
    with pytest.raises(Unreachable, match="more than"):
        hub.members()


def test_a_packed_answer_is_read(hub: RemoteHub, there: ScriptedHub) -> None:
    packed = gzip.compress(b'{"members":[{"name":"kim","functions":["sales"],"active":true}]}')
    there.answers["/v1/members"] = lambda _: raw(packed, headers={"content-encoding": "gzip"})
    assert [one.name for one in hub.members()] == ["kim"]


def test_long_words_of_a_hub_are_cut(hub: RemoteHub, there: ScriptedHub) -> None:
    there.fail = lambda request: problem(403, "x", "refused", "a" * 1_000_000)
    with pytest.raises(Refused) as refusal:
        hub.members()
    assert len(refusal.value.message) <= 1_000


def test_text_that_no_utf8_can_hold_travels_with_replacement_signs(hub: RemoteHub, there: ScriptedHub) -> None:
    there.answers["/v1/commands"] = done(row(), 11)
    there.answers["/v1/search"] = {"rows": []}
    hub.execute(c.AddNote(enquiry_id=new_id(), text="a\ud83d b\0"), actor="ada")
    hub.search("\udc00 x")
    assert json.loads(there.asked[0].content)["command"]["text"] == "a\ufffd b\0"
    assert there.asked[1].url.params["q"] == "\ufffd x"


def test_what_is_no_key_is_not_even_asked_for(hub: RemoteHub, there: ScriptedHub) -> None:
    for key in ("", "nonsense", "../../etc", "E-0", "a/b", "\ud800"):
        with pytest.raises(UsageProblem) as unknown:
            hub.enquiry(key)
        assert unknown.value.code == "unknown_enquiry"
    assert there.asked == []


def test_many_commands_go_in_parts_and_are_answered_in_order(hub: RemoteHub, there: ScriptedHub) -> None:
    def batch(request: httpx.Request) -> httpx.Response:
        orders = json.loads(request.content)["commands"]
        assert len(orders) <= 256
        found = [done(row(), 11, key=order["command"]["text"]) for order in orders]
        found[0] = json.loads(problem(403, "first", "refused").read())
        return answer({"answers": found})

    there.answers["/v1/commands/batch"] = batch
    answers = hub.execute_all([c.AddNote(enquiry_id=new_id(), text=f"{n}") for n in range(600)], actor="ada")
    assert [one.code if isinstance(one, Refused) else getattr(one, "key", "") for one in answers] == [
        "first" if n % 256 == 0 else f"{n}" for n in range(600)
    ]


def test_a_malformed_command_spoils_no_others(hub: RemoteHub, there: ScriptedHub) -> None:
    carried: list[str] = []

    def batch(request: httpx.Request) -> httpx.Response:
        texts = [order["command"]["text"] for order in json.loads(request.content)["commands"]]
        if " " in texts:
            return problem(422, "malformed", "usage")
        carried.extend(texts)
        return answer({"answers": [done(row(), 11, key=text) for text in texts]})

    there.answers["/v1/commands/batch"] = batch
    said = ["a", "b", " ", "c", "d"]
    answers = hub.execute_all([c.AddNote(enquiry_id=new_id(), text=text) for text in said], actor="ada")
    assert [getattr(one, "key", "") or getattr(one, "code", "") for one in answers] == ["a", "b", "malformed", "c", "d"]
    assert carried == ["a", "b", "c", "d"], "each once"
