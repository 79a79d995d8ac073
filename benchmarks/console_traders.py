"""Traders at the console: each loads the orders of a session, types, pastes a day and checks.

`python console_traders.py PLAN` (JSON); prints one line of JSON. A line `opened` says when all
screens are there, so that whoever started this can look at the memory meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

import httpx
from console_screen import Screen

HEAD = "order\tzone\tcarrier\tside\tmtu_start\tstep\tprice_start\tprice_end\tquantity_mw\n"
KEY_SECONDS = (0.8, 2.5)
"""From one cell to the next."""
CHECK_SECONDS, PASTE_SECONDS = 20.0, 15.0


def rows(day: str, name: str) -> str:
    """Return a day of one step an hour as a spreadsheet copies it."""
    lines = (f"{name}\tBY\telectricity\tdemand\t{day} {h:02d}:00\t1\t{90 + h}.5\t\t10\n" for h in range(24))
    return HEAD + "".join(lines)


async def trade(screen: Screen, day: str, seconds: float, draw: random.Random) -> None:
    """Type at a screen for some time."""
    sheet, check = screen.element(data_sheet="Curves"), screen.element(label="Check")
    ends, name = time.monotonic() + seconds, f"t{draw.randrange(10**6)}"
    next_check = time.monotonic() + draw.uniform(5, CHECK_SECONDS)
    next_paste = time.monotonic()  # before any cell is typed: a sheet has fewer rows until then
    while time.monotonic() < ends:
        await asyncio.sleep(draw.uniform(*KEY_SECONDS))
        now = time.monotonic()
        if now > next_paste:
            next_paste = now + PASTE_SECONDS
            text = rows(day, name)
            await screen.act("paste of 24 rows", sheet, "paste", text, 0, "order", until=_runs("setGridOption"))
        elif now > next_check:
            next_check = now + CHECK_SECONDS
            await screen.act("Check", check, "click", until=_says("no mistake", "Mistakes: "))
        else:
            at, typed = draw.randrange(24), f"{draw.randrange(50, 200)}.{draw.randrange(10)}0"
            edit = {"rowIndex": at, "colId": "price_start", "newValue": typed}
            await screen.act("a price typed", sheet, "cellValueChanged", edit, until=_runs("setDataValue"))


def _runs(method: str):
    return lambda kind, content: kind == "run_javascript" and method in content


def _says(*texts: str):
    return lambda kind, content: kind == "update" and any(text in content for text in texts)


async def main(plan: dict) -> None:
    """Open the screens, one after another within some seconds; type; leave."""
    draw = random.Random(1)
    screens = [Screen(plan["base"], token, plan["address"]) for token in plan["tokens"]]
    loads = []
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:

        async def one(n: int, screen: Screen) -> None:
            await asyncio.sleep(n * plan["spread_s"] / len(screens))
            loads.append(await screen.open(http))

        await asyncio.gather(*(one(n, s) for n, s in enumerate(screens)))
    print("opened", flush=True)
    await asyncio.gather(*(trade(s, plan["day"], plan["seconds"], random.Random(draw.random())) for s in screens))
    print("typed", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(s.close() for s in screens))
    times: dict[str, list[float]] = {"page": loads}
    for screen in screens:
        for what, found in screen.times.items():
            times.setdefault(what, []).extend(found)
    lost = [what for s in screens for what in s.lost]
    sizes = sorted(s.bytes for s in screens)
    print(json.dumps({"times": times, "lost": lost, "kb": sizes[len(sizes) // 2] / 1000, "cpu_s": time.process_time()}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
