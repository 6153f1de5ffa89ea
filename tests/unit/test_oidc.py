"""What a hub takes from an identity provider, and everything that it does not: forged, stale, foreign, unverified, used."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwk, jwt

from hubconsole.clock import HOUR, MINUTE, FrozenClock
from hubconsole.domain.commands import RemoveMember
from hubconsole.domain.policy import ALL_LEGAL
from hubconsole.errors import HubError, Unreachable, UsageProblem
from hubconsole.hub.access import Grant, digest_of, lookup
from hubconsole.hub.local import LocalHub
from hubconsole.server.oidc import OidcSettings, Provider, log_in, settings_from
from tests.contract.hubs import MEMBERS

ISSUER = "https://login.example.org"
SETTINGS = OidcSettings(issuer=ISSUER, client_id="hubconsole", members={"Lexa.Quill@bank.example": "lex"})
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
NEXT = jwk.ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
STRANGER = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Fake:
    """A provider's two documents, as they can be made to look."""

    def __init__(self) -> None:
        self.about: Any = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
        self.keys: list[Any] = [KEY.as_dict(private=False)]
        self.asked: list[str] = []
        self.down = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.down:
            raise httpx.ConnectError("nobody is there")
        if request.url.path == "/.well-known/openid-configuration":
            return self.about if isinstance(self.about, httpx.Response) else httpx.Response(200, json=self.about)
        return httpx.Response(200, json={"keys": self.keys})


@pytest.fixture
def fake() -> Fake:
    return Fake()


def provider(fake: Fake, clock: FrozenClock, settings: OidcSettings = SETTINGS) -> Provider:
    return Provider(settings, clock, transport=httpx.MockTransport(fake))


