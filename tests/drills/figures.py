"""Figures of the drills of the service, in their part of docs/drills.md: one row a drill and a store."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "drills.md"
TITLE = "## The service"
HEAD = f"""{TITLE}

Kills and races, on both stores (`tests/drills/crash.py`, `race.py`, `test_machine.py`). *crash*: two API workers
and a run worker are killed by `SIGKILL` at random moments while members and officers send commands, each again
under its idempotency key until it is answered. Afterwards every answer is held against the store, and each
result, file by file, against a run that nobody disturbed. *race*: threads of two processes' worth of the service
act at the same moment and pause at random between statements: at the closing gate, two officers at one proposal,
session or case, two workers at one run, two users at one order, one idempotency key several times at once; exactly
one legal outcome, a clean refusal for who lost. *machine*: any sequence of commands, legal or not, against a model.
*last megawatt* (`border_race.py`): two system operators, two registrations and the gate of an auction reach for
the same megawatt at the same moment; nothing is given away twice, one has it, who has not is told why. *incident*
(`incidents.py`, one drill each): what has stopped real markets, and what may, with two minutes without a store;
each ends in a final result that anybody verifies, with the rung, the zones and the orders left out in its
certificate, or in an honest none, and whatever was acknowledged is there.

*money crash* (`money_crash.py`): three desks, which carry out commands, and a clock, which settles what is due, die
by `SIGKILL`, from outside or at a statement of their own, while officers settle, resettle, pay, hold, send back,
bill, charge interest and move collateral; five months go by, so that reruns fall due. Afterwards `walras trail
verify` finds nothing, each session has one first run, each reference of the bank is booked once, numbers of documents
have no gap, each event of the ledger was told to one caller alone, every currency sums to zero, events rebuild the
ledger byte for byte, and every key gives its answer again. *money race* (`money_race.py`): for a first run, a rerun,
a reference of the bank, a proposal, what is owed, a payment that goes back, documents of the same days, the last of
somebody's collateral in two sessions or against its release, an order against its gate, and a throng of all. One has
it; on PostgreSQL locks are taken in the order session, capacity, ledger, rights (`lock_order.py`), and no deadlock
had to be ended. *money machine* and *collateral machine*: any sequence of commands, legal or not, against the laws of
the ledger and of what is reserved.

How many are acknowledged depends on the machine; kills, races and seeds do not.

| drill | store | seed | what happened | failed |
|---|---|---|---|---|
"""

YEAR = """## A year

`tests/drills/test_year.py`: 365 days of [two states](pair-folder.md#a-year), seed 0, in one process and within ten
minutes; every result is audited, every journal read anew from its text and computed again, the chain of the ledger
followed. *captured*: what flexibility earned, of what the same energy would have earned in the best hours.

| drill | first day | auctions | records of contracts | entries of the ledger | captured | failed |
|---|---|---|---|---|---|---|
"""


def kept() -> str:
    """Return the page from its first part with a title on: what the drills of random auctions leave as it is."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index("\n## ") :] if "\n## " in text else ""


def note_year(year: object) -> None:
    """Put the figures of a year into the page, before those of the service."""
    text = PAGE.read_text(encoding="utf-8")
    title = YEAR.splitlines()[0]
    before, part = text.split(TITLE) if TITLE in text else (text, "")
    before = before.split(title)[0].rstrip("\n") + "\n\n"
    summary, value = year.summary, year.tables["value"].row(0, named=True)
    records = sum(j["records"] for j in summary["journals"].values())
    row = [
        "two states", summary["first"], summary["auctions"], f"{records:,}", f"{summary['ledger']['entries']:,}",
        f"{100 * value['earned'] / value['foresight']:.0f} %", "none",
    ]  # fmt: skip
    table = "| " + " | ".join(map(str, row)) + " |\n"
    PAGE.write_text(before + YEAR + table + ("\n" + TITLE + part if part else ""), encoding="utf-8")


def note(drill: str, store: str, seed: int, happened: str, failed: int) -> None:
    """Put the figures of one drill on one store into the page, instead of those of the last run."""
    text = PAGE.read_text(encoding="utf-8")
    before, part = text.split(TITLE) if TITLE in text else (text.rstrip("\n") + "\n\n", "")
    rows = {tuple(r.split(" | ")[:2]): r for r in part.splitlines() if r.startswith("| ") and "| store |" not in r}
    rows[f"| {drill}", store] = f"| {drill} | {store} | {seed} | {happened} | {failed or 'none'} |"
    PAGE.write_text(before + HEAD + "\n".join(rows[key] for key in sorted(rows)) + "\n", encoding="utf-8")
