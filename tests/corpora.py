"""Where the large public text collections are, for the tests that read them."""

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[1]

CORPORA = Path(os.environ.get("HUBCONSOLE_CORPORA", _REPOSITORY / "../shared/data")).resolve()
"""Their folder, which need not be there."""


def needed(name: str = "") -> Path:
    """The folder of the collections, or the file ``name`` in it; the test is skipped where it is absent."""
    place = CORPORA / name
    if not place.exists():
        pytest.skip(f"the text collections are not here ({place}); name their folder in HUBCONSOLE_CORPORA")
    return place
