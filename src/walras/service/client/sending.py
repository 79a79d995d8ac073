"""One request, sent until it is answered; a command is carried out once however often it is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from walras.errors import Mistake, Problem

AGAIN = {429, 503}
"""Statuses after which the same request may be sent again."""


@dataclass
class Sender:
    """Sends requests and tries again where that is safe.

    Attributes:
        http: What sends.
        tries: How often a request is sent at most.
        pause_seconds: Before the second try; doubled before each further one.
        sleep: What waits.
    """

    http: httpx.Client
    tries: int = 5
    pause_seconds: float = 0.2
    sleep: Callable[[float], None] = time.sleep

    def send(self, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        """Return the answer.

        Raises:
            Problem: The service refused the request, or could not be reached (status 0).
        """
        pause = self.pause_seconds
        for attempt in range(1, self.tries + 1):
            wait = pause
            try:
                response = self.http.request(method, path, headers=headers, **more)
            except httpx.TransportError as error:
                if attempt == self.tries:
                    raise _unreachable(str(error) or type(error).__name__) from error
            else:
                if response.status_code not in AGAIN or attempt == self.tries:
                    return _checked(response)
                wait = max(pause, _seconds(response.headers.get("retry-after", "")))
            self.sleep(wait)
            pause *= 2
        raise AssertionError("unreachable")


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    try:
        content = response.json()
        mistakes = [Mistake(**{n: str(m[n]) for n in ("what", "where", "rule", "fix")}) for m in content["mistakes"]]
        raise Problem(response.status_code, mistakes, str(content["instance"]))
    except (ValueError, KeyError, TypeError) as error:
        what = f"the answer has status {response.status_code} and is no problem of this API"
        mistake = Mistake(
            what, str(response.url), "answer_form", "Check the address and what stands before the service."
        )
        raise Problem(response.status_code, [mistake]) from error


def _unreachable(why: str) -> Problem:
    what = f"the service cannot be reached: {why}"
    fix = "Check the address and the network; the same request may be sent again."
    return Problem(0, [Mistake(what, "connection", "service_reached", fix)])


def _seconds(text: str) -> float:
    return min(float(text), 60.0) if text.isascii() and text.isdigit() else 0.0
