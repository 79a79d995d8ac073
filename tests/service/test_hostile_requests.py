"""Each hostile request by name: a problem with its rule, nothing stored, never a 5xx."""

import json

import pytest
from sqlalchemy import func, select

from walras.service.api import auth
from walras.service.api.problems import MEDIA_TYPE, STATUSES
from walras.service.store.schema import api_keys, metadata

GOOD = {"company": "M-0001", "name": "Ada Example", "email": "ada@example.invalid"}


def with_name(text):
    """The body of add-user with this JSON text as its name."""
    return b'{"company": "M-0001", "email": "ada@example.invalid", "name": ' + text + b"}"


BODIES = {
    "nothing": (b"", "json"),
    "no JSON": (b"hello", "json"),
    "cut off": (b'{"company": "M-0001"', "json"),
    "trailing comma": (b'{"company": "M-0001",}', "json"),
    "two values": (b"{} {}", "json"),
    "byte order mark": (b"\xef\xbb\xbf{}", "json"),
    "NUL bytes": (b"\x00" * 100, "json"),
    "UTF-16": ("{}".encode("utf-16"), "json_text"),
    "invalid UTF-8": (with_name(b'"\xff\xfe"'), "json_text"),
    "surrogates as bytes": (with_name(b'"\xed\xa0\x80"'), "json_text"),
    "lone surrogate": (with_name(rb'"\ud800"'), "json_text"),
    "lone surrogate as key": (rb'{"\udfff": 1}', "json_text"),
    "NUL in a string": (with_name(rb'"a\u0000b"'), "json_text"),
    "NUL in a nested string": (rb'{"x": [[{"y": ["\u0000"]}]]}', "json_text"),
    "raw control character": (with_name(b'"a\x01b"'), "json"),
    "NaN": (with_name(b"NaN"), "json_number"),
    "Infinity": (with_name(b"-Infinity"), "json_number"),
    "infinite by exponent": (with_name(b"1e999"), "json_number"),
    "huge integer": (with_name(b"9" * 10_000), "json_number"),
    "integer of 65 bits": (with_name(b"18446744073709551616"), "json_number"),
    "duplicate key": (b'{"company": "M-0001", "company": "M-0002"}', "json_keys"),
    "duplicate key inside": (b'{"x": {"a": 1, "a": 1}}', "json_keys"),
    "duplicate key of surrogates": (rb'{"\ud800": 1, "\ud800": 2}', "json_keys"),
    "deep arrays": (b"[" * 100_000 + b"]" * 100_000, "json_depth"),
    "deep objects": (b'{"a":' * 500 + b"1" + b"}" * 500, "json_depth"),
    "just too deep": (b"[" * 33 + b"]" * 33, "json_depth"),
    "array": (b"[]", "field_type"),
    "null": (b"null", "field_type"),
    "string": (b'"text"', "field_type"),
    "missing field": (b'{"company": "M-0001"}', "field_missing"),
    "unknown field": (json.dumps(GOOD | {"is_admin": True}).encode(), "field_known"),
    "number for text": (with_name(b"5"), "field_type"),
    "list for text": (with_name(b'["Ada"]'), "field_type"),
    "empty text": (with_name(b'""'), "field_value"),
    "long text": (with_name(b'"' + b"a" * 10_000 + b'"'), "field_value"),
    "path traversal": (json.dumps(GOOD | {"company": "../../etc/passwd"}).encode(), "field_value"),
    "SQL": (json.dumps(GOOD | {"company": "M-0001'; DROP TABLE users; --"}).encode(), "field_value"),
    "newline after a code": (json.dumps(GOOD | {"company": "M-0001\n"}).encode(), "field_value"),
    "unknown company": (json.dumps(GOOD | {"company": "M-9999"}).encode(), "company_known"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_gets_its_rule_and_changes_nothing(small_world, name):
    body, rule = BODIES[name]
    before = rows(small_world.store)
    response = small_world.post("add-user", body)
    assert_problem(response, STATUSES.get(rule, 422), rule)
    assert rows(small_world.store) == before


def test_the_same_body_without_a_mistake_is_taken(small_world):
    assert small_world.post("add-user", GOOD).status_code == 200


def test_every_mistake_of_a_body_comes_back_at_once(small_world):
    response = small_world.post("add-user", {"company": "?", "name": "", "more": 1})
    found = {(m["where"], m["rule"]) for m in response.json()["mistakes"]}
    assert found == {
        ("company", "field_value"), ("name", "field_value"), ("email", "field_missing"), ("more", "field_known"),
    }  # fmt: skip


PATHS = {
    "unknown address": ("GET", "/v1/nothing", 404, "path_known"),
    "unknown command": ("POST", "/v1/commands/drop-tables", 404, "path_known"),
    "path traversal": ("GET", "/v1/sessions/..%2f..%2fetc%2fpasswd", 404, "path_known"),
    "NUL in the path": ("GET", "/v1/sessions/a%00b", 400, "parameter_text"),
    "NUL in a parameter": ("GET", "/v1/companies?after=%00", 400, "parameter_text"),
    "NUL in a name": ("GET", "/v1/companies?%00=1", 400, "parameter_text"),
    "invalid UTF-8": ("GET", "/v1/sessions/%ff", 422, "field_value"),
    "parameter twice": ("GET", "/v1/sessions?limit=1&limit=2", 400, "parameter_once"),
    "path parameter again": ("GET", "/v1/sessions/a?session=b", 400, "parameter_once"),
    "unknown parameter": ("GET", "/v1/sessions?order=desc", 422, "field_known"),
    "huge limit": ("GET", "/v1/sessions?limit=1000000", 422, "field_value"),
    "endless limit": ("GET", "/v1/sessions?limit=" + "9" * 5000, 422, "field_type"),
    "limit of text": ("GET", "/v1/sessions?limit=all", 422, "field_type"),
    "negative cursor": ("GET", "/v1/notices?after=-1", 422, "field_value"),
    "unknown session": ("GET", "/v1/sessions/none", 404, "session_known"),
    "unknown market": ("GET", "/v1/markets/none", 404, "market_known"),
    "no day": ("GET", "/v1/markets/none?day=2026-02-30", 422, "field_type"),
    "other method": ("DELETE", "/v1/sessions", 405, "method_known"),
    "method of its own": ("BREW", "/v1/sessions", 405, "method_known"),
    "unknown proposal": ("GET", "/v1/proposals/77", 404, "proposal_known"),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_hostile_address_gets_its_rule(small_world, name):
    method, path, status, rule = PATHS[name]
    assert_problem(small_world.http.request(method, path, headers=small_world.headers("OP")), status, rule)


HEADERS = {
    "no key": ("Bearer", "key_known"),
    "other scheme": ("Basic dXNlcjpwYXNz", "key_known"),
    "made up": ("Bearer wk_000000000000_AAAA", "key_known"),
    "endless": ("Bearer wk_" + "a" * 5000, "key_known"),
    "NUL": (b"Bearer wk_\x00", "key_known"),
    "not ASCII": (b"Bearer wk_\xff\xfe_\xc3\xa9", "key_known"),
    "SQL": ("Bearer wk_' OR 1=1 --_x", "key_known"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_key_is_refused_with_a_challenge(world, name):
    header, rule = HEADERS[name]
    response = world.http.get("/v1/markets", headers={"Authorization": header})
    assert_problem(response, 401, rule)
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_key_with_one_changed_character_is_refused(small_world):
    key = small_world.keys["OP"]
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert_problem(small_world.http.get("/v1/me", headers={"Authorization": f"Bearer {changed}"}), 401, "key_known")


def test_an_expired_key_is_refused(small_world):
    small_world.store.clock.ahead = 91 * 86_400_000_000
    assert_problem(small_world.get("/me"), 401, "key_expired")


def test_a_stolen_key_ends_when_it_is_revoked(small_world):
    assert small_world.get("/me", "M-0001").status_code == 200
    assert small_world.post("revoke-key", {"prefix": small_world.keys["M-0001"].split("_")[1]}).status_code == 200
    small_world.app.state.addresses.doorkeeper.known.clear()  # what was good is believed for a second at most
    assert_problem(small_world.get("/me", "M-0001"), 401, "key_revoked")


def test_a_key_with_a_scope_reaches_nothing_else(small_world):
    issued = small_world.post("issue-key", {"user": small_world.users["M-0001"], "scopes": ["orders"]}, "M-0001")
    small_world.keys["narrow"] = issued.json()["key"]
    assert_problem(small_world.get("/notices", "narrow"), 403, "key_scope")


@pytest.mark.parametrize("key", ["", "x" * 81, "with space", "caf\xe9"])
def test_a_bad_idempotency_key_is_refused(small_world, key):
    response = small_world.post("add-user", GOOD, Idempotency_Key=key.encode("latin-1"))
    assert_problem(response, 400, "idempotency_key_form")


def test_one_idempotency_key_with_two_bodies_is_refused_and_the_first_stands(world):
    first = world.post("add-user", GOOD, Idempotency_Key="k-1")
    assert world.post("add-user", GOOD, Idempotency_Key="k-1").json() == first.json()
    response = world.post("add-user", GOOD | {"name": "Bob Example"}, Idempotency_Key="k-1")
    assert_problem(response, 409, "idempotency_key")
    assert len(world.get("/companies/M-0001").json()["users"]) == 2


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_another_media_type_is_refused(small_world, media):
    assert_problem(small_world.post("add-user", GOOD, Content_Type=media), 415, "media_type")


def test_a_compressed_body_is_refused(small_world):
    assert_problem(small_world.post("add-user", GOOD, Content_Encoding="gzip"), 415, "media_type")


def test_a_body_of_200_mb_is_refused_by_what_it_says(small_world):
    response = small_world.post("add-user", b"{}", Content_Length="200000000")
    assert_problem(response, 413, "body_size")


def test_a_body_over_the_limit_is_refused_where_it_passes_it(small_world):
    assert_problem(small_world.post("add-user", with_name(b'"' + b"a" * 2_000_000 + b'"')), 413, "body_size")


def test_a_length_that_is_no_number_is_refused(small_world):
    assert_problem(small_world.post("add-user", GOOD, Content_Length="-5"), 400, "content_length")


def test_one_officer_alone_is_not_enough(world):
    proposed = world.post("finalise-session", {"session": "any"}).json()
    response = world.post("approve-proposal", {"proposal": proposed["proposal"]})
    assert_problem(response, 403, "four_eyes")
    assert world.get(f"/proposals/{proposed['proposal']}").json()["state"] == "waiting"


def test_another_members_company_is_closed_and_the_attempt_is_recorded(world):
    assert_problem(world.get("/companies/M-0002", "M-0001"), 403, "own_company")
    last = world.get("/trail/access").json()["items"][-1]
    assert (last["act"], last["company"], last["body"]["rule"]) == ("refused", "M-0001", "own_company")


def test_a_public_caller_leaves_nothing_in_the_trail(small_world):
    before = rows(small_world.store)
    assert_problem(small_world.get("/trail/access", ""), 401, "role_may")
    assert rows(small_world.store) == before


def assert_problem(response, status, rule):
    content = response.json()
    assert (response.status_code, content["mistakes"][0]["rule"]) == (status, rule), content
    assert response.headers["content-type"] == MEDIA_TYPE
    assert content["status"] == status
    assert content["instance"] == response.headers["x-request-id"]
    assert all(m[part] for m in content["mistakes"] for part in ("what", "where", "rule", "fix"))


def rows(store):
    """How many rows every table has; refusals of permission are not looked at here."""
    with store.read() as connection:
        return {t.name: connection.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}


@pytest.mark.parametrize(("word", "body", "where"), [
    ("approve-proposal", {"proposal": "1"}, "proposal"),
    ("approve-proposal", {"proposal": True}, "proposal"),
    ("approve-proposal", {"proposal": 1.5}, "proposal"),
    ("issue-key", {"user": "U-0001", "days": "90"}, "days"),
    ("issue-key", {"user": "U-0001", "scopes": "orders"}, "scopes"),
    ("schedule-session", {"market": "m", "delivery_day": 20260701}, "delivery_day"),
    ("schedule-session", {"market": "m", "delivery_day": "2026-07-01", "gate_at": 1782864000}, "gate_at"),
])  # fmt: skip
def test_no_type_is_converted_to_another(small_world, word, body, where):
    response = small_world.post(word, body)
    assert_problem(response, 422, "field_type")
    assert response.json()["mistakes"][0]["where"] == where


def test_a_key_is_believed_for_a_second_and_no_longer(small_world, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(auth.time, "monotonic", lambda: now[0])
    assert small_world.get("/me", "M-0001").status_code == 200
    small_world.post("revoke-key", {"prefix": small_world.keys["M-0001"].split("_")[1]})
    now[0] += 0.9
    assert small_world.get("/me", "M-0001").status_code == 200
    now[0] += 0.2
    assert_problem(small_world.get("/me", "M-0001"), 401, "key_revoked")


def test_a_key_is_not_believed_beyond_its_end(small_world, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(auth.time, "monotonic", lambda: now[0])
    found = small_world.app.state.addresses.doorkeeper
    header = small_world.headers("M-0001")["Authorization"]
    clock, prefix = small_world.store.clock, small_world.keys["M-0001"].split("_")[1]
    with small_world.store.read() as connection:
        end = connection.scalar(select(api_keys.c.expires_at).where(api_keys.c.prefix == prefix))
        clock.ahead = end - clock.now(connection) - 300_000
    found.ask(header)
    now[0] += 0.1
    assert found.remembered(header) is not None
    now[0] += 0.25
    assert found.remembered(header) is None
