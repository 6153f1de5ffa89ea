"""Column mappings that the hub keeps, by the signature of a header."""

import json
from collections.abc import Mapping

from hubconsole.domain.commands import SaveSetting
from hubconsole.errors import UsageProblem
from hubconsole.intake.columns import parse_mapping

SETTING = "mapping"
"""The kind of setting, as ``Hub.saved`` and ``SaveSetting`` call it."""


def remembered(saved: Mapping[str, str], signature: str) -> dict[str, str]:
    """The mapping (field to column) kept for a header; empty when there is none, or none that can be read."""
    try:
        loaded = json.loads(saved.get(signature, "{}"))
        return parse_mapping({str(field): str(column) for field, column in loaded.items()})
    except (ValueError, AttributeError, UsageProblem):  # written by hand or by another version: guess instead
        return {}


def to_keep(saved: Mapping[str, str], signature: str, mapping: Mapping[str, str]) -> SaveSetting | None:
    """The command that keeps a mapping, or None when it is kept already."""
    if not mapping or remembered(saved, signature) == mapping:
        return None
    return SaveSetting(setting=SETTING, name=signature, value=json.dumps(dict(sorted(mapping.items())), ensure_ascii=False))
