"""Serve the hub to other machines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from hubconsole.cli import output
from hubconsole.cli.session import Session
from hubconsole.cli.verbs import verb
from hubconsole.errors import Conflict, Unreachable, UsageProblem

if TYPE_CHECKING:
    from hubconsole.hub.local import LocalHub
    from hubconsole.server.running import Beside, Plan

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

app = typer.Typer()


@verb(app, "serve")
def serve(
    session: Session,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; this machine alone by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="Which port.")] = 8750,
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, max=64, help="Processes; more than one needs PostgreSQL.")] = 1,
    tls_cert: Annotated[str, typer.Option("--tls-cert", metavar="FILE", help="Certificate chain (PEM).")] = "",
    tls_key: Annotated[str, typer.Option("--tls-key", metavar="FILE", help="Its private key (PEM).")] = "",
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Do not send replies from here; a worker runs elsewhere.")] = False,
    forwarded_allow: Annotated[
        str, typer.Option("--forwarded-allow", metavar="ADDRESSES", help="Proxies whose X-Forwarded-For is taken at its word, by commas.")
    ] = "",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Answer reads alone, as over a standby of PostgreSQL; nothing is written or sent.")
    ] = False,
    await_push: Annotated[bool, typer.Option("--await-push", help="Wait for a hub to be pushed here (back), then end.")] = False,
    settings: Annotated[str, typer.Option("--settings", metavar="FILE", help="TOML with the tables [oidc] and [limits].")] = "",
) -> None:
    """Serve the hub over HTTP: one process for a file, as many as wanted for PostgreSQL."""
    if bool(tls_cert) != bool(tls_key):
        raise UsageProblem("tls", "TLS needs a certificate and its key.", "Give both --tls-cert and --tls-key.")
    from hubconsole.store.opening import is_database

    store = session.path
    remote = is_database(store)
    if workers > 1 and not remote:
        raise UsageProblem("one_process", "A hub in a file has exactly one server process.", "Leave --workers out, or use PostgreSQL.")
    plan = _plan(host, port, tls_cert, tls_key, forwarded_allow, settings)
    if not tls_cert and host not in _LOOPBACK:
        typer.echo("Plain HTTP on other addresses than this machine's: only behind a proxy that does TLS.", err=True)
    if await_push:
        if read_only:
            raise UsageProblem("read_only", "A hub cannot arrive where nothing is written.", "Leave out --read-only or --await-push.")
        _await(store, plan)
        return
    raise typer.Exit(_serve(store, plan, workers, with_worker=not (no_worker or read_only), readonly=read_only))


def _plan(host: str, port: int, cert: str, key: str, forwarded: str, settings: str) -> "Plan":
    try:
        from hubconsole.server.filing import read_settings
        from hubconsole.server.running import Plan
    except ImportError as error:
        raise Unreachable(
            "no_server", f"The server's packages are not installed ({error.name}).", "Install them: pip install 'hubconsole[server]'."
        ) from error
    if cert:
        _certificate(cert, key)
    return Plan(host=host, port=port, cert=cert, key=key, forwarded=forwarded, settings=read_settings(settings))


def _certificate(cert: str, key: str) -> None:
    """Raise UsageProblem ``tls`` for files with which nothing can be served, before anything is begun."""
    import ssl

    def word() -> str:
        raise UsageProblem("tls", f"The key in {key} is locked with a password.", "Give a key without one, readable by this user alone.")

    try:
        for file in (cert, key):
            with open(file, "rb"):
                pass
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=word)
    except ssl.SSLError as error:
        why = "the key belongs to another certificate" if error.reason == "KEY_VALUES_MISMATCH" else "one of them is no PEM of its kind"
        raise UsageProblem("tls", f"{cert} and {key} cannot be used: {why}.", "Give a certificate chain (PEM) and its key.") from error
    except OSError as error:
        why = f"{error.filename} cannot be read: {error.strerror}."
        raise UsageProblem("tls", why, "Name files that this user may read: --tls-cert and --tls-key.") from error


def _await(store: str, plan: "Plan") -> None:
    from hubconsole.hub.transfer import StoreSide
    from hubconsole.server.awaiting import new_code
    from hubconsole.server.running import listen, wait_for_hub

    side = StoreSide(store)
    if (there := side.end("")) is not None and not side.closed(there.hub_id):
        raise Conflict("hub_exists", f"{side.place} already holds the hub {there.name!r}.", "Serve it, or name another place with --store.")
    sock, code = listen(plan), new_code()
    if wait_for_hub(store, code, plan, sock, lambda: _say_waiting(plan, code)):
        output.say("The hub has arrived. Serve it: hubconsole serve. A first key: hubconsole token issue --as MEMBER.")
        return
    raise Unreachable("no_hub", "No hub arrived.", "Push again; what had come is not lost where it was.")


def _say_waiting(plan: "Plan", code: str) -> None:
    output.say(f"Waiting for a hub at {plan.url}. From where it is: hubconsole push {plan.url} --code {code}")
    sys.stdout.flush()


def _serve(store: str, plan: "Plan", workers: int, *, with_worker: bool, readonly: bool) -> int:
    from hubconsole.server import logs
    from hubconsole.server.running import listen, run, several

    sock = listen(plan)

    def work(place: int) -> int:
        from hubconsole.hub.local import LocalHub

        hub = LocalHub.open(store, readonly=readonly)
        try:
            with _alone(hub, plan.url):
                run(hub, plan, sock, logs.to(), _worker(hub) if with_worker and place == 0 else [], ready=lambda: _say(plan, place))
        finally:
            hub.close()
        return 0

    return several(workers, work) if workers > 1 else work(0)


@contextmanager
def _alone(hub: "LocalHub", url: str) -> Iterator[None]:
    """A file has one server process; the word of who it is lies beside it."""
    if hub.store.dialect.name != "sqlite" or hub.store.readonly:
        yield
        return
    from hubconsole.store.serving import Serving

    with Serving(hub.path, url):
        yield


def _worker(hub: "LocalHub") -> "list[Beside]":
    from hubconsole.cli.background import working
    from hubconsole.cli.dispatching import channels_here

    return [working(hub, channels_here(), "server")]


def _say(plan: "Plan", place: int) -> None:
    if place == 0:
        output.say(f"Serving at {plan.url}. Stop with Ctrl+C.")
        sys.stdout.flush()
