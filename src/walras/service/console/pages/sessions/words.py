"""What the service's words for states, steps, acts and events are called on the pages, each a text to be translated."""

from __future__ import annotations

from walras.service.console.places import mark

STATES = {
    "scheduled": mark("scheduled"), "open": mark("open"), "closed": mark("closed"), "cleared": mark("cleared"),
    "final": mark("final"), "fallback": mark("fallback"), "cancelled": mark("cancelled"), "waiting": mark("waiting"),
    "running": mark("running"), "done": mark("done"), "failed": mark("failed"), "superseded": mark("superseded"),
    "raised": mark("raised"), "upheld": mark("upheld"), "dismissed": mark("dismissed"),
}  # fmt: skip
"""Of sessions, runs and objections."""

KINDS = {
    "live": mark("live"), "dry_run": mark("dry run"), "simulation": mark("simulation"),
    "public_test": mark("public test"), "day_ahead": mark("day ahead"), "intraday": mark("intraday"),
}  # fmt: skip
"""Of sessions, and their layers."""

RUNGS = {
    "coupled": mark("coupled"), "rerun": mark("another run"), "partial_decoupling": mark("partial decoupling"),
    "local": mark("every zone alone"), "none": mark("no result"), "cancel": mark("cancelled"),
}  # fmt: skip
"""Of the ladder of fallbacks."""

STEPS = {
    ("open-session", "clock"): mark("The book opens by the clock"),
    ("close-session", "clock"): mark("The gate closes by the clock"),
    ("begin-run", "worker"): mark("A worker begins the run"),
    ("end-run", "worker"): mark("The run goes on"),
    ("answer-corridor", "system_operators"): mark("System operators answer what the market asks of their lines"),
    ("step-down", "clock"): mark("There is no result: the clock takes the next rung of the ladder"),
    ("run-session", "officer"): mark("An officer clears the session again"),
    ("raise-objection", "members"): mark("The result is preliminary: members may object"),
    ("answer-objection", "officer"): mark("An officer answers the objections"),
    ("finalise-session", "officers"): mark("Two officers make the result final"),
    ("cancel-session", "officers"): mark("The gate has passed and the book never opened: two officers cancel it"),
    ("", ""): mark("Nothing more: the session has ended"),
}  # fmt: skip
"""What comes next, by step and by whom."""

ACTS = {
    "open-session": mark("Open the book"), "close-session": mark("Close the gate"),
    "run-session": mark("Clear again"), "finalise-session": mark("Make final"),
    "step-down": mark("Take the rung that is due"), "start-fallback": mark("Start the fallback"),
    "declare-missing-book": mark("Declare a book missing"), "exclude-order": mark("Leave an order out"),
    "readmit-order": mark("Take an order back in"), "cancel-session": mark("Cancel the session"),
    "raise-objection": mark("Object"), "begin-run": mark("begin the run"),
}  # fmt: skip
"""Buttons of a session's acts."""

PHASES = {
    "load": mark("reads the book"), "build": mark("builds the model"), "search": mark("searches"),
    "finish": mark("finishes"), "hunt": mark("looks for the cause of a failure"),
    "beside": mark("computes prices without network limits"),
}  # fmt: skip
"""Of a run."""

EVENTS = {
    "open": mark("The book opens"), "gate": mark("The gate closes"), "results_due": mark("Results are due"),
    "objection_until": mark("Objections end"), "final": mark("The result is final"),
    "capacity_due": mark("Capacities are due"), "nomination_due": mark("Schedules are due"),
    "corridor_due": mark("Answers on the corridor are due"), "verified": mark("Orders are verified"),
    "rung": mark("Fallback"), "delivery": mark("Delivery begins"),
}  # fmt: skip
"""Of a timetable."""

DOES = {
    "open": mark("Members send orders, sealed until the gate."),
    "gate": mark("No order is taken any more; default orders come in, the key of the book is released, a run begins."),
    "results_due": mark("Preliminary prices, volumes and exchanges are published."),
    "objection_until": mark("No objection is taken any more; those raised are answered."),
    "final": mark("Two officers make the result binding; it is certified and settled."),
    "capacity_due": mark("Until then system operators declare what their lines carry."),
    "nomination_due": mark("Until then holders of rights nominate; what they do not use is free for the auction."),
    "corridor_due": mark("Until then system operators grant what the first pass asked of their lines."),
    "verified": mark("The run begins only now."),
    "rung": mark("Taken by the clock where there is no result by then."),
    "delivery": mark("Energy flows as it was traded."),
}
"""What each event does."""
