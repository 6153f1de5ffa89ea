"""What must not leak does not: secrets, addresses and words in logs, figures and tracebacks; secrets in the store."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from contextlib import AsyncExitStack

import httpx
import pytest

from hubconsole.hub.local import LocalHub
from hubconsole.server import logs
from hubconsole.server.app import create_app
from tests.api.serving import QUIET, bearer

EMAIL, PHONE, WORDS = "canary.maria@customer.example", "0151-77788899", "canary words of a customer"


async def test_no_secret_and_no_word_of_a_customer_is_in_logs_or_figures(
    hub: LocalHub, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    app = create_app(hub, QUIET, logs.to(written))

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"cannot send {WORDS} to {EMAIL}")

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        ada = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://hub", headers=bearer(tokens["ada"])))
        body = {"channel": "email", "customer": EMAIL, "handle": EMAIL, "text": f"{WORDS} {PHONE}"}
        made = await ada.post("/v1/enquiries", json=body)
        assert made.status_code == 201
        await ada.get("/v1/search", params={"q": PHONE})
        await ada.get("/v1/enquiries", params={"query": f'customer:"{EMAIL}"'})
        await ada.get(f"/v1/enquiries/{EMAIL}")
        await ada.get(f"/{EMAIL}/{PHONE}")
        await ada.post("/v1/commands", json={"command": {"kind": EMAIL}})
        await ada.get("/v1/hub", headers={"authorization": f"Bearer hct_{PHONE}"})
        await ada.get("/v1/hub", headers={"x-request-id": PHONE, "user-agent": EMAIL, "referer": EMAIL})
        issued = (await ada.post("/v1/tokens", json={"scope": "read", "label": EMAIL})).json()
        codes = (await ada.post("/v1/device/code", json={"client": EMAIL})).json()
        monkeypatch.setattr(hub, "search", broken)
        assert (await ada.get("/v1/search", params={"q": WORDS})).status_code == 500
        monkeypatch.setattr(hub, "execute_many", broken)
        failed = await ada.post("/v1/enquiries", json=body)
        assert failed.status_code == 500
        figures = (await ada.get("/metrics")).text
    told = written.getvalue() + figures + "".join(capfd.readouterr())
    secrets = [*tokens.values(), issued["secret"], codes["device_code"], codes["user_code"]]
    for canary in (EMAIL, PHONE, WORDS, "canary", *secrets):
        assert canary not in told, canary
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    defects = [line for line in lines if line["what"] == "defect"]
    assert [line["error"] for line in defects] == ["RuntimeError", "RuntimeError"]
    assert all("test_canaries.py" in line["where"][-1] for line in defects)
    by_operation = {line["operation"]: line for line in lines}
    assert by_operation["receive_enquiry"]["token"] and by_operation["receive_enquiry"]["ms"] > 0
    assert re.search(r'^hubconsole_requests_total\{operation="receive_enquiry",process="[^"]+",status="201"\} 1\.0$', figures, re.MULTILINE)


def test_the_framework_tells_nobody_whatever_the_environment_says(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    told = getattr(create_app(hub, QUIET), "_telemetry", {})  # older versions have none
    assert [name for name in ("tracing", "metrics", "logs", "auto_configure") if told.get(name)] == []


async def test_no_token_can_be_got_out_of_a_dump_of_the_store(hub: LocalHub, tokens: dict[str, str]) -> None:
    conn = sqlite3.connect(hub.path)
    dump = "\n".join(conn.iterdump())
    conn.close()
    assert len(tokens) == 8 and "token" in dump
    for secret in tokens.values():
        assert secret not in dump and secret.removeprefix("hct_") not in dump
