"""A file of a million steps at the door, in a process of its own: seconds of each part, and memory.

`python door_file.py STORE` prints one line of JSON; `door_load.py` starts it.
"""

from __future__ import annotations

import io
import json
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from door_stand import MIDNIGHT, SESSION, code, database, found

from walras.service.bootstrap import Settings, build
from walras.service.commands import SendFile
from walras.service.roles import Actor, Role
from walras.service.store.engine import open_store
from walras.service.store.migrations import migrate

ORDERS, MTUS, STEPS = 417, 24, 100


def the_file() -> bytes:
    """Return a zip of Parquet tables: 417 curves of 24 MTUs with 100 steps each, 1,000,800 steps."""
    names = [f"c{i:04d}" for i in range(ORDERS)]
    starts = [MIDNIGHT + timedelta(hours=h) for h in range(MTUS)]
    shape = (ORDERS, MTUS, STEPS)
    order, mtu, step = (a.ravel() for a in np.indices(shape))
    headers = {"order": names, "zone": "North", "carrier": "electricity", "side": "supply"}
    draw = np.random.default_rng(1)
    price = pl.Series((1000 + draw.integers(1, 200, shape).cumsum(axis=2).ravel()) / 100)
    times = pl.Series(starts).gather(mtu).cast(pl.Datetime("us", "UTC"))
    steps = {
        "order": pl.Series(names).gather(order), "mtu_start": times,
        "step": pl.Series(step + 1), "price_start_cur_per_mwh": price, "price_end_cur_per_mwh": price,
        "quantity_mw": pl.Series(draw.integers(1, 1000, len(order)) / 10),
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, table in (("curve_orders", pl.DataFrame(headers)), ("curve_steps", pl.DataFrame(steps))):
            content = io.BytesIO()
            table.rename({c: c.replace("cur", "eur") for c in table.columns if "_cur_" in c}).write_parquet(content)
            packed.writestr(f"{name}.parquet", content.getvalue())
    return out.getvalue()


def measured(kind: str, folder: Path) -> dict:
    """Read, check and store the file as the upload does."""
    data = the_file()
    with database(kind, folder) as (url, _):
        store = open_store(url)
        migrate(store)
        found(store, folder, 1)
        store.close()
        service = build(Settings(folder, url, folder / "keys"))
        assert service.door is not None
        actor = Actor(Role.MEMBER, f"U-{code(0)}", code(0), f"key{code(0)}")
        before = _peak_mb()
        begun = time.perf_counter()
        future = service.door.upload(actor, SendFile(session=SESSION, kind="parquet"), data, "one")
        read = time.perf_counter()
        future.result(600)
        done = time.perf_counter()
        used = time.process_time()
        service.close()
    return {
        "steps": ORDERS * MTUS * STEPS, "file_mb": len(data) / 1e6, "read_s": read - begun,
        "store_s": done - read, "cpu_s": used, "before_mb": before, "peak_mb": _peak_mb(),
    }  # fmt: skip


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="walras-file-"))
    try:
        print(json.dumps(measured(sys.argv[1], place)))
    finally:
        shutil.rmtree(place, ignore_errors=True)
