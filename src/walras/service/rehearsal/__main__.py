"""Let the parties of a rehearsal go on: `python -m walras.service.rehearsal FOLDER`; `walras demo` starts it.

FOLDER is that of the script that was played; the environment says where the store is, as for a worker
(`bootstrap.settings_from`). A live store is refused.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

from walras.errors import BadInput
from walras.service.bootstrap import settings_from
from walras.service.rehearsal.cast import Cast
from walras.service.rehearsal.players import Players
from walras.service.rehearsal.script import read_script
from walras.service.rehearsal.stage import staged_again
from walras.service.worker.loop import end_by_signals, repeated

EVERY_SECONDS = 1.0


def main(folder: Path) -> None:
    """Play on until the process is told to end."""
    ending = threading.Event()
    end_by_signals(ending)
    with staged_again(settings_from(os.environ)) as stage:
        players = Players(Cast(read_script(folder), stage))
        repeated("players", EVERY_SECONDS, players.turn, ending)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        main(Path(sys.argv[1]))
    except BadInput as error:
        sys.exit(str(error))
