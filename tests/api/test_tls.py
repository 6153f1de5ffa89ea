"""`hubconsole serve` with TLS: whoever trusts the certificate comes in, nobody else does, and nothing goes in the clear."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hubconsole.domain.commands import Receive
from hubconsole.domain.query import parse
from hubconsole.domain.terms import Scope
from hubconsole.errors import HubError, Unreachable
from hubconsole.hub import access
from hubconsole.hub.remote.client import RemoteHub
from hubconsole.hub.remote.live import LiveHub
from hubconsole.ids import new_id
from tests.api.serving import make_hub
from tests.api.test_serving import free_port, running

pytestmark = pytest.mark.slow


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for an address that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"hub at {name}")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hub.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "hub.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return folder / "hub.pem", folder / "hub.key"


class Secured:
    """A hub behind TLS."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self.url = url
        self.ca = str(ca)
        self.token = token

    def hub(self, ca: str, url: str = "") -> RemoteHub:
        return RemoteHub(url or self.url, self.token_of, member="ada", ca=ca)

    def token_of(self, name: str) -> str | None:
        return self.token if name == "ada" else None


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = certificate(folder)
    hub = make_hub(folder)
    token = access.issue(hub, "ada", Scope.MEMBER, label="desk").secret
    port = free_port()
    with running(hub.path, port, "--tls-cert", str(cert), "--tls-key", str(key)):
        yield Secured(f"https://127.0.0.1:{port}", cert, token)
    hub.close()


def test_who_trusts_the_certificate_reads_and_acts(secured: Secured) -> None:
    hub = secured.hub(secured.ca)
    made = hub.execute(Receive(enquiry_id=new_id(), channel="x", text="hello", customer="Maria"), actor="ada")
    assert [row.key for row in hub.page(parse("")).rows] == [made.key]
    hub.close()


def test_the_feed_comes_over_tls_too(secured: Secured, tmp_path: Path) -> None:
    hub = LiveHub(secured.url, secured.token_of, member="ada", mirror=tmp_path / "mirror.db", ca=secured.ca)
    before = hub.info().seq
    far = secured.hub(secured.ca)
    made = far.execute(Receive(enquiry_id=new_id(), channel="x", text="hello", customer="Tom"), actor="ada")
    while hub.info().seq < made.seq:
        assert hub.wait(before, 20.0), "it was not told"
        before = hub.info().seq
    assert made.key in [row.key for row in hub.page(parse("")).rows]
    far.close()
    hub.close()


@pytest.mark.parametrize("ca", ["", "another"])
def test_who_does_not_trust_it_is_told_and_sends_no_token(secured: Secured, tmp_path: Path, ca: str) -> None:
    other = str(certificate(tmp_path)[0]) if ca else ""
    hub = secured.hub(other)
    with pytest.raises(Unreachable) as no:
        hub.info()
    assert "certificate" in no.value.message.lower(), no.value.message
    assert "--ca" in (no.value.hint or "")
    hub.close()


def test_plain_http_is_not_answered_where_tls_is_spoken(secured: Secured) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(secured.url.replace("https:", "http:") + "/healthz")
    hub = secured.hub("", secured.url.replace("https:", "http:"))
    with pytest.raises(HubError):
        hub.info()
    hub.close()


@pytest.mark.parametrize("old", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_tls_that_is_broken_is_not_spoken(secured: Secured, old: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=secured.ca)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = old
        context.maximum_version = old
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{secured.url}/healthz", verify=context)
