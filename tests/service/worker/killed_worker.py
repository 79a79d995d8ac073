"""A worker of its own process, for tests that kill it: `python killed_worker.py STORE SECRETS`."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]

if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    from tests.service.worker.stage import load_book

    from walras.service.bootstrap import Settings
    from walras.service.worker.__main__ import WorkerSettings, main
    from walras.service.worker.loop import Turns

    turns = Turns(runs=0.05, timetable=None, sealing=None, webhooks=None)
    main(
        WorkerSettings(
            Settings(Path(sys.argv[2]), sys.argv[1], Path(sys.argv[2])),
            turns=turns,
            stale_seconds=float(sys.argv[3]),
            most_deaths=100,
        ),
        load_book,
    )
