"""The most that storage orders gain at posted prices and values of stored energy (formulation, eq. 8.14).

At any value of what is stored, no schedule gains more than all charging, discharging and
keeping that gain by themselves, each as far as it goes: weak duality again. Summed by
`certificate` over the whole market and by `certificate_cluster` leaf by leaf.

Axes: w store MTUs, o orders, and any axes before them. Units: currency.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray
from walras.results.raw import Raw, total_by
from walras.results.results import Certificate


def storage_surplus(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return the best surplus of each storage order, accepted or not; shape (o,)."""
    if not raw.book.storages.count:
        return np.zeros(0)
    gain = storage_gain(raw, certificate.price[raw.stores.mtus.cell], certificate.store_value)
    own = total_by(raw.stores.mtus.order, gain, raw.book.storages.count) - raw.book.storages.fixed_term
    return np.maximum(own, 0.0)


def storage_gain(raw: Raw, price: FloatArray, value: FloatArray) -> FloatArray:
    """Return the most that each store MTU of an accepted order gains; `price` and `value` of shape (..., w)."""
    stores, mtus = raw.stores, raw.stores.mtus
    after = np.zeros_like(value)
    after[..., :-1] = value[..., 1:]
    after = np.where(mtus.is_last, 0.0, after * np.append(mtus.keep[1:], 1.0))
    begins = np.zeros(mtus.count)
    begins[mtus.first[:-1]] = raw.book.storages.start * mtus.keep[mtus.first[:-1]]
    charged = stores.charge * mtus.hours * np.maximum(stores.into * value - price, 0.0)
    sold = stores.discharge * mtus.hours * np.maximum(price - stores.spread - stores.out * value, 0.0)
    kept = (stores.room - stores.end) * np.maximum(after - value, 0.0)
    out: FloatArray = charged + sold + kept + (begins - stores.end) * value
    return out


def storage_size(raw: Raw, price: FloatArray, value: FloatArray) -> float:
    """Return the sum of magnitudes that `storage_gain` adds up at prices and values not above these."""
    stores, mtus = raw.stores, raw.stores.mtus
    value = np.abs(value)
    flow = (stores.charge + stores.discharge) * mtus.hours
    moved = flow * (np.abs(price[mtus.cell]) + stores.spread + np.maximum(stores.into, stores.out) * value)
    tallest = float(value.max(initial=0.0))
    levels = float(np.sum(stores.room)) * 4 * tallest
    return float(np.sum(moved)) + levels + float(np.sum(raw.book.storages.fixed_term))
