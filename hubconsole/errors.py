"""Every error that hubconsole raises on purpose, as one tree.

    HubError                 what happened, to what, why, and what to do next
    |- UsageProblem          the request itself is malformed               exit code 2
    |- Refused               the rules say no, and say why                 exit code 3
    |- Conflict              somebody else was first, and who              exit code 4
    `- Unreachable           the hub or its store cannot be used now       exit code 5
       |- StoreProblem       the file is missing, damaged, read-only, on a network disk or full
       `- SchemaTooNew       the store was written by a newer hubconsole

Anything else that escapes is a defect.
"""


class HubError(Exception):
    """Base of the tree.

    ``code`` is a stable word for programs, ``message`` a sentence for people, ``hint`` the next step
    (may be empty). ``exit_code`` is what the command line ends with.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageProblem(HubError):
    """The request is malformed: an unknown field, an empty text, a key that does not exist."""

    exit_code = 2


class Refused(HubError):
    """The domain's rules forbid it for this person, in this state, at this time."""

    exit_code = 3


class Conflict(HubError):
    """Somebody else changed it first. ``winner`` names who, ``at`` is when (ms), ``version`` what stands now."""

    exit_code = 4

    def __init__(self, code: str, message: str, hint: str = "", *, winner: str = "", at: int = 0, version: int = 0) -> None:
        super().__init__(code, message, hint)
        self.winner = winner
        self.at = at
        self.version = version


class Unreachable(HubError):
    """The hub, or the store under it, cannot be used at the moment."""

    exit_code = 5


class StoreProblem(Unreachable):
    """The store file cannot be opened or written as a local SQLite database."""


class SchemaTooNew(Unreachable):
    """The store was written by a newer hubconsole than this one."""
