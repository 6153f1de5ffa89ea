"""The console's side of a provider's device flow: patient, bounded, and believing nothing that it need not."""

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from hubconsole.cli.provider import Shown, id_token
from hubconsole.errors import HubError

ISSUER = "https://login.example.org"
ABOUT = {"issuer": ISSUER, "device_authorization_endpoint": f"{ISSUER}/device/auth", "token_endpoint": f"{ISSUER}/token"}
START = {"device_code": "long", "user_code": "BCDF", "verification_uri": f"{ISSUER}/device", "expires_in": 60, "interval": 3}


class Fake:
    """A provider that answers what it is told to, one answer after the other."""

    def __init__(self, *answers: Any, about: Any = None, start: Any = None) -> None:
        self.answers = list(answers)
        self.about, self.start = ABOUT if about is None else about, START if start is None else start
        self.forms: list[dict[str, list[str]]] = []
        self.shown: list[Shown] = []
        self.waited: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self._said(self.about)
        self.forms.append(parse_qs(request.content.decode()))
        return self._said(self.start if request.url.path == "/device/auth" else self.answers.pop(0))

    @staticmethod
    def _said(answer: Any) -> httpx.Response:
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(400 if isinstance(answer, dict) and "error" in answer else 200, content=json.dumps(answer))

    def ask(self) -> str:
        return id_token(ISSUER, "hubconsole", "openid email", self.shown.append, self.waited.append, transport=httpx.MockTransport(self))

    def refusal(self) -> str:
        with pytest.raises(HubError) as no:
            self.ask()
        return no.value.code


def error(code: str) -> dict[str, str]:
    return {"error": code}


def test_it_waits_until_the_person_is_done() -> None:
    fake = Fake(error("authorization_pending"), error("slow_down"), {"id_token": "signed", "access_token": "not ours"})
    assert fake.ask() == "signed"
    assert fake.shown == [(f"{ISSUER}/device", "BCDF", "")]
    assert fake.waited == [3, 3, 8]
    assert fake.forms[0] == {"client_id": ["hubconsole"], "scope": ["openid email"]}
    assert fake.forms[1] == {
        "grant_type": ["urn:ietf:params:oauth:grant-type:device_code"], "device_code": ["long"], "client_id": ["hubconsole"],
    }  # fmt: skip


def test_the_whole_address_is_shown_where_there_is_one() -> None:
    fake = Fake({"id_token": "signed"}, start=START | {"verification_uri_complete": f"{ISSUER}/device?user_code=BCDF"})
    fake.ask()
    assert fake.shown[0].whole == f"{ISSUER}/device?user_code=BCDF"


@pytest.mark.parametrize(("answer", "code"), [("access_denied", "denied"), ("expired_token", "expired"), ("invalid_client", "no_provider")])
def test_how_it_may_end_badly(answer: str, code: str) -> None:
    assert Fake(error("authorization_pending"), error(answer)).refusal() == code


def test_nobody_waits_longer_than_the_code_holds() -> None:
    fake = Fake(*[error("authorization_pending")] * 40)
    assert fake.refusal() == "expired"
    assert sum(fake.waited) == 60


@pytest.mark.parametrize("interval", [0, -5, 1e300, "5", None, True, 0.001])
def test_a_rhythm_that_makes_no_sense_is_not_followed(interval: Any) -> None:
    fake = Fake({"id_token": "signed"}, start=START | {"interval": interval, "expires_in": 10**12})
    fake.ask()
    assert 1 <= fake.waited[0] <= 60


@pytest.mark.parametrize(
    ("about", "start", "answer"),
    [
        ({"issuer": "https://evil.example.org"}, None, None),
        (ABOUT | {"issuer": f"{ISSUER}/"}, None, None),
        (ABOUT | {"token_endpoint": "http://login.example.org/token"}, None, None),
        ({"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"}, None, None),
        ([], None, None),
        (httpx.Response(500, content=b"{}"), None, None),
        (httpx.Response(302, headers={"location": "https://evil.example.org"}), None, None),
        (httpx.Response(200, content=b"x" * 2_000_000), None, None),
        (httpx.Response(200, content=b"[" * 100_000), None, None),
        (None, START | {"verification_uri": "http://evil.example.org"}, None),
        (None, START | {"verification_uri": "https://evil.example.org/\x1b[2J"}, None),
        (None, START | {"verification_uri_complete": "javascript:alert(1)"}, None),
        (None, START | {"verification_uri_complete": 7}, None),
        (None, START | {"user_code": ""}, None),
        (None, {"user_code": "BCDF"}, None),
        (None, error("invalid_scope"), None),
        (None, None, {"access_token": "no id_token"}),
        (None, None, {"id_token": 7}),
        (None, None, []),
        (None, None, httpx.Response(500, content=b"{}")),
        (None, None, {"error": ["x"]}),
    ],
)
def test_what_is_no_answer_of_a_provider(about: Any, start: Any, answer: Any) -> None:
    assert Fake(answer, about=about, start=start).refusal() == "no_provider"


def test_a_provider_that_is_not_there() -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there")

    with pytest.raises(HubError, match="cannot be asked"):
        id_token(ISSUER, "hubconsole", "openid", lambda shown: None, lambda seconds: None, transport=httpx.MockTransport(nobody))
