"""The OpenAPI 3.1 document, written from the registries."""

from __future__ import annotations

import inspect
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from walras.service.api.problems import MEDIA_TYPE
from walras.service.commands import CheckFile, Command, SendFile
from walras.service.intake.kinds import MEDIA_OF
from walras.service.queries import (
    GetBundle,
    GetDocument,
    GetFilledTemplate,
    GetLedgerFile,
    GetMarketDocument,
    GetTemplate,
    GetTrailFile,
    Query,
)
from walras.service.roles import Role

Json = dict[str, Any]
ABOUT = """A common energy market: commands change it, queries read it.

Every refusal is a problem (RFC 9457) with a list of mistakes: what, where, rule, fix. Send keys as
`Authorization: Bearer wk_…`. Times are UTC, ids are texts, lists come in pages."""
COMMAND_STATUSES = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")
FILES: frozenset[type[Query]] = frozenset(
    {GetBundle, GetDocument, GetFilledTemplate, GetLedgerFile, GetMarketDocument, GetTemplate, GetTrailFile}
)
"""Queries that are answered with a file."""
QUERY_STATUSES = ("400", "401", "403", "404", "422", "429", "503")
PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "mistakes"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The id of the request."},
        "mistakes": {"type": "array", "items": {"$ref": "#/components/schemas/Mistake"}},
    },
}
MISTAKE: Json = {
    "type": "object",
    "required": ["what", "where", "rule", "fix"],
    "properties": {name: {"type": "string"} for name in ("what", "where", "rule", "fix")},
}
ANSWER: Json = {"type": "object", "description": "What the command did."}
ITEM: Json = {"type": "object"}
PAGE: Json = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": ITEM},
        "next": {"type": ["string", "integer", "null"], "description": "Where the next page begins; null at the end."},
    },
}
KEY_HEADER: Json = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "The same key with the same content gets the same answer and is carried out once.",
    "schema": {"type": "string", "pattern": r"^[!-~]{1,80}$"},
}  # fmt: skip


@cache
def document(commands: tuple[type[Command], ...], queries: tuple[type[Query], ...]) -> Json:
    """Return the OpenAPI document of these commands and queries: written once, for reading only."""
    models: list[type[BaseModel]] = [c for c in commands if c not in (SendFile, CheckFile)]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    own = {"Problem": PROBLEM, "Mistake": MISTAKE, "Answer": ANSWER, "Page": PAGE, "Item": ITEM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Walras", "version": version("walras"), "description": ABOUT},
        "security": [{"key": []}],
        "paths": {"/v1" + c.address(): {"post": _command(c)} for c in commands}
        | {"/v1" + q.path: {"get": _query(q)} for q in queries},
        "components": {
            "schemas": definitions.get("$defs", {}) | own,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key, wk_…"}},
        },
    }


def _command(command: type[Command]) -> Json:
    said = "What it would be; nothing is sent." if command is CheckFile else "Done, on disk."
    answer = {"description": said, "content": _content("Answer")}
    operation = _operation(command, "commands", COMMAND_STATUSES, answer)
    if command in (SendFile, CheckFile):
        file = {"schema": {"type": "string", "format": "binary"}}
        body: Json = {"required": True, "content": dict.fromkeys(sorted(set(MEDIA_OF.values())), file)}
        more = [KEY_HEADER] if command is SendFile else []
        return operation | {"requestBody": body, "parameters": [*parameters(command), *more]}
    body = {"required": True, "content": _content(command.__name__)}
    return operation | {"requestBody": body, "parameters": [KEY_HEADER]}


def _query(query: type[Query]) -> Json:
    if query in FILES:
        file = {"description": "The file.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
        kept = {"304": {"description": "The caller has it already."}}
        operation = _operation(query, "queries", QUERY_STATUSES, file)
        return operation | {"parameters": parameters(query), "responses": operation["responses"] | kept}
    page = "Page" if query.__name__.startswith("List") else "Item"
    answer = {"description": "What was asked for.", "content": _content(page)}
    return _operation(query, "queries", QUERY_STATUSES, answer) | {"parameters": parameters(query)}


def _operation(asked: type[Command] | type[Query], tag: str, statuses: tuple[str, ...], answer: Json) -> Json:
    text = inspect.cleandoc(asked.__doc__ or "")
    roles = ", ".join(sorted(asked.roles))
    four = " Two officers: the answer is a proposal." if getattr(asked, "is_critical", False) else ""
    operation: Json = {
        "operationId": asked.word(),
        "tags": [tag],
        "summary": text.splitlines()[0],
        "description": f"{text}\n\nRoles: {roles}. Scope of a key: {asked.scope}.{four}",
        "responses": {"200": answer} | {s: _problem(s) for s in statuses},
    }
    return operation | ({"security": [{}, {"key": []}]} if Role.PUBLIC in asked.roles else {})


def parameters(query: type[Query] | type[Command]) -> list[Json]:
    """Return the parameters of an address: those named in its path, and the others in the address."""
    schema = query.model_json_schema()
    required = schema.get("required", [])
    found = []
    for name, content in schema.get("properties", {}).items():
        is_path = f"{{{name}}}" in query.path
        found.append({
            "name": name, "in": "path" if is_path else "query", "required": is_path or name in required,
            "schema": _without_null(content),
        })  # fmt: skip
    return found


def _without_null(schema: Json) -> Json:
    """Return the schema of a parameter, which is there or not, and never null."""
    schema = {name: value for name, value in schema.items() if name != "title"}
    choices = [s for s in schema.get("anyOf", []) if s.get("type") != "null"]
    return choices[0] if choices else schema


def _content(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _problem(status: str) -> Json:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "Refused: a problem with its mistakes.", "content": content}
