"""Request ids, log lines, metrics, and what happens when a mistake of ours is found."""

import json
import re

import pytest
from sqlalchemy.exc import OperationalError

from walras.service.store import markets


def test_a_request_has_an_id_in_the_answer_and_in_the_log(small_world):
    answer = small_world.get("/markets/none")
    line = small_world.lines()[-1]
    assert answer.headers["x-request-id"] == line["request_id"] == answer.json()["instance"]
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/markets/{market}", 404)
    assert (line["user"], line["problem"]) == (small_world.users["OP"], "market_known")
    assert line["ms"] > 0


@pytest.mark.parametrize(("given", "is_taken"), [
    ("trace-2026.1", True), ("short", False), ("a" * 65, False), ('x"; DROP', False), ("line\u00a0break", False),
])  # fmt: skip
def test_only_a_safe_id_of_the_caller_is_taken(small_world, given, is_taken):
    answer = small_world.http.get("/v1/markets", headers={"X-Request-Id": given.encode("latin-1")})
    assert (answer.headers["x-request-id"] == given) == is_taken


def test_the_log_holds_no_key_no_body_and_no_parameter(small_world):
    issued = small_world.post("issue-key", {"user": small_world.users["M-0001"]}, "M-0001").json()["key"]
    small_world.get("/companies", params={"after": "a-parameter"})
    small_world.post("add-user", {"company": "M-0001", "name": "Ada Example", "email": "ada@secret.invalid"})
    text = small_world.log.getvalue()
    assert len(small_world.lines()) == 3
    for hidden in (issued, small_world.keys["OP"], "Ada Example", "secret.invalid", "a-parameter"):
        assert hidden not in text


def test_a_mistake_of_ours_is_a_500_that_says_nothing_of_the_inside(small_world, monkeypatch):
    def fail(_connection):
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(markets, "newest", fail)
    answer = small_world.get("/markets")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    logged = [line for line in small_world.lines() if line["level"] == "error"]
    assert logged[0]["request_id"] == answer.json()["instance"]
    assert "swordfish" in logged[0]["exception"]


def test_a_store_that_does_not_answer_is_a_503_that_may_be_tried_again(small_world, monkeypatch):
    def fail(_connection):
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    monkeypatch.setattr(markets, "newest", fail)
    answer = small_world.get("/markets")
    assert (answer.status_code, answer.json()["mistakes"][0]["rule"]) == (503, "store_answers")
    assert answer.headers["retry-after"] == "5"
    assert "refused" not in answer.text


def test_metrics_count_requests_by_template_and_states(world):
    for name in ("one", "two"):
        world.get(f"/sessions/{name}")
    text = world.http.get("/metrics").text
    assert 'walras_requests_total{method="GET",path="/v1/sessions/{session}",status="404"} 2.0' in text
    assert 'walras_request_seconds_count{method="GET",path="/v1/sessions/{session}"} 2.0' in text
    assert "walras_requests_in_flight 1.0" in text
    assert "# TYPE walras_sessions gauge" in text
    assert "/v1/sessions/one" not in text


def test_a_caller_cannot_grow_the_metrics(small_world):
    for number in range(20):
        small_world.http.request(f"M{number}", f"/p{number}")
    lines = [line for line in small_world.http.get("/metrics").text.splitlines() if "requests_total{" in line]
    assert len(lines) == 1


def test_health_and_readiness(small_world, monkeypatch):
    assert small_world.http.get("/health").json() == {"alive": True}
    assert small_world.http.get("/ready").json() == {"ready": True}
    with small_world.store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert small_world.http.get("/ready").status_code == 503
    assert small_world.http.get("/health").status_code == 200


def test_the_description_is_there_and_names_everything(small_world):
    document = small_world.http.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    ids = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(ids) == len(set(ids)) > 25
    assert "summary" in document["paths"]["/v1/sessions/{session}"]["get"]
    assert "NaN" not in json.dumps(document)
