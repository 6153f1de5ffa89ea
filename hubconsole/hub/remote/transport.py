"""Requests to a hub: one pool of connections, bounded answers, retries that cannot do a thing twice, and errors that say why.

What comes back is hostile until proven otherwise: its size is bounded before and after unpacking, it must be JSON, and nobody is
followed anywhere else with the token.
"""

from __future__ import annotations

import json
import os
import random
import re
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from hubconsole.credentials import TOKEN_VARIABLE
from hubconsole.errors import HubError, Refused, Unreachable, UsageProblem
from hubconsole.hub.remote.lost import distrusted, lost, short
from hubconsole.hub.remote.place import host_of, is_loopback
from hubconsole.hub.remote.trust import certificates

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 64 * 1024 * 1024
"""An answer is never larger, unpacked."""

MOST_SECONDS = 60.0
"""One answer never takes longer, however slowly it drips."""

TRIES = 3
"""How often a request is made before it is given up; a command keeps its id, so it is carried out once."""

PATIENCE = 5.0
"""Seconds that are spent on waiting between tries, at most."""

_CONNECT, _READ, _KEEP = 3.0, 10.0, 4.0
_MOST_WORDS = 1_000
_STRANGE = re.compile(r"^The parameter .* is not known here\.")
_AGAIN = frozenset({429, 502, 503, 504})


MEMBER_HEADER = "hubconsole-member"
"""The header that says whose the token is thought to be, percent-encoded; the hub refuses a request where it is another's."""


class Pass(NamedTuple):
    """What a request comes in with."""

    secret: str = ""
    """The token's secret; empty sends none."""
    member: str = ""
    """Whose it is thought to be, so that nobody acts as somebody else unawares; empty where that does not matter."""

    def __repr__(self) -> str:
        """Without the secret, so that no log or traceback can hold it."""
        return f"Pass({self.member!r})"


class Question(NamedTuple):
    """One request."""

    method: str
    path: str
    """Below the hub's address: ``/v1/hub``."""
    token: Pass = Pass()
    params: Mapping[str, str | int | float] = {}
    body: object = None
    """What is sent as JSON; None sends nothing."""
    headers: Mapping[str, str] = {}
    raw: Iterable[bytes] | None = None
    """What is sent as it comes, in place of JSON; ``headers`` say what it is. Such a question is asked once."""
    read: float = _READ
    """Seconds without a byte after which the line counts as dead."""
    tries: int = TRIES
    any_age: bool = False
    """Whether the answer may be older than what was seen of this hub before."""


