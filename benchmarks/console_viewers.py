"""Viewers of the public pages: each looks at the list and at a session, thinks, and looks again.

`python console_viewers.py PLAN` (JSON); prints one line of JSON. A third of them come again with
the tag of what they have, as a browser does after ten seconds; they read three languages, and
look at a period of their own.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time

import httpx

LANGUAGES = ("en", "de", "ru")
THINK_SECONDS = (2.0, 6.0)
SESSION = re.compile(r'href="(/public/[^"?#]+)')


class Viewers:
    """All viewers, what they asked for and how long it took."""

    def __init__(self, base: str, sessions: list[str], seconds: float) -> None:
        self.base, self.sessions, self.ends = base, sessions, time.monotonic() + seconds
        self.times: dict[str, list[float]] = {}
        self.statuses: dict[int, int] = {}
        self.anew = 0

    async def look(self, draw: random.Random) -> None:
        """Be one viewer."""
        language, has_tags = draw.choice(LANGUAGES), draw.random() < 1 / 3
        tags: dict[str, str] = {}
        limits = httpx.Limits(max_connections=2)
        async with httpx.AsyncClient(base_url=self.base, timeout=60, limits=limits) as http:
            http.headers["Accept-Language"] = language
            await asyncio.sleep(draw.uniform(0, THINK_SECONDS[1]))
            while time.monotonic() < self.ends:
                await self._get(http, "list", "/public", tags if has_tags else {})
                await asyncio.sleep(draw.uniform(*THINK_SECONDS))
                page = draw.choice(self.sessions)
                if draw.random() < 0.5:
                    page += f"?mtu={draw.randrange(1, 25)}"
                await self._get(http, "session", page, tags if has_tags else {})
                await asyncio.sleep(draw.uniform(*THINK_SECONDS))

    async def _get(self, http: httpx.AsyncClient, what: str, address: str, tags: dict[str, str]) -> None:
        known = {"If-None-Match": tags[address]} if address in tags else {}
        began = time.perf_counter()
        try:
            answer = await http.get(address, headers=known)
        except httpx.TransportError:  # the server closed an idle connection at this moment; a browser asks anew too
            answer = await http.get(address, headers=known)
            self.anew += 1
        self.times.setdefault(what, []).append(time.perf_counter() - began)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        tags[address] = answer.headers.get("ETag", "")


async def main(plan: dict) -> None:
    """Let all viewers look, and print what was measured."""
    front = httpx.get(f"{plan['base']}/public").raise_for_status().text
    sessions = sorted(set(SESSION.findall(front)))
    assert sessions, "the public list is empty"
    viewers = Viewers(plan["base"], sessions, plan["seconds"])
    draw = random.Random(2)
    await asyncio.gather(*(viewers.look(random.Random(draw.random())) for _ in range(plan["viewers"])))
    said = {"times": viewers.times, "statuses": viewers.statuses, "asked anew": viewers.anew, "sessions": len(sessions)}
    print(json.dumps(said | {"cpu_s": time.process_time()}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
