"""The run worker: what happens in a service without anybody asking at that moment.

::

    timetable   opens and closes sessions when they are due
    run         claims runs, clears, audits, stores results       (heart, outcome, finish)
    sealing     binds new rows of the trail in batches
    webhooks    sends notices on

Any number of these processes may work on one store at once: each task is claimed or refused
by the database (decisions 32 and 33). `loop` puts them together; `python -m
walras.service.worker` runs it.
"""
