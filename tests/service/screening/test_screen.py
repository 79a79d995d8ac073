"""Screening finds parties by name, officer and identifier, and says why."""

import pytest

from walras.errors import BadInput
from walras.service.screening.identifiers import Identifier, read_identifier
from walras.service.screening.lists import read_list
from walras.service.screening.names import name_score, read_name
from walras.service.screening.screen import THRESHOLD, Applicant, screen, screen_many

HEAD = "name,aliases,identifiers,kind,source,listed_on\n"
ROWS = (
    "ООО Щукинэнерго-Юг,Torvexa Holding,vat:SI 5022 3054|registration:77-01,company,made up,2025-01-31\n"
    "Ada Borisovna Example,,,person,made up,2025-01-31\n"
    "Blue Marvola,,imo:9319466,vessel,made up,2025-01-31\n"
)
LIST = read_list("ours", (HEAD + ROWS).encode())


def hits(**said):
    said = {"names": ("Quite Otherwise LLC",)} | said
    return screen(Applicant("A-1", **said), [LIST]).hits


def test_nothing_found_is_clear_and_says_which_lists_were_seen():
    screening = screen(Applicant("A-1", ("Quite Otherwise LLC",)), [LIST])
    assert screening.is_clear
    assert screening.lists == (("ours", LIST.version),)


@pytest.mark.parametrize(
    ("said", "matched", "entry"),
    [
        ({"names": ("Schukinenergo Iug LLC",)}, "name", 0),
        ({"names": ("TORVEKSA",)}, "name", 0),
        ({"officers": ("Example, Ada",)}, "officer", 1),
        ({"names": ("Marvola Blue Ltd",)}, "name", 2),
        ({"identifiers": (read_identifier("imo:IMO 9319466"),)}, "identifier", 2),
        ({"identifiers": (read_identifier("registration:7701"),)}, "identifier", 0),
        ({"identifiers": (read_identifier("vat:si50223054"),)}, "identifier", 0),
    ],
)
def test_a_hit_says_entry_what_matched_and_why(said, matched, entry):
    (hit,) = hits(**said)
    assert (hit.matched, hit.entry_name, hit.entry) == (matched, LIST.entries[entry].name, LIST.entries[entry].key)
    assert hit.entry_name in hit.why
    assert hit.score >= THRESHOLD


def test_identifiers_of_another_kind_or_almost_the_same_do_not_match():
    assert hits(identifiers=(Identifier("other", "7701"), Identifier("registration", "7702"))) == ()


def test_the_fast_way_finds_what_comparing_every_pair_finds():
    texts = [n for e in LIST.entries for n in e.names]
    said = [t[:-1] for t in texts] + [t.upper() for t in texts] + ["Ada Example", "Blue", "شركة بترومار"]
    for text in said:
        slow = {
            e.key
            for e in LIST.entries
            for n in e.names
            if name_score(read_name(text), read_name(n, e.kind == "person")) >= THRESHOLD
        }
        assert {h.entry for h in hits(names=(text,))} == slow, text


def test_scripts_without_vowels_are_found_either_way():
    arabic = read_list("ours", (HEAD + "شركة بترومار للطاقة,,,company,made up,2025-01-31\n").encode())
    latin = read_list("ours", (HEAD + "Petromar,,,company,made up,2025-01-31\n").encode())
    assert len(screen(Applicant("A-1", ("Petromar Energy LLC",)), [arabic]).hits) == 1
    assert len(screen(Applicant("A-1", ("شركة بترومار",)), [latin]).hits) == 1


@pytest.mark.parametrize("said", [{"names": ()}, {"names": ("...",)}, {"officers": ("x" * 301,)}, {"officers": ("",)}])
def test_a_name_that_cannot_be_compared_never_passes(said):
    with pytest.raises(BadInput) as caught:
        hits(**said)
    assert [m.rule for m in caught.value.mistakes] == ["screening_name"]


def test_many_applicants_are_screened_as_each_alone():
    many = [Applicant(f"A-{n}", (f"Torvexa {n}",), ("Ada Example",)) for n in range(40)]
    assert screen_many(many, [LIST]) == tuple(screen(a, [LIST]) for a in many)
    assert screen_many([], [LIST]) == ()
    assert screen_many(many[:1], [])[0].is_clear
