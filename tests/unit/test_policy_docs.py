"""What docs/policy.md says about a policy is what a policy is."""

import re
from pathlib import Path

from hubconsole.domain.policy import parse_policy

DOCS = Path(__file__).resolve().parents[2] / "docs" / "policy.md"


def _example() -> str:
    found = re.search(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_example_is_a_policy_and_names_every_key() -> None:
    policy = parse_policy(_example(), "docs/policy.md")
    assert [rule.id for rule in policy.rules] == ["G-01"]
    for key in ("approval_hours", "undo_seconds", "claim_minutes", "quiet_days", "amend", "tiny_team", "targets", "limits"):
        assert re.search(rf"^\[?{key}\b", _example(), re.MULTILINE), key


def test_the_values_in_the_example_are_the_defaults() -> None:
    said, silent = parse_policy(_example()), parse_policy('name = "public-only"')
    for field in ("approval_ms", "undo_ms", "claim_ms", "quiet_ms", "amend", "tiny_team", "first_reply", "next_reply", "decision"):
        assert getattr(said, field) == getattr(silent, field), field
