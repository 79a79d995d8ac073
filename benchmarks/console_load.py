"""Load on the console: 200 viewers of the public pages, 50 traders who type, one browser, and the memory they take.

`python benchmarks/console_load.py [FOLDER]` prints tables; their figures are kept by hand in
docs/performance.md ("The console"). FOLDER is what `walras demo two-states --no-serve --out FOLDER`
left; without it the day is played first. About eight minutes, since screens that left are waited
for, and it is all done again to see whether memory comes back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from console_browser import CHROMIUM
from console_stand import Living, living

from walras.service.console.app import RECONNECT_SECONDS

HERE = Path(__file__).parent
VIEWERS, TRADERS = 200, 50
SECONDS, SPREAD_SECONDS = 60.0, 10.0
AGAIN_SECONDS = 15.0
GONE_SECONDS = RECONNECT_SECONDS + 20
"""After so long a screen whose browser left is taken away."""
ROUNDS = 3


def main(words: Sequence[str]) -> None:
    """Load a living market and print what it took."""
    played = Path(words[0]) if words else None
    with living(TRADERS, played) as market:
        _warm(market)
        print("| when | API MB | console MB | load |\n|---|---|---|---|")
        _say_memory(market, "before")
        for told in [_round(market, n) for n in range(ROUNDS)]:
            print(f"\n{told}", flush=True)


def _warm(market: Living) -> None:
    """Load every page once, so that what is read once is no part of the figures."""
    for address in ("/public", f"/orders/{market.session}", "/orders", "/sign-in"):
        base = market.api if address == "/public" else market.console
        httpx.get(f"{base}{address}", cookies={"walras-sign-in": market.tokens[0]}, timeout=60).raise_for_status()


def _round(market: Living, number: int) -> str:
    """Let everybody come, work and leave; return what was measured."""
    is_full = number == 0
    seconds = SECONDS if is_full else AGAIN_SECONDS
    cpu, began = market.cpu_s(), time.monotonic()
    traders = _child("traders", {
        "base": market.console, "address": f"/orders/{market.session}", "tokens": market.tokens, "day": market.day,
        "seconds": seconds, "spread_s": SPREAD_SECONDS,
    })  # fmt: skip
    beside = _others(market, seconds) if is_full else {}
    assert traders.stdout is not None
    assert traders.stdout.readline() == "opened\n", "the traders' screens did not open"
    _say_memory(market, f"round {number + 1}: {TRADERS} screens opened")
    assert traders.stdout.readline() == "typed\n", "the traders did not type to the end"
    after, took = market.cpu_s(), time.monotonic() - began
    _say_memory(market, f"round {number + 1}: {TRADERS} screens after {seconds:.0f} s of typing")
    print(f"(CPU: {', '.join(f'{n} {100 * (after[n] - cpu[n]) / took:.0f} %' for n in cpu)})", flush=True)
    answers = {"traders": _answer(traders, "\n")} | {name: _answer(child) for name, child in beside.items()}
    time.sleep(GONE_SECONDS)
    _say_memory(market, f"round {number + 1}: {GONE_SECONDS:.0f} s after they left")
    return _table(number, answers)


def _others(market: Living, seconds: float) -> dict[str, subprocess.Popen]:
    plan = {"base": market.api, "viewers": VIEWERS, "seconds": seconds + SPREAD_SECONDS}
    found = {"viewers": _child("viewers", plan)}
    if CHROMIUM.exists():
        pages = {"/orders/{session}": f"/orders/{market.session}", "/orders": "/orders"}
        plan = {"base": market.console, "token": market.tokens[-1], "addresses": pages, "seconds": seconds}
        found["browser"] = _child("browser", plan)
    return found


def _child(name: str, plan: dict) -> subprocess.Popen:
    command = [sys.executable, str(HERE / f"console_{name}.py"), json.dumps(plan)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _answer(child: subprocess.Popen, said: str = "") -> dict:
    out, _ = child.communicate(said, timeout=180)
    assert child.returncode == 0, f"a load tool ended with {child.returncode}"
    return json.loads(out.splitlines()[-1])


def _table(number: int, answers: dict[str, dict]) -> str:
    lines = [f"Round {number + 1}", "", "| who | what | count | p50 ms | p95 ms | most ms |"]
    lines.append("|---|---|---|---|---|---|")
    for who, answer in answers.items():
        for what, times in answer["times"].items():
            at = sorted(times)
            p50, p95 = (1000 * at[min(int(len(at) * q), len(at) - 1)] for q in (0.5, 0.95))
            lines.append(f"| {who} | {what} | {len(at)} | {p50:.0f} | {p95:.0f} | {1000 * at[-1]:.0f} |")
        lines += [f"{who}: {name} {value}" for name, value in answer.items() if name != "times"]
    return "\n".join(lines) + "\n"


def _say_memory(market: Living, when: str) -> None:
    mb = market.resident_mb()
    print(f"| {when} | {mb['API']:.0f} | {mb['console']:.0f} | {os.getloadavg()[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
