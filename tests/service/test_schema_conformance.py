"""Schemathesis over the whole API, in every role: no 5xx, and nothing but what the description says.

A fixed seed and a bounded number of examples keep it short; WALRAS_EXAMPLES asks for more.
"""

import os
import shutil

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from tests.service.world import WHO, World

from walras.service.store.engine import open_store

EXAMPLES = int(os.environ.get("WALRAS_EXAMPLES", "1"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def people(sqlite_model, tmp_path_factory):
    from walras.service.secrets import Secrets

    path = tmp_path_factory.mktemp("conformance") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with World(store, Secrets(b"k" * 32)) as world:
        yield world
    store.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda m: m.value)
def test_every_answer_to_every_role_is_as_described(people, mode):
    schema = schemathesis.openapi.from_dict(people.app.openapi())
    schema.app = people.app
    before = len(people.lines())
    tried = [try_operation(people, found.ok(), mode) for found in schema.get_all_operations()]
    assert len(tried) > 30
    assert sum(tried) > 100
    statuses = {line.get("status", 500) for line in people.lines()[before:]}
    inside = 200 if mode is GenerationMode.POSITIVE else 422
    assert {inside, 401, 403} <= statuses, "examples reach the inside, and are refused where they should be"
    assert max(statuses) < 500


def try_operation(people, operation, mode):
    """Send examples of one operation in every role; return how many examples there were."""
    if mode is GenerationMode.NEGATIVE and not operation.body and not any(operation.iter_parameters()):
        return 0
    count = 0
    checks = CHECKS if mode is GenerationMode.POSITIVE else [*CHECKS, negative_data_rejection]

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def answer(case):
        nonlocal count
        count += 1
        for who in WHO.values():
            case.call_and_validate(headers=people.headers(who), checks=checks)
            if who and operation.path.endswith("/rotate-key"):
                people.add_key(who)  # the old one has ended, maybe at once

    answer()
    return count
