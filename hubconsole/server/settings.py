"""What can be set about a server; the defaults fit a hub of some hundred people behind a reverse proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubconsole.server.oidc import OidcSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits and rhythms of one server process."""

    max_body: int = 4 << 20
    """Bytes in a request's body."""
    max_journal: int = 8 << 30
    """Bytes in the journal of a hub that arrives."""
    max_url: int = 8 << 10
    """Bytes in a request's path and query."""
    max_headers: int = 32 << 10
    """Bytes in a request's headers, names and values together."""
    head_timeout: float = 15.0
    """Seconds from the first byte of a request, or a new connection, to the end of its headers."""
    timeout: float = 30.0
    """Seconds until a request that is no stream is given up."""
    stall_timeout: float = 30.0
    """Seconds after which a connection is closed that takes nothing of what it is sent."""
    token_rate: float = 200.0
    """Requests a second that one token may make in the long run."""
    token_burst: int = 600
    """Requests that one token may make at once after a pause."""
    address_rate: float = 5.0
    """Requests a second without a valid token from one address: logins, and guesses."""
    address_burst: int = 60
    queue: int = 2_000
    """Commands that may wait for the writer; more are answered with 503."""
    group: int = 64
    """Commands in one commit at most."""
    readers: int = 4
    """Threads for reads that may take long, and for all reads where the store is another program."""
    tick: float = 0.05
    """Seconds between two frames of the feed; the first event after a pause leaves at once."""
    poll: float = 0.5
    """Seconds after which the feed looks at the journal although nobody told it to."""
    heartbeat: float = 10.0
    """Seconds between two signs of life on the feed, where the reader asks for nothing else."""
    ring: int = 2_048
    """Frames kept in memory for consoles that come back."""
    resume: int = 20_000
    """Events that a console may have missed and still follow on; after more, a snapshot is cheaper (410)."""
    backlog_bytes: int = 2 << 20
    """Bytes that may wait for one reader of the feed before it is cut off."""
    longest_wait: float = 25.0
    """Seconds that a request may wait for changes without a stream."""
    catch_up: float = 2.0
    """Seconds that a read waits for the place in the journal that it must not be older than (``min_seq``)."""
    most_streams: int = 2_000
    """Readers of the feed at a time in this process."""
    snapshot_rows: int = 50_000
    """Open rows in a snapshot at most."""
    oidc: OidcSettings | None = None
    """The provider by which people may log in; None: only the hub's own device flow."""
