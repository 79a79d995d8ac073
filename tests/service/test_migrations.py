"""The steps of the migrations lead to the tables that `schema` says, on both stores."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from walras.errors import NewerFormat
from walras.service.store.migrations import is_current, migrate
from walras.service.store.schema import metadata


def differences(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)


def test_upgrade_to_head_makes_the_schema(empty_store):
    assert migrate(empty_store)
    assert differences(empty_store) == []
    assert set(inspect(empty_store.engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_comparison_sees_a_table_and_a_column_that_differ(empty_store):
    migrate(empty_store)
    with empty_store.write() as connection:
        connection.execute(text("DROP TABLE seals"))
        connection.execute(text("ALTER TABLE markets ADD COLUMN more INTEGER"))
    assert {d[0] for d in differences(empty_store)} == {"add_table", "remove_column"}


def test_a_second_time_there_is_nothing_to_do(empty_store):
    assert not is_current(empty_store)
    assert migrate(empty_store)
    assert is_current(empty_store)
    assert not migrate(empty_store)


def test_a_store_of_a_later_release_is_refused(empty_store):
    migrate(empty_store)
    with empty_store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate, is_current):
        with pytest.raises(NewerFormat) as refused:
            attempt(empty_store)
        assert refused.value.mistakes[0].rule == "schema_known"


def test_a_migration_that_fails_leaves_nothing_behind(empty_store, monkeypatch):
    from alembic.runtime.environment import EnvironmentContext

    run = EnvironmentContext.run_migrations

    def fail(self, **more):
        run(self, **more)
        raise RuntimeError("power cut")

    monkeypatch.setattr(EnvironmentContext, "run_migrations", fail)
    with pytest.raises(RuntimeError):
        migrate(empty_store)
    assert inspect(empty_store.engine).get_table_names() == []
