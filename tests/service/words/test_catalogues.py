"""The catalogues hold every text of the pages, with the same places, sorted, and nothing that no page says."""

import ast
import io
import re
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from walras.service.words import LANGUAGES, NAMES, chosen, translator
from walras.service.words.catalogue import catalogue

ROOMS = [Path(str(resources.files("walras.service"))) / room for room in ("publication", "console")]
CALLS = {"t": 0, "_": 0, "mark": 0, "place": 1}
"""Functions whose text at this position is translated; `n_` has two."""
CHOSEN_LATER = "chosen when the page is made"
"""What an entry says of itself, as `#. ...`, if no call spells it: a name of a field, a state, a role."""


def texts(*rooms):
    """Return every text of the pages, with its plural where it has one."""
    found = set()
    for path in sorted(p for room in rooms for p in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= said_by(node)
    return found


def said_by(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None for a in call.args]
    if name == "n_" and len(given) == 3 and given[0] and given[1]:
        return {(given[0], given[1])}
    is_tag = isinstance(call.func, ast.Attribute) and name == "mark"  # names an element for tests, says nothing
    at = None if is_tag else CALLS.get(name)
    return {given[at]} if at is not None and len(given) > at and given[at] else set()


def places(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_translated(language, room):
    missing = texts(room) - {m.id for m in catalogue(language)}
    assert sorted(map(str, missing)) == [], f"add these to {language}.po"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_translations_have_the_places_of_the_text_and_none_is_left_over(language):
    found = catalogue(language)
    known = {m.id: m for m in found if m.id}
    spare = [i for i in known.keys() - texts(*ROOMS) if CHOSEN_LATER not in known[i].auto_comments]
    assert sorted(map(str, spare)) == [], f"no page says these; write '#. {CHOSEN_LATER}' above one that a page does"
    for text, message in known.items():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert len(forms) == (found.num_plurals if isinstance(text, tuple) else 1)
        assert not message.fuzzy, text
        for form in forms:
            assert form.strip(), f"{text} has no translation"
            assert places(form) == places(text[1] if isinstance(text, tuple) else text), text


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_catalogues_are_sorted_so_that_two_people_can_add_to_them(language):
    text = (resources.files("walras.service.words") / f"{language}.po").read_text(encoding="utf-8")
    found = [m.id if isinstance(m.id, str) else m.id[0] for m in read_po(io.StringIO(text)) if m.id]
    assert found == sorted(found)
    assert len(found) == len(set(found)) == len(re.findall(r'^msgid "(?=.)(?!"$)', text, re.M))
    assert "\n\n\n" not in text


def test_a_language_is_what_was_asked_then_the_cookie_then_the_browser():
    assert chosen("de", "ru", "en") == "de"
    assert chosen("xx", "ru", "de") == "ru"
    assert chosen(None, "<b>", "en;q=0.1, ru-RU;q=0.7, de;q=x") == "ru"
    assert chosen(None, None, "de;q=0, fr") == "en"
    assert set(NAMES) == set(LANGUAGES)


def test_russian_has_three_plurals_and_unknown_texts_stay_english():
    forms = {translator("ru").n_("{n} session", "{n} sessions", n) for n in (1, 2, 5, 11, 21, 22)}
    assert len(forms) == 3
    assert translator("de")("no such text") == "no such text"
    assert translator("xx").language == "en"
    assert translator("en").n_("{n} session", "{n} sessions", 2) == "{n} sessions"
