"""Each incident of the record ends in a legal, published result or an honest none."""

from pathlib import Path

import pytest
from tests.drills import figures
from tests.drills.conftest import on_one_store
from tests.drills.ending import Place
from tests.drills.incidents import INCIDENTS


@pytest.mark.parametrize("incident", [i for i in INCIDENTS if i.is_short and not i.needs_both], ids=lambda i: i.name)
def test_an_incident_ends_as_it_must(incident, sqlite_store, secrets, tmp_path):
    place = Place(sqlite_store, secrets, str(sqlite_store.engine.url), tmp_path)
    assert incident.drill(place)


@on_one_store("postgresql")
@pytest.mark.parametrize("incident", [i for i in INCIDENTS if i.needs_both], ids=lambda i: i.name)
def test_an_incident_of_the_store_ends_as_it_must(incident, store, store_url, secrets, tmp_path):
    assert incident.drill(Place(store, secrets, store_url, tmp_path))


@pytest.mark.drill
@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda i: i.name)
def test_an_incident_in_full(incident, store, store_url, secrets, tmp_path):
    kind, happened = store_url.split(":")[0], "it did not end as it must"
    try:
        happened = incident.drill(Place(store, secrets, store_url, tmp_path, is_long=True))
        failed = 0
    except Exception:
        failed = 1
        raise
    finally:
        figures.note(f"incident: {incident.name}", kind, 0, happened, failed)


def test_the_officers_page_names_every_drill():
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "when-the-auction-fails.md").read_text()
    missing = [
        i.name for i in INCIDENTS if not i.name.startswith("clock") and f"`{i.name.split(' in ')[0]}`" not in page
    ]
    assert missing == []
    assert len({i.name for i in INCIDENTS}) == len(INCIDENTS)
