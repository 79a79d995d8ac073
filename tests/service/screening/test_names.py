"""Names of one party in many spellings score high; names of others do not. Figures stand in decision 28."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.service.screening import made_names as made

from walras.service.screening.names import name_score, read_name
from walras.service.screening.screen import THRESHOLD
from walras.service.screening.words import LEGAL_FORMS

DECISION = Path(__file__).parents[3] / "docs" / "decisions" / "0028-screening.md"


def score(a, b, **said):
    return name_score(read_name(a, **said), read_name(b, **said))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Shchukinenergo LLC", "ООО Щукинэнерго"),
        ("Schukinenergo GmbH", "Šcukinenergo OAO"),
        ("Yuzhny Neft ZAO", "Iuzhnyi Neft"),
        ("Severcentr", "Severtsentr Ltd."),
        ("Aleksprom", "Alexprom S.A."),
        ("Khimtorg-Vostok", "Vostok Himtorg AG"),
        ("Zhambyl Yug", "Jambyl Iug JSC"),
        ("Alyekseyev", "Alekseev"),
        ("Qazaq Torveks Energiyasy JShS", "Қазақ Торвекс Энергиясы ЖШС"),
        ("Şişli Çağrı A.Ş.", "Shishli Chagri AS"),
        ("Torrvexa", "Torvexa"),
        ("Mаrvоlа", "Marvola"),
        ("Xeprаn", "Xepran"),
        ("Щукинэнeргo", "Щукинэнерго"),
        ("华能电力有限公司", "Huaneng Power Co Ltd"),
        ("شركة بترومار للطاقة", "Petromar Energy LLC"),
    ],
)
def test_spellings_of_one_party_reach_the_threshold(a, b):
    assert score(a, b) >= THRESHOLD
    assert score(b, a) == score(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Torvexa Energy", "Torvexa Bank"),
        ("Alfa Energy Trading", "Alma Energy Trading"),
        ("Severny Torg LLC", "Yuzhny Torg LLC"),
        ("Torvexa LLC", "Marvola LLC"),
        ("LLC", "GmbH"),
        ("...", "..."),
    ],
)
def test_other_parties_stay_below(a, b):
    assert score(a, b) < THRESHOLD


def test_a_missing_patronymic_does_not_hide_a_person():
    assert score("Ada Borisovna Example", "EXAMPLE Ada", is_person=True) == 92
    assert score("Ada Example", "Ada Otherwise", is_person=True) < THRESHOLD


def test_names_of_persons_keep_words_that_are_legal_forms_of_companies():
    assert read_name("Ada Ag", is_person=True).words == ("ada", "ag")
    assert read_name("Ada Ag").words == ("ada",)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_a_symmetric_score_from_0_to_100(a, b):
    assert 0 <= score(a, b) == score(b, a) <= 100


@given(st.text(alphabet="abcdefghijklmnoprstuvyz", min_size=3, max_size=30))
def test_case_legal_form_and_punctuation_never_matter(text):
    assume(text not in LEGAL_FORMS)
    assert score(text, f'"{text.upper()}", L.L.C.') == (100 if read_name(text).words else 0)


def figures(seed):
    """Return recall a way, recall between romanisations, hits on near misses, on changed letters, on others."""
    companies, rng = made.companies(200, seed), random.Random(seed)
    listed = [read_name(made.written(x, "cyrillic")) for x in companies]
    said = {w: [read_name(made.written(x, w)) for x in companies] for w in made.WAYS}

    def hits(names, others):
        return sum(name_score(a, b) >= THRESHOLD for a, b in zip(names, others, strict=True))

    ways = {w: hits(said[w], listed) for w in made.WAYS}
    pairs = sum(hits(said[a], said[b]) for a in made.WAYS for b in made.WAYS if a < b)
    near = hits([read_name(made.written(made.one_word_replaced(x, rng), "english")) for x in companies], listed)
    letters = hits([read_name(made.one_letter_changed(made.written(x, "cyrillic"), rng)) for x in companies], listed)
    others = sum(
        name_score(a, b) >= THRESHOLD for i, a in enumerate(said["english"]) for j, b in enumerate(listed) if i != j
    )
    return [*ways.values(), pairs, near, letters, others]


@pytest.mark.parametrize("seed", [5, 2026])
def test_recall_and_false_hits_are_those_of_the_decision_record(seed):
    row = re.search(rf"^\| {seed} \|(.*)\|$", DECISION.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert row, "the decision record has no row of this seed"
    assert [int(x.split("/")[0].replace(",", "")) for x in row[1].split("|")] == figures(seed)
