"""Observations in words: `observed(rows("gasoil", "USD/t", {"2010-09": 690}))`, all published long before."""

from walras.formulas.observation_file import table_of


def row(series, unit, period, value, published_at="1999-01-01T00:00Z", version=1):
    return {"series": series, "period": period, "value": str(value), "unit": unit, "published_at": published_at,
            "version": str(version), "source": "an exchange"}  # fmt: skip


def rows(series, unit, values, **more):
    return [row(series, unit, period, value, **more) for period, value in values.items()]


def observed(*many):
    return table_of([r for some in many for r in some])


def months(first_year, *values):
    return {f"{first_year + i // 12}-{i % 12 + 1:02}": v for i, v in enumerate(values)}
