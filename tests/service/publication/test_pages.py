"""Pages for everybody: every state at a glance, three languages, small, and usable without eyes, mouse or colours."""

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib import resources

import polars as pl
import pytest
from sqlalchemy import select, update
from tests.service.worker.stage import SESSION

from walras.service.clock import MINUTE
from walras.service.publication import pages
from walras.service.publication.kept import Kept
from walras.service.publication.marks import WORDS
from walras.service.store.schema import artefacts, runs
from walras.service.store.schema import sessions as session_table
from walras.service.words import LANGUAGES, translator

PAGE = f"/public/{SESSION}"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Checked(HTMLParser):
    """A page as its reader's tools see it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.ids, self.tags, self.flaws = [], [], [], [], []
        self.labelled, self.drawings = [], 0
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.flaws.append("a head of a table without scope")
        if tag == "svg" and "aria-hidden" not in given and not given.get("aria-label"):
            self.flaws.append("a drawing without a name")
        self.labelled += [given[n] for n in ("aria-labelledby",) if n in given]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def named(self, tag):
        return [given for name, given in self.tags if name == tag]


def check(text):
    seen = Checked(text)
    assert seen.flaws == []
    assert [len(seen.named(tag)) for tag in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    assert seen.headings[0] == 1
    assert all(b <= a + 1 for a, b in zip(seen.headings, seen.headings[1:], strict=False)), seen.headings
    assert len(seen.ids) == len(set(seen.ids))
    anchors = [a["href"][1:] for a in seen.named("a") if a["href"].startswith("#")]
    assert {*anchors, *seen.labelled} <= set(seen.ids)
    assert anchors[0] == "main", "the first link skips to the content"
    assert all(n.get("aria-label") for n in seen.named("nav"))
    assert text.count("<caption>") == text.count("<table>")
    assert text.count("<desc>") == text.count('role="img"')
    assert seen.named("script") == seen.named("form") == []
    assert not re.search(r'(?:href|src)="(?:https?:)?//', text), "nothing comes from elsewhere"
    return seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_whole_named_and_in_order_in_every_language(public, language):
    seen = [
        check(public.get(f"{address}lang={language}").text) for address in ("/public?", f"{PAGE}?", f"{PAGE}?mtu=7&")
    ]
    assert all(page.named("html")[0]["lang"] == language for page in seen)
    inside = [a["href"] for page in seen for a in page.named("a") if a["href"].startswith("/public")]
    chosen = [h for h in inside if f"lang={language}" in h]
    assert len(chosen) == len(inside) - len(seen) * (len(LANGUAGES) - 1), "the language stays in every link"


def test_what_a_session_stands_at_has_a_word_a_shape_and_a_colour_of_its_own(stage, public):
    def badge(text):
        return re.search(r'<span class="stage (\w+)"><svg[^>]*>(.*?)</svg>([^<]*)', text).groups()

    found = {}
    for state, version in (
        ("scheduled", 0),
        ("open", 0),
        ("closed", 0),
        ("running", 0),
        ("cleared", 1),
        ("final", 1),
        ("fallback", 0),
    ):
        with stage.store.write() as connection:
            connection.execute(update(runs).values(state="running" if state == "running" else "done"))
            stored = "closed" if state == "running" else state
            connection.execute(update(session_table).values(state=stored, version=version))
        front, page = public.get("/public").text, public.get(PAGE)
        assert page.status_code == 200
        check(page.text)
        check(front)
        name, shape, word = badge(front)
        assert (name, word) == badge(page.text)[::2]
        assert word == WORDS[name]
        found[name] = shape
    assert list(found) == ["scheduled", "open", "closed", "running", "preliminary", "final", "withdrawn"]
    assert len(set(found.values())) == len(found)
    style = (resources.files("walras.service.publication") / "style.css").read_text(encoding="utf-8")
    assert [name for name in WORDS if not re.search(rf"\.{name}\b[^{{}}]*{{ background: var", style)] == []


def test_the_gate_is_said_in_local_time_and_utc(stage, public):
    at = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
    gate = int(at.timestamp()) * 1_000_000
    with stage.store.write() as connection:
        times = {"opens_at": gate - 9 * MINUTE, "gate_at": gate, "results_due_at": gate + 45 * MINUTE}
        connection.execute(update(session_table).values(state="open", version=0, **times))
    for address in ("/public", PAGE):
        text = public.get(address).text.replace("\u00a0", " ")
        assert (
            "Open until the gate closes: 9 Jun 2026, 12:00 UTC+3 (09:00 UTC). Results are expected by 9 Jun 2026, 12:45"
            in text
        )
    assert "Geöffnet" not in public.get("/public?lang=de").text
    assert "9 июн. 2026" in public.get("/public?lang=ru").text


def test_the_front_page_shows_the_latest_result_with_mean_prices_and_a_plot(stage, public):
    text = public.get("/public").text
    assert 0 < text.index("Now") < text.index("Latest result") < text.index('role="img"')
    assert "mean of the day" in text
    with stage.store.write() as connection:
        connection.execute(update(session_table).values(state="cancelled"))
    gone = public.get("/public").text
    assert "Latest result" not in gone
    assert "withdrawn" in gone


def test_a_language_is_asked_for_or_taken_from_cookie_or_browser_and_kept_apart(public):
    first = public.get(PAGE, headers={"Accept-Language": "ru"})
    assert "Предварительно" in first.text
    assert first.headers["Vary"] == "Accept-Language, Cookie"
    assert "set-cookie" not in first.headers
    assert 'href="/public"' in first.text, "what the browser chose stands in no address"
    assert "Vorläufig" in public.get(PAGE, headers={"Cookie": "walras-language=de", "Accept-Language": "ru"}).text
    english = public.get(f"{PAGE}?lang=en", headers={"Cookie": "walras-language=de"})
    assert "Preliminary" in english.text
    assert english.headers["ETag"] != first.headers["ETag"]
    odd = public.get(f"{PAGE}?lang=%3Cb%3E", headers={"Accept-Language": "ru"})
    assert "%3Cb" not in odd.text
    assert "Предварительно" in odd.text


@pytest.mark.parametrize(
    "query", ["mtu=25", "mtu=0", "mtu=x", "zone=nowhere", "zone=%3Cb%3E", "version=9", "mtu=99999999999"]
)
def test_what_a_result_does_not_have_is_refused(public, query):
    answer = public.get(f"{PAGE}?{query}")
    assert answer.status_code in (404, 422)
    assert answer.headers["Content-Type"] == "application/json", "what was asked for comes back as no markup"


def test_the_verify_box_names_this_results_file_key_and_digest(stage, public):
    text = public.get(PAGE).text
    name = f"{SESSION}-v1-public.zip"
    held = {a.name: a.digest for a in stage.rows(artefacts)}
    key = public.get(f"/v1/sessions/{SESSION}/results/certificate.json").json()["key_id"]
    assert f"walras verify {name} --ring ring.json" in text
    assert f'download="{name}"' in text
    assert [w for w in (held["public.zip"], held["certificate.json"], key) if w not in text] == []
    with stage.store.read() as connection:
        public_names = set(connection.scalars(select(artefacts.c.name).where(artefacts.c.is_public)))
    files = {n.removeprefix("published/").removesuffix(".parquet") for n in public_names}
    assert [n for n in files if f"/results/{n}" not in text] == []
    for address in re.findall(r'href="(/v1/[^"]+)"', text):
        assert public.get(address).status_code == 200, address


ZONES = [f"Z{i:02d}" for i in range(12)]


def quarter_hours():
    """Return the tables of a day of 12 zones in a ring with two chords, 96 MTUs, and their network as a bundle."""
    begin = [datetime(2026, 6, 9, 21, tzinfo=UTC) + timedelta(minutes=15 * i) for i in range(96)]
    cells = [{"zone": z, "carrier": "electricity", "mtu_start": b} for z in ZONES for b in begin]
    prices = [c | {"minutes": 15, "price_eur_per_mwh": 40.0 + 3 * (i % 96) % 17 + i // 96} for i, c in enumerate(cells)]
    lines = [(f"{a}-{b}", a, b) for a, b in zip(ZONES, [*ZONES[1:], ZONES[0]], strict=True)]
    lines += [("Z00-Z06", "Z00", "Z06"), ("Z03-Z09", "Z03", "Z09")]
    exchanges = []
    for k, (name, a, b) in enumerate(lines):
        for i, t in enumerate(begin):
            power = 100.0 * ((i + k) % 7 - 3)
            row = {"line": name, "from_zone": a, "to_zone": b, "mtu_start": t, "minutes": 15}
            exchanges.append(row | {"exchange_mw": power, "received_mw": power})
    steps = [("demand", 200.0 - 4 * k, 11.3 * k) for k in range(40)] + [
        ("supply", 4.0 * k, 11.3 * k) for k in range(40)
    ]
    curves = [
        c | {"minutes": 15, "side": s, "price_eur_per_mwh": p, "inside_mw": m, "upto_mw": m + 11.3, "sloped_steps": 0}
        for c in cells for s, p, m in steps
    ]  # fmt: skip
    volumes = [c | {"side": s, "curve_mw": 300.0, "indivisible_mw": 20.0} for c in cells for s in ("demand", "supply")]
    spans = [c | {"minutes": 15, "side": s, "offered_mw": 452.0, "accepted_mw": 300.0, "left_out_mw": 0.0}
             for c in cells for s in ("demand", "supply")]  # fmt: skip
    tables = {"prices": prices, "scheduled_exchanges": exchanges, "aggregated_curves": curves,
              "aggregated_volumes": volumes, "curve_volumes": spans,
              "net_positions": [c | {"net_position_mw": 12.5, "rounded_volumes": 0.0} for c in cells]}  # fmt: skip
    return (
        {n: pl.DataFrame(r).with_columns(pl.col("mtu_start").dt.cast_time_unit("us")) for n, r in tables.items()},
        lines,
        begin,
    )


def bundle(lines, begin):
    out = io.BytesIO()
    stamp = [f"{b:%Y-%m-%dT%H:%M:%SZ}" for b in begin]
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("market/zones.csv", "zone,country\n" + "".join(f"{z},AA\n" for z in ZONES))
        file.writestr(
            "market/grids.csv", "zone,carrier,quantity_tick_mw\n" + "".join(f"{z},electricity,0.1\n" for z in ZONES)
        )
        file.writestr(
            "market/lines.csv",
            "line,carrier,from_zone,to_zone\n" + "".join(f"{n},electricity,{a},{b}\n" for n, a, b in lines),
        )
        rows = "".join(f"{n},{s},300,300\n" for n, _, _ in lines for s in stamp)
        file.writestr("market/line_capacities.csv", "line,mtu_start,capacity_forward_mw,capacity_backward_mw\n" + rows)
    return out.getvalue()


def test_a_day_of_96_mtus_and_twelve_zones_stays_light_and_shows_each_mtu(stage, public):
    tables, lines, begin = quarter_hours()
    files = {"public.zip": bundle(lines, begin)}
    for name, table in tables.items():
        out = io.BytesIO()
        table.write_parquet(out)
        files[f"published/{name}.parquet"] = out.getvalue()
    with stage.store.write() as connection:
        for name, content in files.items():
            connection.execute(update(artefacts).where(artefacts.c.name == name).values(content=content))
        for name in ("border_exchanges", "paradoxically_rejected"):
            connection.execute(artefacts.delete().where(artefacts.c.name == f"published/{name}.parquet"))
    day, one, zone = (public.get(f"{PAGE}{q}") for q in ("", "?mtu=96&lang=ru", "?zone=Z05"))
    for answer in (day, one, zone):
        assert answer.status_code == 200
        check(answer.text)
        assert len(answer.content) < 300_000
    numbers = {int(n) for n in re.findall(r"mtu=(\d+)", day.text)}
    assert numbers == set(range(1, 97))
    assert day.text.count('class="dot"') == zone.text.count('class="dot"') == 1, "one zone's curves at a time"
    assert "Supply and demand: Z05" in zone.text
    assert "full 28 of 96" in day.text
    assert "загружена" in one.text
    assert 'class="band"' in one.text


def contrast(one, other):
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_of_level_aa(theme):
    style = (resources.files("walras.service.publication") / "style.css").read_text(encoding="utf-8")
    roots = [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root \{([^}]*)\}", style)]
    colours = {n: c if len(c) == 7 else "#" + "".join(2 * x for x in c[1:]) for n, c in roots[theme].items()}
    assert roots[0].keys() == roots[1].keys()
    grounds = ("preliminary", "final", "provisional", "gone", "running", "waiting")
    pairs = [
        (ink, paper)
        for ink in ("text", "quiet", "one", "two", "full", *(f"c{i}" for i in range(6)))
        for paper in ("page", "box")
    ]
    pairs += [("mark", ground) for ground in grounds] + [("text", "head"), ("quiet", "head"), ("one", "head")]
    assert {
        p: round(contrast(*(colours[n] for n in p)), 2) for p in pairs if contrast(*(colours[n] for n in p)) < 4.5
    } == {}


def test_pages_are_kept_by_what_they_are_made_from_and_no_more_than_fit(public):
    before = len(pages.KEPT)
    for query in ("?mtu=3", "?mtu=3", "?mtu=3&lang=de", "?mtu=4"):
        assert public.get(f"{PAGE}{query}").status_code == 200
    assert len(pages.KEPT) == before + 3
    small = Kept(most=100)
    for i in range(50):
        small.get(i, lambda: "x" * 30)
    assert len(small) == 3
    assert translator("de") is translator("de")
