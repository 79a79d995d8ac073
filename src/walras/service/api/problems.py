"""The one shape of every refusal: an RFC 9457 problem with the list of mistakes.

The rule of a mistake decides the status, in one table; a rule that is not in it is 422. Where
mistakes of several statuses come together, the answer is 422.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from starlette.responses import JSONResponse

from walras.errors import BadInput, Mistake, WalrasError

MEDIA_TYPE = "application/problem+json"
MOST_MISTAKES = 1000
"""An answer lists at most so many mistakes, and then says how many there are."""

STATUSES: dict[str, int] = {
    "json": 400, "json_keys": 400, "json_number": 400, "json_depth": 400, "json_text": 400, "parameter_text": 400,
    "parameter_once": 400, "idempotency_key_form": 400, "content_length": 400,
    "four_eyes": 403,
    "path_known": 404, "session_known": 404, "company_known": 404, "user_known": 404, "market_known": 404,
    "key_known": 404, "proposal_known": 404, "artefact_known": 404, "case_known": 404, "document_known": 404,
    "method_known": 405,
    "idempotency_key": 409, "session_moves": 409, "one_run": 409, "session_unique": 409,
    "result_newest": 409, "gate": 409,
    "session_time": 409, "session_open": 409, "proposal_waiting": 409, "objection_waiting": 409,
    "objection_window": 409, "objections_answered": 409, "objections_upheld": 409,
    "esmp_not_matched": 409, "contract_known": 404, "one_replay": 409, "result_known": 404,
    "supply_agreement_known": 404,
    "body_size": 413, "media_type": 415, "rate": 429, "busy": 429, "store_answers": 503,
}  # fmt: skip


class Refused(WalrasError):
    """A request ends here, with a status of its own and a mistake."""

    def __init__(self, mistake: Mistake, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        self.mistake, self.status, self.headers = mistake, status, dict(headers or {})
        super().__init__(str(mistake))


def refused(what: str, where: str, rule: str, fix: str, headers: Mapping[str, str] | None = None) -> Refused:
    """Return the refusal of a request by a rule of the API, with the status of the rule."""
    return Refused(Mistake(what, where, rule, fix), STATUSES.get(rule, 422), headers)


def status_of(mistakes: Iterable[Mistake]) -> int:
    """Return the status of a list of mistakes.

    >>> status_of([Mistake("there is no session", "session", "session_known", "Take another.")])
    404
    """
    found = {STATUSES.get(m.rule, 422) for m in mistakes}
    return found.pop() if len(found) == 1 else 422


def problem(
    status: int, mistakes: Iterable[Mistake], request_id: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the answer to a request that is refused."""
    listed = list(mistakes)
    rule = listed[0].rule if listed else "internal"
    content: dict[str, Any] = {
        "type": f"urn:walras:problem:{rule}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(listed),
        "instance": request_id,
        "mistakes": [{"what": m.what, "where": m.where, "rule": m.rule, "fix": m.fix} for m in listed[:MOST_MISTAKES]],
    }
    return JSONResponse(content, status, dict(headers or {}), MEDIA_TYPE)


def internal(request_id: str) -> JSONResponse:
    """Return the answer when a mistake of ours was found: nothing about the inside, only the id to report."""
    fix = "Report it with the request id; the same request may be sent again."
    return problem(500, [Mistake("an internal error", "server", "internal", fix)], request_id)


def from_validation(error: ValidationError) -> BadInput:
    """Return what pydantic found as mistakes; the rule is the kind of error that it names."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return BadInput(_mistake(e) for e in found)


def _mistake(error: Any) -> Mistake:
    where = ".".join(str(part) for part in error["loc"]) or "body"
    kind = str(error["type"])
    rule = {"missing": "field_missing", "extra_forbidden": "field_known"}.get(kind, "field_type")
    if kind.startswith(("string_", "greater_", "less_", "too_", "literal_", "finite_")) and not kind.endswith("_type"):
        rule = "field_value"
    fixes = {
        "field_missing": "Send this field.",
        "field_known": "Leave this field out.",
        "field_type": "Send the type that the API's description names.",
        "field_value": "Send a value within the limits of the API's description.",
    }
    return Mistake(str(error["msg"]), where, rule, fixes[rule])


def _detail(mistakes: list[Mistake]) -> str:
    if not mistakes:
        return ""
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return f"{mistakes[0].where}: {mistakes[0].what}{more}"
