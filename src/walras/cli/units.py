"""Commands of generating units: compile their orders into a market, check what was accepted."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from walras.cli.folders import check_new_file, check_same_market
from walras.cli.show import number, print_table, say, spinner
from walras.errors import BadInput, Mistake

if TYPE_CHECKING:
    from walras.book.cells import FloatArray
    from walras.units.check import Violation
    from walras.units.orders import UnitOrders
    from walras.units.physics import Day

_Unit = Annotated[Path, typer.Argument(help="Unit file (docs/unit-file.md).", metavar="UNIT")]
_Market = Annotated[Path, typer.Option("--market", help="Market folder.")]
_State = Annotated[Path | None, typer.Option("--state", help="State file of the day before, instead of [state].")]

units = typer.Typer(help="Turn technical data of plants into orders, and check their schedules.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of units."""
    app.add_typer(units, name="units")


@units.command(
    "compile", epilog="Example: walras units compile UNIT.toml --market market --form profiles --out market-2"
)
def compile_command(
    unit: _Unit,
    *,
    market: _Market,
    out: Annotated[Path, typer.Option("--out", help="Market folder to write; must be new.")],
    form: Annotated[
        Literal["auto", "blocks", "scalable", "profiles"], typer.Option("--form", help="What orders to make.")
    ] = "auto",
    price_taking: Annotated[
        bool, typer.Option("--price-taking", help="Sell what the unit must run at the lower price limit.")
    ] = False,
    state: _State = None,
    prices: Annotated[
        Path | None, typer.Option("--prices", help="Expected prices as CSV: a row an MTU, a column a scenario.")
    ] = None,
    profiles: Annotated[int, typer.Option("--profiles", help="Most days in an exclusive group.")] = 24,
) -> None:
    """Add the orders of a unit to a copy of a market; whatever is accepted of them, the unit can run."""
    from walras.book.folder import read, write
    from walras.units.adding import order_names, with_orders
    from walras.units.compile import compile_unit
    from walras.units.unit_file import read_unit

    _check_new_folder(out)
    plant = read_unit(unit, state)
    book = read(market)
    expected = None if prices is None else _numbers(prices)
    with spinner("compiling"):
        orders = compile_unit(plant, book, form, price_taking=price_taking, scenarios=expected, profiles=profiles)
    write(with_orders(book, orders), out)
    _print_orders(orders, plant.name)
    if not order_names(orders):
        say("the unit has nothing to sell on this day: it stands")
    say(f"market folder: {out}")
    say(f"next: walras clear {out} --out RESULT")


@units.command("check", epilog="Example: walras units check UNIT.toml --market market-2 --result result")
def check_command(
    unit: _Unit,
    *,
    market: _Market,
    result: Annotated[Path | None, typer.Option("--result", help="Result folder of that market.")] = None,
    schedule: Annotated[
        Path | None, typer.Option("--schedule", help="Powers in MW as CSV, a row an MTU, instead of a result.")
    ] = None,
    state: _State = None,
    state_out: Annotated[
        Path | None, typer.Option("--state-out", help="Write tomorrow's first state here; must be new.")
    ] = None,
) -> None:
    """Prove that the unit can run what was accepted, or list every limit that it breaks."""
    from walras.book.folder import read
    from walras.results.folder import read_results
    from walras.units.accepted import accepted_power, cut_cells
    from walras.units.check import check
    from walras.units.physics import day_of, physics_of
    from walras.units.tomorrow import next_state
    from walras.units.unit_file import read_unit, state_text

    if (result is None) == (schedule is None):
        fix = "Name a result folder or a schedule."
        raise BadInput([Mistake("one of both is needed", "--result, --schedule", "option_range", fix)])
    if state_out is not None:
        check_new_file(state_out)
    plant = read_unit(unit, state)
    book = read(market)
    day = day_of(book, plant.zone, plant.carrier)
    physics = physics_of(plant, day)
    if result is not None:
        check_same_market(book, result)
        volumes = read_results(book, result).published
        power, cut = accepted_power(book, volumes, plant, day), cut_cells(book, volumes, plant)
    else:
        assert schedule is not None
        power, cut = _numbers(schedule)[0], 0
    found = check(physics, power)
    _print_schedule(plant.name, day, power, found)
    if cut:
        say(f"in {cut} MTUs the price stood at its lower limit and the auction cut the base of the unit")
    if found:
        raise typer.Exit(1)
    if state_out is not None:
        state_out.parent.mkdir(parents=True, exist_ok=True)
        state_out.write_text(state_text(plant, next_state(physics, power)), encoding="utf-8")
        say(f"tomorrow's state: {state_out}")


def _check_new_folder(out: Path) -> None:
    """Refuse to write over anything.

    Raises:
        BadInput: There is something at that place (rule `place_free`).
    """
    if out.exists():
        raise BadInput([Mistake(f"{out} is there already", "--out", "place_free", "Name a new folder.")])


def _numbers(path: Path) -> FloatArray:
    """Return the columns of numbers of a CSV file, one a row: shape (columns, rows); columns of times are left out.

    Raises:
        BadInput: The file cannot be read, or has no columns of numbers (rule `unit_numbers`).
    """
    import polars as pl

    try:
        table = pl.read_csv(path).select(pl.selectors.numeric().cast(pl.Float64))
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        fix = "Name a CSV file with a header."
        raise BadInput([Mistake(f"it cannot be read: {error}", str(path), "unit_numbers", fix)]) from None
    if not table.width or not table.height:
        fix = "Give a header and a row of numbers for each MTU."
        raise BadInput([Mistake("it has no column of numbers", str(path), "unit_numbers", fix)])
    rows: FloatArray = table.fill_null(float("nan")).to_numpy().T
    return rows


def _print_orders(orders: UnitOrders, name: str) -> None:
    """Print what a form made of a unit."""
    day = orders.physics.day
    rows = [("base at the lower price limit", f"{number(float(day.mw(orders.base.sum()) * day.hours), 1)} MWh")]
    rows += [("blocks", f"{len(orders.blocks)}")] if orders.blocks else []
    if orders.scalable is not None:
        offer = float(day.mw(orders.scalable.quantity.sum()) * day.hours)
        rows += [
            ("scalable order", f"up to {number(offer, 1)} MWh"),
            ("fixed term", number(orders.scalable.fixed_term)),
        ]
    print_table(f"{name}: {orders.form}", ("", ""), rows)


def _print_schedule(name: str, day: Day, power: FloatArray, found: list[Violation]) -> None:
    """Print a schedule in a line, and every limit that it breaks."""
    rows = [
        ("energy MWh", number(float(power.sum()) * day.hours, 1)),
        ("MTUs running", f"{int((power > 0).sum())} of {day.count}"),
        ("least and most MW while running", f"{number(float(power[power > 0].min()), 1)} to {number(power.max(), 1)}")
        if (power > 0).any()
        else ("least and most MW while running", "-"),
        ("limits broken", f"{len(found)}"),
    ]
    print_table(name, ("", ""), rows)
    if found:
        print_table("Broken", ("from", "limit", "what"), [(v.when, v.rule, v.what) for v in found], left=(0, 1, 2))
    else:
        say("the unit can run this schedule")
