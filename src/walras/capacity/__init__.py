"""Who may use the border: declared capacities, the ledger over time layers, permits, bilateral trade, schedules.

::

    declared ──▶ agreed ──▶ Ledger ◀── take, hand_over, release      (ledger, taking)
    (two sides)  (lower)      │   ◀── curtailment when capacity falls (curtailment, moment)
                              ├──▶ usable: what an auction may have   (usable)
                              └──▶ schedules, planned net interchange (schedules)

Pure: figures in, entries out; the store and its locks are the service's. Units: whole kW and
minutes since 1970 UTC. Axes: e element (line or cross-section), d direction (0 forward,
1 backward), s slot (one element in one MTU). Sources: docs/capacity.md.
"""
