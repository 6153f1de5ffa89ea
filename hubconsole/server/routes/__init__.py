"""The operations of the API, one module per group. Importing all of them fills the list."""

from importlib import import_module

from hubconsole.server.operations import OPERATIONS, Operation

_MODULES = ("board", "commands", "enquiries", "changes", "about", "evidence", "looking", "health", "worker", "tokens", "logins", "transfer")
"""In the order in which paths are tried: what is asked most comes first."""


def load() -> dict[str, Operation]:
    """Every operation by its id."""
    for name in _MODULES:
        import_module(f"hubconsole.server.routes.{name}")
    return OPERATIONS
