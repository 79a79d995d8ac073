"""Pages of the border: capacities, permits, schedules, meters and deviations of a market's lines.

System operators act here for their side; operators and the regulator see the same pages without
the acts. Every page is of one market and one delivery day, which stand in the address.
"""
