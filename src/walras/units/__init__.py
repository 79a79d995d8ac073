"""Technical data of a plant to orders, the feasibility of its accepted schedule, and tomorrow's state.

::

    unit file ─▶ Unit ─▶ Physics ─▶ graph ─▶ schedules ─▶ orders ─▶ auction ─▶ accepted power ─▶ check, next state

Every outcome that the auction may legally make of the orders is a schedule that the unit can run; a form that cannot
promise this for a unit is refused. Stands on `results` alone.
"""
