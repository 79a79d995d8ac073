"""Observations: what a series was said to be, each version once, after it was published."""

from __future__ import annotations

from collections.abc import Iterator

from walras.contracts.events import Draft
from walras.contracts.standing import Standing
from walras.errors import BadInput, Mistake
from walras.formulas.observation_file import table_of


def check_observation(standing: Standing, draft: Draft) -> Iterator[Mistake]:
    """Yield why an observation is refused: it is none, contradicts its series, or would have been known earlier."""
    where = f"observation {draft.body.get('series', '')[:40]} {draft.body.get('period', '')[:20]}"
    try:
        new = table_of([draft.body], where)
    except BadInput as error:
        yield from error.mistakes
        return
    known = standing.observations
    for name, facts in new.series.items():
        if known.series.get(name, facts) != facts:
            what = f"{name} has periods of a {known.series[name].length} in {known.series[name].unit} elsewhere"
            yield Mistake(what, where, "series_same", "Write one unit and one length of periods for each series.")
    for (name, period), versions in new.known.items():
        if known.is_closed(name, period) or any(o.version == versions[0].version for o in known.versions(name, period)):
            yield Mistake("it is recorded already", where, "observation_once", "Give a correction the next version.")
    if any(known.versions(name, period) or known.is_closed(name, period) for name, period in new.closed):
        yield Mistake("the period has observations", where, "observation_once", "Close only periods without any.")
    published = [o.published_at for versions in new.known.values() for o in versions]
    if any(p > draft.at for p in published):
        fix = "Record it after it was published."
        yield Mistake("it is recorded before it was published", where, "observation_time", fix)


def apply_observation(standing: Standing, draft: Draft) -> None:
    """Let an observation count."""
    new = table_of([draft.body])
    table = standing.observations
    table.series |= new.series
    table.closed |= new.closed
    for key, versions in new.known.items():
        table.known.setdefault(key, []).extend(versions)
