"""Records kept on disk while their conversations are worked out, so that memory holds ids but no texts."""

import marshal
from array import array
from tempfile import SpooledTemporaryFile

from hubconsole.intake.records import Incoming, pack, unpack

_IN_MEMORY = 32 << 20


class Spool:
    """A growing list of records; up to 32 MiB stay in memory, more go to a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._starts = array("q")
        self._end = 0

    def __len__(self) -> int:
        return len(self._starts)

    def append(self, record: Incoming) -> int:
        """Add a record; its place is returned."""
        self._starts.append(self._end)
        self._file.seek(self._end)
        data = marshal.dumps(pack(record))
        self._file.write(data)
        self._end += len(data)
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> Incoming:
        start = self._starts[place]
        end = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        self._file.seek(start)
        return unpack(marshal.loads(self._file.read(end - start)))

    @property
    def size(self) -> int:
        """Bytes that the records take."""
        return self._end

    def close(self) -> None:
        """Drop the records."""
        self._file.close()
