"""A whole day: from an empty store to a final result that others verify, over a server, its worker and the client."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from stdnum.eu import eic
from tests.service import money_of_the_day as money
from tests.service.intake.filled import FLAT, table_zip, workbook
from tests.service.test_serving import KEY, free_port, wait_for
from tests.service.two_states import DAY, LIMITS, block, curve, definition, documents, hour, text

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service.client import WalrasClient
from walras.service.intake.tables import tables_of

LISTED = "name,aliases,identifiers,kind,source,listed_on\nVolgotrans Example,,,company,made up,2025-01-31\n"
NAMES = ("Sun", "Families", "Flat", "Tables", "Sheet", "Volgotrans Example")
GATE_SECONDS, OBJECTION_MINUTES = 14, 0.1
PRODUCTS = (("North", "electricity"), ("South", "electricity"), ("North", "gas"))
ELSEWHERE = """
import contextlib, io, json, sys
from walras.cli import main
answers = []
for words in json.load(sys.stdin):
    sys.argv, code = ["walras", *words], 0
    with io.StringIO() as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        answers.append((code, said.getvalue()))
print(json.dumps(answers))
"""
"""Commands one after the other in one process: a process each spends most of its time on its start."""


@contextmanager
def serving(store_url, folder):
    """A server with its worker, as an operator starts it: `url`, and the keys of two officers."""
    port = free_port()
    told = {"WALRAS_DATABASE_URL": store_url, "WALRAS_DATA": str(folder / "data"), "WALRAS_WEBHOOKS_ANYWHERE": "1"}
    ports = ("--port", str(port), "--console-port", "0")
    words = [sys.executable, "-c", "from walras.cli import main; main()", "serve", *ports]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            words, env=os.environ | told | {"PYTHONUNBUFFERED": "1"}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/ready", process)
            yield f"http://127.0.0.1:{port}", KEY.findall(log.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()[-5000:]
    assert process.returncode == 0


@contextmanager
def receiver():
    """A server for webhooks of this machine: yields its address and what came."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Day:
    """The people of the day: two officers, six members, a regulator, the public; and what they were given."""

    def __init__(self, url, officers, folder):
        self.url, self.folder = url, folder
        self.clients = {"OP": WalrasClient(url, officers[0]), "OP-2": WalrasClient(url, officers[1])}
        self.clients["public"] = WalrasClient(url)
        self.keys = {}
        self.receipts = {}
        self.session = ""

    def __getitem__(self, who):
        return self.clients[who]

    def close(self):
        for client in self.clients.values():
            client.close()

    def by_two(self, command):
        proposed = self["OP"].do(command)
        return self["OP-2"].approve(proposed["proposal"])["answer"]

    def keep(self, member, answer):
        """Keep a receipt, as a member should."""
        self.receipts.setdefault(member, []).append(answer["receipt"])
        return answer["orders"]

    def apply(self, name, role="member", **more):
        person = {"contact_name": "Ada Example", "contact_email": "ada@example.invalid"}
        return self["public"].do(c.ApplyForMembership(name=name, role=role, country="IT", **person, **more))

    def admit(self, applied):
        """Admit a company and give its user a key."""
        self.by_two(c.AdmitCompany(company=applied["company"]))
        key = self["OP"].do(c.IssueKey(user=applied["user"]))["key"]
        self.clients[applied["company"]] = WalrasClient(self.url, key)
        self.keys[applied["company"]] = key
        return applied["company"]

    def send(self, member, name, content, kind=None):
        file = self.folder / name
        file.write_bytes(content)
        return self.keep(member, self[member].send_file(self.session, file, kind))

    def file(self, who, path):
        return httpx.get(self.url + path, headers={"Authorization": f"Bearer {self.keys[who]}"}, timeout=30)

    def state(self):
        return self["public"].ask(q.GetSession(session=self.session))

    def until(self, what, seconds=30):
        """Wait until something holds, and return it."""
        end = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < end, "it did not come in time"
            time.sleep(0.2)
        return found


def rule_of(asked):
    """The status and the rule of a refusal."""
    with pytest.raises(Problem) as refused:
        asked()
    return refused.value.status, refused.value.mistakes[0].rule


