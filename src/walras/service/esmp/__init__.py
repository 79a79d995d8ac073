"""Between the ESMP documents of `walras.formats.esmp` and the ledger, contracts and schedules of a market.

::

    eics      codes of zones, lines and companies; what is missing, all at once
    view      what one addressee sees of a delivery day, with version and time of its document
    outgoing  a view to a document: capacity, schedule, anomaly, confirmation
    places    series of a document to lines, directions and MTUs
    incoming  a document to the plain commands that say the same

What a document means at the door stands in docs/esmp.md.
"""