def signed(clock: FrozenClock, key: Any = KEY, alg: str = "RS256", **facts: Any) -> str:
    """An id_token as the provider would sign it, some facts changed or (None) left out."""
    now = clock.now // 1000
    claims: dict[str, Any] = {
        "iss": ISSUER, "aud": "hubconsole", "sub": "u1", "iat": now, "exp": now + 3600, "email": "lexa.quill@bank.example",
        "email_verified": True,
    }  # fmt: skip
    claims = {name: value for name, value in (claims | facts).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


def refusal(work: Callable[[], object]) -> str:
    try:
        work()
    except HubError as no:
        assert "quill" not in str(no).lower(), "no address in any message: it could be logged"
        return no.code
    return ""


def test_who_the_provider_speaks_of_is_the_member_in_the_settings(fake: Fake, clock: FrozenClock) -> None:
    assert provider(fake, clock).member(signed(clock)) == "lex"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"iss": "https://other.example.org"}, "bad_id_token"),
        ({"iss": f"{ISSUER}/"}, "bad_id_token"),
        ({"iss": None}, "bad_id_token"),
        ({"aud": "another"}, "bad_id_token"),
        ({"aud": ["another"]}, "bad_id_token"),
        ({"aud": None}, "bad_id_token"),
        ({"aud": ["hubconsole", "another"]}, "bad_id_token"),
        ({"aud": ["hubconsole", "another"], "azp": "another"}, "bad_id_token"),
        ({"aud": ["hubconsole", "another"], "azp": "hubconsole"}, ""),
        ({"azp": "another"}, "bad_id_token"),
        ({"sub": None}, "bad_id_token"),
        ({"sub": 7}, "bad_id_token"),
        ({"exp": None}, "bad_id_token"),
        ({"exp": "tomorrow"}, "bad_id_token"),
        ({"exp": True}, "bad_id_token"),
        ({"exp": 1e300}, "bad_id_token"),
        ({"iat": None}, "bad_id_token"),
        ({"iat": -1}, "bad_id_token"),
        ({"email": None}, "bad_id_token"),
        ({"email": ["lexa.quill@bank.example"]}, "bad_id_token"),
        ({"email_verified": False}, "unverified"),
        ({"email_verified": None}, "unverified"),
        ({"email_verified": "true"}, "unverified"),
        ({"email": "quill@elsewhere.example"}, "not_mapped"),
    ],
)
def test_what_an_id_token_must_say(fake: Fake, clock: FrozenClock, facts: dict[str, Any], code: str) -> None:
    assert refusal(lambda: provider(fake, clock).member(signed(clock, **facts))) == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"exp": -61}, "old_id_token"),
        ({"exp": -59}, ""),
        ({"iat": -11 * 60 - 1}, "old_id_token"),
        ({"iat": -11 * 60 + 1}, ""),
        ({"iat": 61}, "bad_id_token"),
        ({"iat": 59}, ""),
        ({"nbf": 61}, "bad_id_token"),
    ],
)
def test_when_an_id_token_counts(fake: Fake, clock: FrozenClock, facts: dict[str, int], code: str) -> None:
    at: dict[str, Any] = {name: clock.now // 1000 + seconds for name, seconds in facts.items()}
    assert refusal(lambda: provider(fake, clock).member(signed(clock, **at))) == code


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged_none(token: str) -> str:
    return f"{part({'alg': 'none'})}.{token.split('.')[1]}."


def forged_by_public_key(token: str) -> str:
    """The old trick: the public key taken for a shared secret."""
    import hashlib
    import hmac

    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{token.split('.')[1]}"
    mac = hmac.new(KEY.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def nested(token: str) -> str:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode()
    return f"{deep}.{deep}.{deep}"


def changed(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{part(claims | {'email': 'sue@bank.example'})}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [forged_none, forged_by_public_key, changed, lambda token: token[:-8], lambda token: "", lambda token: "a.b.c",
     lambda token: token * 20, lambda token: "\udcff", nested, lambda token: token.replace(".", "..")],
)  # fmt: skip
def test_what_is_not_signed_by_the_provider_is_not_taken(fake: Fake, clock: FrozenClock, forge: Callable[[str], str]) -> None:
    assert refusal(lambda: provider(fake, clock).member(forge(signed(clock)))) == "bad_id_token"


def test_another_key_of_the_same_name_is_not_the_providers(fake: Fake, clock: FrozenClock) -> None:
    assert refusal(lambda: provider(fake, clock).member(signed(clock, STRANGER))) == "bad_id_token"


def test_a_shared_secret_among_the_keys_signs_nothing(fake: Fake, clock: FrozenClock) -> None:
    secret = jwk.OctKey.generate_key(256, {"kid": "one"})
    fake.keys += [secret.as_dict(private=True)]
    assert refusal(lambda: provider(fake, clock).member(signed(clock, secret, "HS256"))) == "bad_id_token"


def test_a_key_that_nobody_here_knows_does_not_hide_the_others(fake: Fake, clock: FrozenClock) -> None:
    fake.keys = [{"kty": "EC", "crv": "P-1", "x": "a", "y": "b", "kid": "odd"}, {"kty": "RSA", "n": "!", "kid": "x"}, "no key", *fake.keys]
    assert provider(fake, clock).member(signed(clock)) == "lex"
    fake.keys = fake.keys[:3]
    assert refusal(lambda: provider(fake, clock).member(signed(clock))) == "no_provider"


def test_new_keys_are_fetched_when_they_are_needed_but_not_for_every_forgery(fake: Fake, clock: FrozenClock) -> None:
    checked = provider(fake, clock)
    assert checked.member(signed(clock)) == "lex"
    fetched = len(fake.asked)
    assert checked.member(signed(clock)) == "lex" and len(fake.asked) == fetched
    fake.keys = [NEXT.as_dict(private=False)]
    assert refusal(lambda: checked.member(signed(clock, NEXT, "ES256"))) == "bad_id_token", "it asked a moment ago"
    clock.advance(MINUTE)
    assert checked.member(signed(clock, NEXT, "ES256")) == "lex"
    for _ in range(5):
        assert refusal(lambda: checked.member(signed(clock, STRANGER))) == "bad_id_token"
    assert len(fake.asked) <= fetched + 4
    clock.advance(HOUR)
    fake.keys = [KEY.as_dict(private=False)]
    assert refusal(lambda: checked.member(signed(clock, NEXT, "ES256"))) == "bad_id_token", "keys that were withdrawn count no more"


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example.org", "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER, "jwks_uri": "http://login.example.org/jwks"},
        {"issuer": ISSUER},
        [],
        "x",
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b" " * 2_000_000),
        httpx.Response(302, headers={"location": "https://evil.example.org"}),
    ],
)
def test_a_provider_that_is_not_the_one_is_not_asked(fake: Fake, clock: FrozenClock, about: Any) -> None:
    fake.about = about
    with pytest.raises(Unreachable):
        provider(fake, clock).member(signed(clock))


