"""The npm package oidc-provider, installed once into a folder of this machine and run for a test; and a person with a browser."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

VERSION, FOR_OLDER_NODE = "9.13.3", "8.8.1"
"""The newest one needs Node 20; Debian has had Node 18 for long."""
_SCRIPT = Path(__file__).with_name("provider.mjs")
_ENVIRONMENT = dict(os.environ)
"""As it was before tests moved the home folder: npm finds its registry and its cache by it."""


def installed() -> Path:
    """A folder with the package in ``node_modules``, kept for the next run. Fails the test, with the reason, where that cannot be."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is not installed, and the test of a real identity provider needs it: apt-get install nodejs npm")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, env=_ENVIRONMENT).stdout
    version = VERSION if int(said.strip().lstrip("v").split(".")[0]) >= 20 else FOR_OLDER_NODE
    home = Path(tempfile.gettempdir()) / f"hubconsole-oidc-provider-{version}-{os.getuid()}"
    if (home / "node_modules" / "oidc-provider").is_dir():
        return home
    scratch = Path(tempfile.mkdtemp(prefix=f"{home.name}."))
    command = ["npm", "install", "--prefix", str(scratch), "--no-audit", "--no-fund", "--ignore-scripts", f"oidc-provider@{version}"]
    ran = subprocess.run(command, capture_output=True, text=True, env=_ENVIRONMENT, timeout=300, cwd=scratch)
    if ran.returncode:
        pytest.fail(f"npm could not install oidc-provider {version}: {ran.stderr[-2000:]}")
    try:
        scratch.rename(home)
    except OSError:  # another test process was first
        shutil.rmtree(scratch)
    return home


@contextmanager
def running() -> Iterator[str]:
    """The provider; its address."""
    home = installed()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        ["node", str(_SCRIPT), str(home), str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_ENVIRONMENT
    ) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.strip() == "listening":
                    break
            else:
                pytest.fail(f"the provider did not start: {''.join(said)}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def in_the_browser(address: str, name: str, *, agree: bool = True) -> str:
    """Somebody opens the address and fills in every form until there is none: confirms the code, logs in, consents.

    Without ``agree`` they press Abort at the code. The last page's title is returned.
    """
    with httpx.Client(follow_redirects=True, timeout=20) as browser:
        page = browser.get(address)
        for _ in range(8):
            form = re.search(r"<form(.*?)</form>", page.text, re.DOTALL)
            if form is None:
                break
            action = re.search(r'action="([^"]*)"', form[1])
            fields = dict(re.findall(r'<input[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"', form[1]))
            if 'name="login"' in form[1]:
                fields |= {"login": name, "password": "any"}
            if "confirm" in fields and not agree:
                fields["abort"] = "yes"
            assert action is not None
            page = browser.post(urljoin(str(page.url), unescape(action[1])), data=fields)
        title = re.search(r"<title>(.*?)</title>", page.text)
        return unescape(title[1]) if title else ""
