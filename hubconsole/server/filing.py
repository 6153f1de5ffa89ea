"""The server's settings file: TOML with the tables ``[oidc]`` and ``[limits]``."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

from hubconsole.errors import UsageProblem
from hubconsole.server.oidc import settings_from
from hubconsole.server.settings import Settings

_LIMITS = {one.name: one.default for one in fields(Settings) if one.name != "oidc"}


def read_settings(file: str) -> Settings:
    """The settings in a file; the defaults without one. Raises UsageProblem ``settings``."""
    if not file:
        return Settings()
    try:
        table = tomllib.loads(Path(file).expanduser().read_text("utf-8"))
    except OSError as error:
        raise UsageProblem("settings", f"{file} cannot be read: {error.strerror}.", "Name another file after --settings.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem("settings", f"{file} is not valid TOML: {error}.", "See docs/api.md.") from error
    unknown = sorted(table.keys() - {"oidc", "limits"})
    if unknown:
        raise UsageProblem("settings", f"{file} has a table {unknown[0]!r} that the server does not know.", "It knows [oidc] and [limits].")
    limits = table.get("limits", {})
    for name, value in limits.items():
        default = _LIMITS.get(name)
        if default is None or isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise UsageProblem("settings", f"{file}: {name} is not set to a limit that there is.", f"There are: {', '.join(_LIMITS)}.")
        if isinstance(default, int) and not isinstance(value, int):
            raise UsageProblem("settings", f"{file}: {name} must be a whole number.", f"For example {name} = {default}.")
    return Settings(**limits, oidc=settings_from(table["oidc"]) if "oidc" in table else None)
