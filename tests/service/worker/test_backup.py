"""A backup restores into either kind of store, where the trail holds and the session replays."""

import importlib

import pytest
from tests.service.worker.stage import SESSION, Door, load_book, the_book

from walras.errors import BadInput, NewerFormat
from walras.service.backup import load, save
from walras.service.replay import replay
from walras.service.roles import SYSTEM
from walras.service.store.engine import open_store
from walras.service.store.schema import metadata
from walras.service.store.trail import append, row_of
from walras.service.trail_check import flaws
from walras.service.worker.sealing import seal_all


@pytest.fixture
def saved(stage):
    assert stage.runner().once() == "done"
    seal_all(stage.store)
    folder = stage.folder / "backup"
    return stage, folder, save(stage.store, folder)


def test_a_backup_restores_into_the_other_kind_of_store_and_replays(saved, new_address):
    stage, folder, manifest = saved
    other = open_store(new_address({"sqlite": "postgresql", "postgresql": "sqlite"}[stage.kind]))
    assert load(other, folder) == manifest
    with other.read() as connection:
        assert list(flaws(connection, stage.secrets, Door())) == []
    for table in metadata.sorted_tables:
        with other.read() as connection:
            from sqlalchemy import select

            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
        assert rows == stage.rows(table)
    found = replay(other, stage.secrets, SESSION, load_book=load_book)
    assert found.again == found.stored
    assert [s.name for s in found.steps if s.verdict == "same"][-3:] == ["tables", "summary", "audit"]
    with other.write() as connection:
        append(connection, [row_of("access", other.clock.now(connection), SYSTEM, "goes on", {})])
    seal_all(other)
    with other.read() as connection:
        assert list(flaws(connection)) == []
    other.close()


def test_a_replay_that_ends_elsewhere_says_so(saved):
    from dataclasses import replace

    stage, _, _ = saved
    found = replay(stage.store, stage.secrets, SESSION, load_book=lambda *_: replace(the_book(), name="Another"))
    assert not found.is_same
    with pytest.raises(BadInput, match="there is no result 7"):
        replay(stage.store, stage.secrets, SESSION, 7)


def test_a_backup_of_a_store_at_work_is_one_moment(stage, new_address, monkeypatch):
    module = importlib.import_module("walras.service.backup.save")
    one_table = module._table

    def one_table_while_others_write(connection, table, file):
        said = one_table(connection, table, file)
        with stage.store.write() as other:
            append(other, [row_of("access", stage.store.clock.now(other), SYSTEM, "test", {"after": table.name})])
        seal_all(stage.store)
        return said

    monkeypatch.setattr(module, "_table", one_table_while_others_write)
    save(stage.store, stage.folder / "backup")
    other = open_store(new_address("sqlite"))
    load(other, stage.folder / "backup")
    with other.read() as connection:
        assert list(flaws(connection, stage.secrets, Door())) == []
    other.close()


def test_a_backup_with_one_changed_byte_or_a_lost_file_restores_nothing(saved, new_address):
    _, folder, _ = saved
    file = folder / "trail.jsonl"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    (folder / "orders.jsonl").unlink()
    other = open_store(new_address("sqlite"))
    with pytest.raises(BadInput) as caught:
        load(other, folder)
    assert {(m.where, m.rule) for m in caught.value.mistakes} == {
        ("trail.jsonl", "backup_intact"), ("orders.jsonl", "backup_readable"),
    }  # fmt: skip
    other.close()


def test_a_store_with_rows_is_not_restored_over(saved):
    stage, folder, _ = saved
    with pytest.raises(BadInput) as caught:
        load(stage.store, folder)
    assert caught.value.mistakes[0].rule == "store_empty"


def test_a_later_backup_is_refused(saved, new_address):
    _, folder, _ = saved
    file = folder / "manifest.json"
    file.write_text(file.read_text().replace('"version": 1', '"version": 2'))
    other = open_store(new_address("sqlite"))
    with pytest.raises(NewerFormat):
        load(other, folder)
    other.close()


def test_keys_are_not_in_a_backup(saved):
    stage, folder, _ = saved
    content = b"".join(f.read_bytes() for f in folder.iterdir())
    assert stage.secrets.master not in content
    assert (stage.folder / "secrets" / "master.key").read_bytes().strip() not in content
