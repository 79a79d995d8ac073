"""A rehearsal: a whole market day played through the door from a script, on a clock of its own.

::

    folder ─▶ script ─▶ play ─▶ stage (store, clock, workers) ─▶ papers (results, statements, bills, checks)

A script is a list of commands as the API takes them, each with who asks and when; between them the
clock moves on and everything that falls due is done, as the worker process does it. Nothing in a
script can do what the API could not. Operators rehearse a new market with it; `walras demo` plays one.
"""

from walras.service.rehearsal.play import play
from walras.service.rehearsal.script import Script, read_script

__all__ = ["Script", "play", "read_script"]