def walras(folder, *commands):
    """Run commands as somebody else would, in a folder of their own; return their exit codes and what they say."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("WALRAS_")} | {"COLUMNS": "200"}
    told = json.dumps([[str(word) for word in words] for words in commands])
    python = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(python, cwd=folder, env=clean, input=told, capture_output=True, text=True, check=True)
    return [tuple(answer) for answer in json.loads(done.stdout)]


@pytest.mark.parametrize("store_url", [pytest.param("sqlite", marks=pytest.mark.drill), "postgresql"], indirect=True)
def test_a_whole_day(store_url, tmp_path):
    with serving(store_url, tmp_path) as (url, officers), receiver() as (hook, got):
        day = Day(url, officers, tmp_path)
        members = people(day)
        secret = bytes.fromhex(day[members[0]].do(c.SetWebhook(url=hook))["secret"])
        market(day, members)
        orders_in_all_forms(day, members)
        before_the_gate(day, members)
        after_the_gate(day, members)
        preliminary(day)
        objection_and_second_version(day, members)
        final(day)
        told(day, members, secret, got)
        bundles(day, members)
        money.settled(day, tmp_path)
        money.papers(day, members, money.paid(day, members))
        day.close()
    check_elsewhere(day, members, tmp_path, store_url)


def people(day):
    """Six members of two states apply, one is held until two officers clear it; a regulator comes as well."""
    assert day["OP"].do(c.ImportRestrictedList(name="ours", csv=LISTED))["entries"] == 1
    code = "10XEXAMPLE-----"
    applied = [
        day.apply(name, **({"eic": code + eic.calc_check_digit(code)} if name == "Sun" else {})) for name in NAMES
    ]
    regulator = day.admit(day.apply("Regulator", "regulator"))
    day.clients["R"] = day[regulator]
    held = applied[-1]["company"]
    case = next(found for found in day["R"].pages(q.ListCases()) if found["state"] == "held")
    proposed = day["OP"].do(c.AdmitCompany(company=held))["proposal"]
    assert rule_of(lambda: day["OP-2"].approve(proposed)) == (422, "case_clear")
    day["OP"].do(c.RejectProposal(proposal=proposed, reason="its case is open"))
    for officer in ("OP", "OP-2"):
        day[officer].do(c.DecideCase(case=case["case"], verdict="clear", reason="another company of that name"))
    members = [day.admit(one) for one in applied]
    for member in members:
        statute = c.AttachDocument(
            company=member, name="statute.txt", media_type="text/plain", content_base64=b64encode(b"statute").decode()
        )
        assert day[member].do(statute)["digest"]
    return members


def market(day, members):
    """Two states with a line between them, gas in one of them, and an objection window of seconds."""
    grids = [{"zone": z, "carrier": e, "mtu_minutes": 60} | LIMITS for z, e in PRODUCTS]
    run = {"objection_minutes": OBJECTION_MINUTES}
    day.by_two(c.SetMarket(market="two", valid_from="2020-01-01", definition=definition(grids=grids, run=run)))
    for member in members:
        day.by_two(c.SetRights(company=member, market="two", products=PRODUCTS, most_orders=20, most_mw=500))
    left = [curve("left", "North", "supply", 12, 200, carrier="gas")]
    assert day[members[5]].do(c.SetDefaultOrders(market="two", day=DAY, orders=documents(*left)))["orders"] == 1
    money.agree(day, members)
    now = datetime.now(UTC)
    opens, gate = now + timedelta(seconds=1), now + timedelta(seconds=GATE_SECONDS)
    plan = c.ScheduleSession(market="two", delivery_day=DAY, opens_at=opens, gate_at=gate)
    day.session = day.by_two(plan)["session"]
    assert rule_of(lambda: day[members[0]].submit(day.session, left)) == (422, "gate_open")
    day.until(lambda: day.state()["state"] == "open")


def orders_in_all_forms(day, members):
    """JSON of every family, both forms of CSV, the template, Parquet; versions, a withdrawal, a bulk cancel."""
    sun, families, flat, tables, sheet, _ = members
    session = day.session
    first = curve("sun", "North", "supply", 20, 300)
    sloped = curve("sloped", "South", "supply", 40, 60)
    for mtu in sloped["mtus"]:
        mtu["steps"] = [{"price_per_mwh": 40.0, "price_end_per_mwh": 80.0, "quantity_mw": 60.0}]
    assert day.keep(sun, day[sun].submit(session, [first, sloped])) == {"sloped": 1, "sun": 1}
    assert day.keep(sun, day[sun].submit(session, [curve("sun", "North", "supply", 22, 30)])) == {"sun": 2}
    assert len(day.keep(families, day[families].submit(session, every_family()))) == 8
    assert day.keep(families, day[families].withdraw(session, ["taken-back"])) == {"taken-back": 2}
    day.keep(flat, day[flat].submit(session, [curve("need", "South", "demand", 4000, 400)]))
    money.refused_for_collateral(day, flat, [curve("more", "South", "demand", 4000, 500)])
    assert day.keep(flat, day[flat].withdraw(session, is_all=True)) == {"need": 2}
    rows = [f"need,South,electricity,demand,{text(hour(h))},1,90,90,70" for h in range(24)]
    assert day.send(flat, "need.csv", "\n".join([FLAT.splitlines()[0], *rows, ""]).encode()) == {"need": 3}
    town = [curve("town", "North", "demand", 85, 50), block("mill", "North", "demand", 70, 12, hours=range(8, 16))]
    assert day.send(tables, "town.zip", table_zip(as_tables(*town)), "csv") == {"mill": 1, "town": 1}
    bulk = as_tables(*(curve(f"b{n}", "South", "demand", 30 + n, 1) for n in range(10)))
    assert len(day.send(tables, "bulk.zip", table_zip(bulk, "parquet"), "parquet")) == 10
    assert day[sheet].template(session, day.folder / "template.xlsx").read_bytes().startswith(b"PK")
    times = [f"{DAY} {h:02d}:00" for h in range(24)]
    assert day.send(sheet, "orders.xlsx", workbook(**filled(times))) == {"hydro": 1, "peak": 1}


def as_tables(*orders):
    return {name: frame for name, frame in tables_of(documents(*orders)).items() if frame.height}


def filled(times):
    """What a trader types into the template: a curve of every hour, a block of the evening."""
    place = {"zone": "South", "carrier": "electricity", "side": "supply"}
    step = {"step": 1, "price_start": 35, "quantity_mw": 25}
    evening = {"price": 55, "min_acceptance_ratio": 0.5, "from": times[18], "to": times[22], "quantity_mw": 10}
    return {
        "Curves": [{"order": "hydro", "mtu_start": at, **place, **step} for at in times],
        "Blocks": [{"order": "peak", **place, **evening}],
    }


def every_family():
    """Linked blocks, an exclusive group, and one order of each other family, a conversion of gas among them."""
    place = {"zone": "North", "carrier": "electricity", "side": "supply"}
    steps = [{"price_per_mwh": 30.0, "quantity_mw": 10.0}]
    mtus = [{"mtu_start": text(hour(h)), "minimum_mw": 5.0, "steps": steps} for h in range(24)]
    gas = {"zone": "North", "carrier": "gas", "efficiency": 0.5, "outside_share": 0.0}
    burnt = [{"mtu_start": text(hour(h)), "steps": [{"price_per_mwh": 2.0, "quantity_mw": 20.0}]} for h in range(24)]
    return [
        block("parent", "North", "supply", 30, 10), block("child", "North", "supply", 25, 10, parents=["parent"]),
        block("one", "South", "supply", 30, 10, group="choice"),
        block("two", "South", "supply", 35, 20, group="choice"),
        {"family": "flexible", "order": "taken-back", "price_per_mwh": 90.0, "quantity_mw": 4.0, "minutes": 60}
        | place | {"side": "demand"},
        {"family": "scalable", "order": "coal", "fixed_term": 500.0, "gradient_up_mw": 10.0, "mtus": mtus} | place,
        {"family": "conversion", "order": "turbine", "fixed_term": 100.0, "mtus": burnt, "input": gas} | place,
        {"family": "storage", "order": "battery", "zone": "South", "carrier": "electricity", "charge_mw": 5.0,
         "discharge_mw": 5.0, "capacity_mwh": 10.0, "spread_per_mwh": 2.0, "charge_efficiency": 0.9},
    ]  # fmt: skip


def before_the_gate(day, members):
    """The operator may not look, and that it tried is on record."""
    asked = q.ListOrders(session=day.session, member=members[0])
    assert rule_of(lambda: day["OP"].ask(asked)) == (403, "book_sealed")
    acts = list(day["R"].pages(q.ListTrail(stream="access")))
    assert acts[-1]["body"]["rule"] == "book_sealed"
    assert rule_of(lambda: day["OP"].close_session(day.session)) == (409, "session_time")


def after_the_gate(day, members):
    """The timetable closes the gate; who comes late is refused; default orders stand in; the run gives a result."""
    day.until(lambda: day.state()["state"] in {"closed", "cleared"})
    late = [curve("late", "North", "supply", 1, 1)]
    assert rule_of(lambda: day[members[0]].submit(day.session, late)) == (422, "gate_open")
    silent = day["R"].ask(q.ListOrders(session=day.session, member=members[5]))["items"]
    assert [order["name"] for order in silent] == ["left"]
    found = day["public"].wait_for_result(day.session, seconds=40)
    assert (found["state"], found["version"]) == ("cleared", 1)


def preliminary(day):
    """What everybody reads says that it is preliminary, and is sent once to who keeps it."""
    address = f"{day.url}/v1/sessions/{day.session}/results/prices.csv"
    first = httpx.get(address)
    assert first.headers["walras-stage"] == "preliminary"
    assert len(first.text.splitlines()) > 3 * 24
    again = httpx.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    page = httpx.get(f"{day.url}/public/{day.session}")
    assert page.headers["content-type"].startswith("text/html")
    assert "preliminary" in page.text


def objection_and_second_version(day, members):
    """One objection is dismissed, one upheld: the session is cleared again, to the same result."""
    one, two = (day[m].object(day.session, "the price of hour 3 is wrong")["objection"] for m in members[:2])
    day["OP"].do(c.AnswerObjection(objection=one, verdict="dismiss", text="it follows from the curves"))
    day["OP"].do(c.AnswerObjection(objection=two, verdict="uphold", text="it is cleared again"))
    day["OP"].do(c.RunSession(session=day.session, reason="an objection was upheld"))
    found = day.until(lambda: (s := day.state())["state"] == "cleared" and s["version"] == 2 and s)
    assert len(day["OP"].ask(q.ListRuns(session=day.session))["items"]) == 2
    early = day["OP"].finalise(day.session)["proposal"]
    assert rule_of(lambda: day["OP-2"].approve(early)) == (409, "session_time")
    assert rule_of(lambda: day["OP"].approve(early)) == (403, "four_eyes")
    day.until(lambda: datetime.now(UTC) > datetime.fromisoformat(found["final_after"]))
    assert day["OP-2"].approve(early)["answer"]["state"] == "final"


def final(day):
    """The worker signs the final certificate; the public pages say final."""
    address = f"{day.url}/v1/sessions/{day.session}/results/prices.csv"
    assert httpx.get(address).headers["walras-stage"] == "final"
    names = q.ListArtefacts(session=day.session)
    day.until(lambda: "final/public.zip" in {a["name"] for a in day["R"].ask(names)["items"]})
    assert httpx.get(f"{day.url}/v1/markets/two/latest/final/prices.csv").status_code == 200


def told(day, members, secret, got):
    """Members are told of every step; the webhook got the same, signed with the secret that was shown once."""
    steps = ["session open", "gate closed", "result preliminary", "result preliminary", "result final"]
    kinds = [n["kind"] for n in day[members[0]].notices() if n["session"] == day.session]
    assert [k for k in kinds if k in steps] == steps
    assert "objection dismissed" in kinds
    day.until(lambda: {json.loads(body)["kind"] for _, body in list(got)} >= set(kinds))
    newest = list(day[members[0]].pages(q.ListNotices(first="newest", limit=3)))
    assert [n["kind"] for n in reversed(newest) if n["session"] == day.session] == kinds
    hook = day[members[0]].ask(q.GetWebhook())
    assert (hook["deliveries"].keys() - {"waiting"}, hook["last_error"]) == ({"sent"}, None)
    assert secret.hex() not in str(hook)
    for headers, body in got:
        seconds, mac = headers["Walras-Signature"].removeprefix("t=").split(",v1=")
        assert hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest() == mac


def bundles(day, members):
    """Everybody takes what is theirs."""
    day["public"].download_bundle(day.session, day.folder / "public.zip")
    day["R"].download_bundle(day.session, day.folder / "regulator.zip", "regulator")
    for member in members:
        day[member].download_bundle(day.session, day.folder / f"{member}.zip", "member")


def check_elsewhere(day, members, folder, store_url):
    """Three levels are verified in another folder, and the store is found whole."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    keys = folder / "data" / "keys"
    (elsewhere / "ring.json").write_bytes((keys / "ring.json").read_bytes())
    for name in ("public", "regulator", members[1]):
        (folder / f"{name}.zip").rename(elsewhere / f"{name}.zip")
    for name, receipts in (("own", day.receipts[members[1]]), ("others", day.receipts[members[0]][:1])):
        (elsewhere / f"{name}.json").write_text(json.dumps(receipts))
    ring, store = ("--ring", "ring.json"), store_url.removeprefix("sqlite:///")
    *verified, others, trail, replayed = walras(
        elsewhere,
        ("verify", "public.zip", *ring),
        ("verify", "regulator.zip", *ring),
        ("verify", f"{members[1]}.zip", *ring, "--receipts", "own.json"),
        ("verify", f"{members[1]}.zip", *ring, "--receipts", "others.json"),
        ("trail", "verify", store, "--secrets", keys),
        ("oversight", "replay", day.session, "--store", store, "--secrets", keys),
    )  # fmt: skip
    for code, said in verified:
        assert (code, said.split()[-1]) == (0, "verified"), said
        assert "final" in said
    assert others[0] == 1, others
    assert trail == (0, "no flaws\n")
    code, said = replayed
    assert (code, "different" in said, "signature, hashes and" in said) == (0, False, True), said
