"""What must stay secret is nowhere: not in the store, its trail and notices, the log, answers, or a backup."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from tests.service.sign_in.person import PASSWORD, Person, rules

import walras.service
from walras.service import commands as c
from walras.service.backup import load, save
from walras.service.permissions import NotAllowed
from walras.service.rehearsal.entering import current_code, enter
from walras.service.sign_in import sign_in
from walras.service.store.engine import open_store
from walras.service.store.instance import REHEARSAL
from walras.service.store.schema import instance
from walras.service.store.sign_in_schema import credentials, sign_ins

SERVICE = Path(walras.service.__file__).parent
NEW = "wind over the hills"
WRONG = "guessed by a stranger"


@pytest.fixture
def lived(small_world, ada):
    """A day with everything that is typed, right and wrong; and all that must stay secret."""
    secret, first = ada.secret, ada.sign_in()
    rules(ada.do, c.ChangePassword(old=WRONG, new=NEW, code=ada.code()))
    rules(ada.do, c.ChangePassword(old=PASSWORD, new="eleven char", code=ada.code()))
    ada.do(c.ChangePassword(old=PASSWORD, new=NEW, code=ada.code()), key="change")
    for _ in range(6):
        ada.refused(password=WRONG)
    ada.wait(3600)
    second = ada.sign_in(NEW)
    return ada, [PASSWORD, NEW, WRONG, "eleven char", secret, first.token, second.token, "$argon2", "otpauth"], second


def test_no_secret_is_in_the_store_the_log_or_a_backup(small_world, lived, tmp_path):
    ada, secret, signed = lived
    save(small_world.store, tmp_path / "backup")
    places = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert {"walras.db", "credentials.jsonl", "trail.jsonl", "notices.jsonl", "idempotency.jsonl"} <= {
        p.name for p in places
    }
    content = b"".join(p.read_bytes() for p in places) + small_world.log.getvalue().encode() + repr(signed).encode()
    assert ada.user.encode() in content
    assert [s for s in secret if s.encode() in content] == []


def test_no_secret_is_in_what_commands_show_of_themselves():
    typed = {"password": PASSWORD, "old": PASSWORD, "new": NEW, "code": "135790"}
    for command in (c.EnrolForConsole, c.ConfirmEnrolment, c.ChangePassword):
        assert command.secret_fields == set(command.model_fields), "not even a digest of them is kept"
        made = command(**{name: typed[name] for name in command.model_fields})
        assert not any(text in repr(made) for text in typed.values())
        with pytest.raises(ValueError, match="validation error") as error:
            command(**{name: [typed[name]] for name in command.model_fields})
        assert not any(text in str(error.value) for text in typed.values())


def test_a_restored_store_knows_passwords_and_nobody_who_was_signed_in(small_world, lived, tmp_path):
    ada, _, signed = lived
    save(small_world.store, tmp_path / "backup")
    assert not (tmp_path / "backup" / "sign_ins.jsonl").exists()
    other = open_store(str(tmp_path / "other.db"), small_world.store.clock)
    load(other, tmp_path / "backup")
    with other.read() as connection:
        assert connection.execute(select(sign_ins)).all() == []
    again = sign_in(other, small_world.secrets, ada.user, NEW, ada.code(), "", ada.guard)
    assert again.actor == signed.actor
    other.close()


def test_only_a_rehearsal_is_entered_without_password_and_shows_codes(small_world, ada):
    store, secrets = small_world.store, small_world.secrets
    for way in (enter, current_code):
        with pytest.raises(NotAllowed) as error:
            way(store, secrets, ada.user)
        assert error.value.mistake.rule == "rehearsal_only"
    with store.write() as connection:
        connection.execute(insert(instance).values(name=REHEARSAL, value='{"ahead": 0}'))
    ada.wait(60)
    assert ada.sign_in(code=current_code(store, secrets, ada.user)).actor.user == ada.user
    assert ada.actor(enter(store, secrets, ada.user).token).company == "M-0001"
    with pytest.raises(NotAllowed):
        enter(store, secrets, "U-9999")
    assert rules(current_code, store, secrets, "U-9999") == ["user_known"]


def test_a_row_of_another_user_opens_nothing(small_world, ada, guard):
    """Whoever writes to the store, but has no master key, cannot give one user the password of another."""
    other = Person(small_world, "M-0002", guard).enrol(NEW)
    with small_world.store.write() as connection:
        mine = connection.scalar(select(credentials.c.password).where(credentials.c.user == other.user))
        connection.execute(update(credentials).where(credentials.c.user == ada.user).values(password=mine))
    assert rules(ada.sign_in, NEW) == ["seal_intact"]


def test_nothing_but_the_page_of_entrance_knows_the_ways_into_a_rehearsal():
    own = {p for p in SERVICE.rglob("*.py") if "rehearsal.entering" in p.read_text(encoding="utf-8")}
    assert {p.relative_to(SERVICE).as_posix() for p in own} <= {"console/entrance.py"}
    assert "current_code" not in (SERVICE / "console" / "entrance.py").read_text(encoding="utf-8")
