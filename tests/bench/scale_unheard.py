"""``hubconsole`` whose notifications reach nobody: ``python -m tests.bench.scale_unheard serve ...``."""

import sys

from hubconsole.__main__ import main
from hubconsole.store import postgres

if __name__ == "__main__":
    vars(postgres)["channel"] = lambda hub_id: "nobody"
    sys.exit(main())
