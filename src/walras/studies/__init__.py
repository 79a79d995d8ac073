"""The laboratory: market generator, replay of published days, comparison, reports."""
