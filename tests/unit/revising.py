"""Revisions of the schema that a test makes up."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from hubconsole.store.sqlite import SCHEMA_VERSION
from hubconsole.store.upgrade import script_directory

NEXT = SCHEMA_VERSION + 1
ABOUT = f"from alembic import op\nimport sqlalchemy as sa\nrevision = '{NEXT:04}'\ndown_revision = '{SCHEMA_VERSION:04}'\n"
"""How a revision begins that comes after the newest."""


def own_revisions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the revisions that upgrades are taken from instead of the package's own; files can be added to it and removed."""
    home = folder / "migrations"
    with script_directory() as script:
        shutil.copytree(script.dir, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("hubconsole.store.upgrade.files", lambda package: folder)
    return home / "versions"


def know(monkeypatch: pytest.MonkeyPatch, engine: ModuleType, version: int) -> None:
    """The program is one that knows this schema, on this engine."""
    monkeypatch.setattr(engine, "SCHEMA_VERSION", version)
    monkeypatch.setattr("hubconsole.store.upgrade.SCHEMA_VERSION", version)
