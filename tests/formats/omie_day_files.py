"""Small files in the layouts of an Iberian day, with made-up numbers.

A simple seller and a buyer in Spain, a buyer and a seller in Portugal, a scalable complex
order with a minimum and a fixed term, and a seller of one block and two exclusive ones.
"""

import gzip
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MADRID = ZoneInfo("Europe/Madrid")
DAY = date(2024, 5, 7)


def hours_of(day):
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=MADRID) for d in (day, day + timedelta(days=1)))
    return int((end.timestamp() - begin.timestamp()) // 3600)


def header(code, unit, cv, fixed=0.0):
    return {"code": code, "unit": unit, "cv": cv, "fixed": f"{fixed:.3f}"}


def row(code, period, price, quantity, step=1, **more):
    usual = {"block": 0, "group": 0, "minimum": 0.0, "ratio": 0.0}
    own = {"code": code, "period": period, "step": step, "price": price, "quantity": quantity}
    return usual | own | more


def cab_line(h):
    return (
        f"{h['code']:>10}{1:>5}{h['unit']:<7}{'A plant in Logroño':<30}{h['cv']}O"
        f"{h['fixed']:>17}{100.0:>7.1f}{1:>2}20240506101500"
    )


def det_line(r):
    price, quantity, minimum, ratio = (
        value if isinstance(value, str) else f"{value:.{decimals}f}"
        for value, decimals in ((r["price"], 3), (r["quantity"], 1), (r["minimum"], 1), (r["ratio"], 3))
    )
    return (
        f"{r['code']:>10}{1:>5}{r['period']:>3}{r['block']:>2}{r['step']:>2}{r['group']:>2}"
        f"{price:>17}{quantity:>7}{minimum:>7}{ratio:>5}"
    )


def tiny_day(day=DAY):
    """Return what the files say, to be changed and then written."""
    hours = hours_of(day)
    begin = datetime(day.year, day.month, day.day, tzinfo=MADRID).timestamp()
    rows = []
    for t in range(1, hours + 1):
        rows += [row(11, t, 10.0, 20.5), row(11, t, 30.0, 40.0, step=2)]
        rows += [row(12, t, 90.25, 25.0), row(12, t, 80.0, 15.0, step=2)]
        rows += [row(13, t, 70.0, 30.0), row(14, t, 28.5, 12.0)]
        rows += [row(15, t, 20.0, 50.0, minimum=30.0), row(15, t, 25.0, 20.0, step=2)]
    rows += [row(16, t, 15.0, 5.0 + t, block=1, ratio=0.5) for t in (9, 10, 12)]
    rows += [row(16, t, 18.0, 8.0, block=b, group=1, ratio=1.0) for b in (2, 3) for t in (b, b + 1)]
    stamps = [datetime.fromtimestamp(begin + 900 * k, MADRID) for k in range(4 * hours + 1)]
    return {
        "day": day,
        "headers": [
            header(16, "HYDRO", "V"), header(11, "SUN1", "V"), header(12, "CITY", "C"), header(13, "LISB", "C"),
            header(14, "DOURO", "V"), header(15, "GAS1", "V", 1500.0),
        ],
        "rows": rows,
        "zones": [("SUN1", "ES"), ("CITY", "ES"), ("LISB", "PT"), ("DOURO", "PT"), ("GAS1", "ES"), ("HYDRO", "ES")],
        "capacities": [
            [str(t), f"{day:%d/%m/%Y}", border, lower, "0", "0", upper, "0", "0", ""]
            for border, lower, upper in (
                ("2", "-3.056,5", "3.960,0"), ("3", "-1.300,0", "1.750,0"), ("5", "-600,0", "915,3"),
            )
            for t in range(1, hours + 1)
        ],
        "french": [
            [f"{a:%d/%m/%Y %H:%M:%S} - {b:%d/%m/%Y %H:%M:%S}", "BZN|FR", "Without Sequence", f"{40 + k % 4}.50", "", ""]
            for k, (a, b) in enumerate(pairwise(stamps))
        ],
    }  # fmt: skip


def write_day(folder, tiny, newline="\r\n"):
    """Write the files of a day; CAB is compressed."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{tiny['day']:%Y%m%d}"
    cab, det = (
        "".join(line(x) + newline for x in tiny[part]).encode("latin-1")
        for part, line in (("headers", cab_line), ("rows", det_line))
    )
    (folder / f"CAB_{stamp}.1.gz").write_bytes(gzip.compress(cab))
    (folder / f"DET_{stamp}.1").write_bytes(det)
    capacities = ["Emisión;;;;;;;;;", "", "Periodo;Fecha;Frontera;...;", *(";".join(c) for c in tiny["capacities"])]
    text = "\r\n".join([*capacities, ";;;;;;;;;", ""])
    (folder / f"capacidad_inter_pbc_{stamp}.1").write_bytes(text.encode("latin-1"))
    heading = ["MTU (CET/CEST)", "Area", "Sequence", "Day-ahead Price (EUR/MWh)", "Intraday Period", "Intraday Price"]
    french = "".join(",".join(f'"{x}"' for x in line) + "\n" for line in [heading, *tiny["french"]])
    (folder / f"entsoe_fr_day_ahead_prices_{stamp}.csv").write_text(french, encoding="utf-8")
    zones = "".join(f"{u},{z}\n" for u, z in [("id_unidad", "cat_bidding_zone"), *tiny["zones"]])
    (folder / "participants_bidding_zones.csv").write_text(zones, encoding="utf-8")
    return folder
