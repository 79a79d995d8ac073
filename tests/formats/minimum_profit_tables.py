"""Small tables in the layout of a minimum-profit auction, with made-up numbers.

Two areas, three periods, two orders.
"""

PERIODS = (1, 2, 3)


def tiny_auction():
    """Return every table as a heading and rows of texts, to be changed and then written."""
    hourly = [["I", "PI0", "PI1", "QI", "LI", "TI"]]
    steps = [["H", "PH", "QH", "TH", "MP", "AR", "LH", "VH"]]
    for t in PERIODS:
        hourly += [[f"{3 * t}", "90.5", "90.5", "60.3", "7", f"{t}"], [f"{3 * t + 1}", "35", "35", "-45", "7", f"{t}"]]
        hourly += [[f"{3 * t + 2}", "80", "80", "30", "5", f"{t}"]]
        for order, area in (("1", "7"), ("2", "5")):
            k = 4 * t + 2 * (order == "2")
            steps += [[f"{k}", "8.63625", "-40.1", f"{t}", order, "0.6", area, "23.03"]]
            steps += [[f"{k + 1}", "12.5", "-20", f"{t}", order, "0", area, "23.03"]]
    return {
        "areas": [["V1"], ["7"], ["5"]],
        "periods": [["V1"], *([f"{t}"] for t in PERIODS)],
        "hourly_quad": hourly,
        "mp_headers": [["MP", "LC", "FC", "VC"], ["1", "7", "2000", "22.5"], ["2", "5", "0", "23.03"]],
        "mp_hourly": steps,
        "line_cap": [
            ["from", "too", "t", "linecap"],
            *([a, b, f"{t}", c] for t in PERIODS for a, b, c in (("7", "5", "20"), ("5", "7", "11.5"))),
        ],
    }


def write_auction(folder, tables):
    """Write the tables with quoted headings."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (heading, *rows) in tables.items():
        lines = [",".join(f'"{c}"' for c in heading), *(",".join(r) for r in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