class Line:
    """The connections to one hub. Made without a network; usable from any thread."""

    def __init__(self, url: str, *, ca: str = "", transport: httpx.BaseTransport | None = None) -> None:
        """``ca`` is a file of certificates to trust beside the machine's; ``transport`` takes the network's place in tests."""
        import httpx

        self.url = url
        self.host = host_of(url)
        self._closed = threading.Event()
        self._guard = threading.Lock()
        self._reached = 0
        self._answered = False
        own = is_loopback(httpx.URL(url).host)
        try:
            trusted = certificates(ca) if ca else True
        except (OSError, ValueError) as error:
            raise Unreachable(
                "no_certificates",
                f"The certificates in {ca} cannot be read: {getattr(error, 'strerror', '') or short(str(error))}.",
                "Check the file that --ca, HUBCONSOLE_CA, the setting ca or the login names.",
            ) from error
        try:
            self._client = httpx.Client(
                base_url=url,
                verify=trusted,
                transport=transport,
                follow_redirects=False,
                trust_env=not own,
                timeout=httpx.Timeout(_READ, connect=_CONNECT),
                limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=_KEEP),
                headers={"accept": "application/json", "accept-encoding": "gzip", "user-agent": "hubconsole"},
            )
        except (OSError, ValueError, ImportError) as error:
            hint = "Check HTTPS_PROXY, SSL_CERT_FILE and their like."
            raise Unreachable("no_connection", f"No connection can be made as the environment says: {error}.", hint) from error

    def saw(self, seq: int) -> None:
        """The hub was at this place in its journal: what it is asked from now on must not be answered from before it.

        Behind one address there may be several servers, and some of them over copies that lag.
        """
        with self._guard:
            self._reached = max(self._reached, seq)

    def forget(self) -> None:
        """It is another hub, or one that was put back from a backup: what was seen of it counts no more."""
        with self._guard:
            self._reached = 0

    def ask(self, question: Question) -> Any:
        """The answer's JSON (None for an empty one). Raises the error that the hub answered with, or Unreachable."""
        begun = time.monotonic()
        if self._reached and question.method == "GET" and question.token.secret and not question.any_age:
            question = question._replace(params={**question.params, "min_seq": self._reached})
        for attempt in range(1, question.tries + 1):
            wait = 0.05 if attempt == 1 else random.uniform(0.1, 0.4) * 2**attempt
            try:
                with self.stream(question) as response:
                    answer = self._read(response, time.monotonic())
                if response.is_success:
                    return answer
                error = self._refusal(response, answer)
                if response.status_code not in _AGAIN:
                    raise error
                wait = max(wait, _seconds(response.headers.get("retry-after", "")))
            except _Broken as broken:
                error = broken.why
            if attempt == question.tries or time.monotonic() - begun + wait > PATIENCE or self._closed.wait(wait):
                if error.code == "behind":
                    self.forget()  # told once; whoever asks again takes what there is, for a hub may have been put back for good
                raise error
        raise AssertionError("unreachable: the last try raises")

    @contextmanager
    def stream(self, question: Question) -> Iterator[httpx.Response]:
        """The response with its body unread. What breaks the line, here or while it is read, is raised as :class:`_Broken`."""
        import httpx

        headers = {**question.headers}
        if secret := question.token.secret:
            headers["authorization"] = f"Bearer {secret}"
        if question.token.member:
            headers[MEMBER_HEADER] = quote(clean(question.token.member), safe="")
        if question.body is not None:
            headers["content-type"] = "application/json"
        try:
            with self._client.stream(
                question.method,
                question.path,
                params=dict(question.params) or None,
                content=question.raw if question.body is None else encoded(question.body),
                headers=headers,
                timeout=httpx.Timeout(question.read, connect=_CONNECT),
            ) as response:
                self._answered = True
                yield response
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            raise _Broken(self._lost(error, question)) from error
        except RuntimeError as error:  # the client was closed by another thread
            if not self._closed.is_set():
                raise
            raise _Broken(Unreachable("closed", "The console has let go of its hub.")) from error

    def close(self) -> None:
        """Let go of all connections."""
        self._closed.set()
        self._client.close()

    def refusal(self, response: httpx.Response) -> HubError:
        """The error that a response which is no success stands for."""
        return self._refusal(response, self._read(response, time.monotonic()))

    def _read(self, response: httpx.Response, begun: float) -> Any:
        packed = response.headers.get("content-encoding", "identity").lower()
        if packed not in ("identity", "gzip"):
            raise self._nonsense(f"packed as {packed[:20]!r}")
        unpack = zlib.decompressobj(31) if packed == "gzip" else None
        parts: list[bytes] = []
        size = 0
        try:
            for chunk in response.iter_raw():
                data = unpack.decompress(chunk, MOST_BYTES + 1 - size) if unpack else chunk
                size += len(data)
                if size > MOST_BYTES:
                    raise self._nonsense(f"more than {MOST_BYTES // 1024**2} MiB")
                if time.monotonic() - begun > MOST_SECONDS:
                    raise self._nonsense(f"so slowly that it would take more than {MOST_SECONDS:.0f} seconds")
                parts.append(data)
            text = b"".join(parts)
            return json.loads(text) if text else None
        except zlib.error as error:
            raise self._nonsense("damaged") from error
        except (ValueError, RecursionError) as error:
            if response.is_success:
                raise self._nonsense("no JSON") from error
            return None

    def _refusal(self, response: httpx.Response, answer: Any) -> HubError:
        from hubconsole.hub.wire import problem_in

        if response.is_redirect:
            why = f"{self.host} sends on to another address; the token is not taken there."
            return Unreachable("redirected", why, "Name the hub by its own address.")
        if isinstance(answer, dict):
            answer = {name: part[:_MOST_WORDS] if isinstance(part, str) else part for name, part in answer.items()}
        error = problem_in(answer, response.status_code)
        if error.code == "bad_token" and self._given(response):
            why = f"The token in {TOKEN_VARIABLE} does not open the hub at {self.host}, or does not any more: it ended or was revoked."
            return Refused(
                "bad_token", why, f"Put one that holds into {TOKEN_VARIABLE}, or unset it and log in: hubconsole login {self.url}"
            )
        return self._older(response.request) if self._is_older(error, response.request) else error

    def _given(self, response: httpx.Response) -> bool:
        """Whether the token that was sent is the environment's, and not one that a login kept."""
        given = os.environ.get(TOKEN_VARIABLE, "")
        return bool(given) and response.request.headers.get("authorization") == f"Bearer {given}"

    def _is_older(self, error: HubError, request: httpx.Request) -> bool:
        """Whether a hub does not know what every hub of this console's age does. Beyond a path of its own it may be no hub at all."""
        from hubconsole.hub.wire import LONGEST_PART

        if urlsplit(self.url).path or any(len(part) > LONGEST_PART for part in request.url.path.split("/")):
            return False
        strange = error.code == "bad_parameter" and _STRANGE.match(error.message)
        return isinstance(error, UsageProblem) and (error.code == "no_such_path" or bool(strange))

    def _older(self, request: httpx.Request) -> Unreachable:
        why = f"The hub at {self.host} is older than this console: it does not know what it was asked ({request.url.path})."
        return Unreachable("hub_too_old", why, "Have it upgraded, or use a console of its version.")

    def _nonsense(self, what: str) -> Unreachable:
        return Unreachable("bad_answer", f"{self.host} answered {what}: that is no answer of a hub.", "Check the address after --hub.")

    def _lost(self, error: Exception, question: Question) -> Unreachable:
        """What broke the line, in words. After a command was sent nobody here knows whether it was carried out."""
        import httpx

        if why := distrusted(error):
            hint = "If the hub's certificate is your own organisation's, name its file: --ca FILE or HUBCONSOLE_CA."
            return Unreachable("not_trusted", f"{self.host} could not prove who it is: {why}.", hint)
        slow = isinstance(error, httpx.TimeoutException)
        words = lost(error)
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            how = "did not answer in time" if slow else f"cannot be reached: {words.why}"
            return Unreachable("no_connection", f"The hub at {self.host} {how}.", words.hint or "Check the address and the network.")
        why = "nothing was heard of it any more" if slow else words.why
        if self.url.startswith("http:") and "hung up" in why and not self._answered:
            words = words._replace(hint="If it is served with TLS, write the address with https://.")
        if question.method == "GET":
            return Unreachable("line_lost", f"The line to {self.host} was lost: {why}.", words.hint)
        said = f"The line to {self.host} was lost before the answer came: whether it was done is not known."
        return Unreachable("line_lost", said, "Look before you do it again.")


class _Broken(Exception):
    """The line broke; the request may be made again."""

    def __init__(self, why: Unreachable) -> None:
        super().__init__(why.message)
        self.why = why


Broken = _Broken
"""For whoever reads a stream."""


def whole(secret: str) -> str:
    """The secret, when it can be one. Raises UsageProblem ``bad_token``."""
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise UsageProblem("bad_token", "That is no token: it has characters that no token has.", "Copy it again, whole.")
    return secret


def encoded(body: object) -> bytes:
    """JSON as it is sent: text that UTF-8 cannot hold has become U+FFFD, as the hub's own rules would make it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return clean(text).encode()


def clean(text: str) -> str:
    """``text`` with lone surrogates replaced."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0.0
