"""The command line: thin. Commands parse, call one function of the package, and print.

`auction` holds demo, clear, audit, explain and report; `laboratory` holds compare, convert, replay and
generate; `accession` holds accede and generate-three-states; `units` holds units compile and units check;
`formulas` formula check and formula explain; `trade_units` holds convert trade-units and convert
trade-results; `serving` holds serve and the store of the service, `trail` holds trail verify, service backup and
restore; `oversight` holds oversight concentration, pivotal, orders and replay; `esmp` holds esmp show and
esmp check; `verify` holds verify, `keys` the commands of signing keys; `settling` settle; `living` live; `contracts`
contract check, record, issue, explain and statement; `rehearsing` rehearse; `show` prints; `folders` guards what is
read and written. Heavy modules are imported inside the commands, so that `walras --help` is quick.

Exit codes: 0 fine, 1 violations found, 2 bad input, 3 no result, 70 a mistake of ours.
"""

from __future__ import annotations

import sys
import traceback
from typing import Annotated, Any

import typer
import typer.core

import walras
from walras.cli import (
    accession,
    auction,
    contracts,
    esmp,
    formulas,
    keys,
    laboratory,
    living,
    oversight,
    rehearsing,
    serving,
    settling,
    trade_units,
    trail,
    units,
    verify,
)
from walras.cli.show import print_internal, print_mistakes, print_problem
from walras.errors import BadInput, MissingExtra, NoResult, SolverFailed

EXIT_CODES = "Exit codes: 0 fine, 1 violations found, 2 bad input, 3 no result, 70 an internal error to report."
INTERNAL = 70
# The root of "no such option" and the like has no public name in typer; BadParameter is two below it.
USAGE: type[Exception] = typer.BadParameter.__mro__[2]


class Commands(typer.core.TyperGroup):
    """The root of all commands: turns errors into messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as typer declares it
        """Run a command; print what was wrong instead of a traceback."""
        try:
            return super().invoke(ctx)
        except BadInput as e:
            print_mistakes(e.mistakes)
            raise typer.Exit(2) from e
        except MissingExtra as e:
            print_problem(str(e), "Install the extra that the message names.")
            raise typer.Exit(2) from e
        except NoResult as e:
            print_problem(f"no result: {e}", "Give more time: --time-limit SECONDS, or none.")
            raise typer.Exit(3) from e
        except SolverFailed as e:
            print_problem(f"no result: the solver failed: {e}", "Run again; if it fails again, send us the market.")
            raise typer.Exit(3) from e
        except OSError as e:
            print_problem(str(e), "Check the path, its permissions and the space left.")
            raise typer.Exit(2) from e
        except (typer.Exit, typer.Abort, USAGE):
            raise
        except Exception as e:
            traceback.print_exc()
            print_internal(e)
            raise typer.Exit(INTERNAL) from e


app = typer.Typer(
    cls=Commands,
    help="A common energy market: orders in; prices, schedules and payments out.",
    epilog="Start with: walras demo\n\n" + EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(value: bool) -> None:
    if value:
        print(walras.__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A common energy market: orders in; prices, schedules and payments out."""


auction.register(app)
laboratory.register(app)
trade_units.register(laboratory.convert)
accession.register(app)
units.register(app)
formulas.register(app)
serving.register(app)
verify.register(app)
keys.register(app)
trail.register(app)
oversight.register(app)
esmp.register(app)
settling.register(app)
contracts.register(app)
living.register(app)
rehearsing.register(app)


def main() -> None:
    """Run the command line (entry point `walras`)."""
    sys.exit(app())