def test_a_provider_that_is_down_is_said_to_be(fake: Fake, clock: FrozenClock) -> None:
    fake.down = True
    checked = provider(fake, clock)
    for _ in range(5):
        with pytest.raises(Unreachable, match="cannot be asked"):
            checked.member(signed(clock))
    assert len(fake.asked) == 1, "nobody waits for it again within a few seconds"
    fake.down = False
    clock.advance(MINUTE)
    assert checked.member(signed(clock)) == "lex"


# --- the mapping ---


@pytest.mark.parametrize(
    ("address", "member"),
    [
        ("ADA@bank.example", "ada"),
        ("ada@evil.example", ""),
        ("ada@bank.example@evil.example", ""),
        ("bank.example", ""),
        ("@bank.example", ""),
    ],
)
def test_a_domain_maps_addresses_to_members_of_that_name(fake: Fake, clock: FrozenClock, address: str, member: str) -> None:
    checked = provider(fake, clock, replace(SETTINGS, domain="Bank.example"))
    found = ""
    if not refusal(lambda: checked.member(signed(clock, email=address))):
        found = checked.member(signed(clock, email=address))
    assert found == member


def test_another_claim_is_matched_as_it_is(fake: Fake, clock: FrozenClock) -> None:
    checked = provider(fake, clock, OidcSettings(issuer=ISSUER, client_id="hubconsole", claim="sub", members={"u1": "ada"}))
    assert checked.member(signed(clock, email_verified=False)) == "ada"
    assert refusal(lambda: checked.member(signed(clock, sub="U1"))) == "not_mapped"


@pytest.mark.parametrize(
    "table",
    [
        {"issuer": "http://login.example.org", "client_id": "x"},
        {"issuer": "login.example.org", "client_id": "x"},
        {"issuer": ISSUER},
        {"client_id": "x"},
        {"issuer": ISSUER, "client_id": "x", "secret": "y"},
        {"issuer": ISSUER, "client_id": "x", "members": ["lex"]},
        {"issuer": ISSUER, "client_id": "x", "members": {"a": 1}},
        {"issuer": ISSUER, "client_id": 1},
        {"issuer": ISSUER, "client_id": "x", "claim": "sub", "domain": "bank.example"},
    ],
)
def test_settings_that_make_no_sense_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(UsageProblem):
        settings_from(table)


def test_settings_as_a_file_has_them() -> None:
    table: dict[str, object] = {"issuer": ISSUER, "client_id": "hubconsole", "members": {"Lexa.Quill@bank.example": "lex"}}
    assert settings_from(table) == SETTINGS
    assert settings_from({"issuer": "http://127.0.0.1:9", "client_id": "x"}).claim == "email"


# --- at the hub ---


@pytest.fixture
def hub(tmp_path: Path, clock: FrozenClock) -> Iterator[LocalHub]:
    opened = LocalHub.create(tmp_path / "hub.db", name="Bank", policy=ALL_LEGAL, members=MEMBERS, clock=clock)
    yield opened
    opened.close()


def test_an_id_token_becomes_a_token_of_the_member_once(hub: LocalHub, fake: Fake, clock: FrozenClock) -> None:
    checked, token = provider(fake, clock), signed(clock)
    issued = log_in(hub, checked, token, client="hubconsole of desk-4\x1b")
    grant = lookup(hub, digest_of(issued.secret))
    assert isinstance(grant, Grant) and (grant.member, grant.scope) == ("lex", "member")
    assert issued.token.label == "hubconsole of desk-4"
    assert refusal(lambda: log_in(hub, checked, token, client="again")) == "used_id_token"
    another = LocalHub.open(hub.path, clock=clock)
    assert refusal(lambda: log_in(another, provider(fake, clock), token, client="another process")) == "used_id_token"
    another.close()
    assert [(entry.actor, entry.via) for entry in hub.journal() if entry.kind == "token.issued"] == [("lex", "oidc")]


def test_who_left_does_not_come_in_by_the_provider(hub: LocalHub, fake: Fake, clock: FrozenClock) -> None:
    hub.execute(RemoveMember(name="lex"), actor="sue")
    assert refusal(lambda: log_in(hub, provider(fake, clock), signed(clock), client="x")) == "not_mapped"
