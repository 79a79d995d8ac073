"""Order files at the API: taken whole with a receipt, or refused with their rule and nothing stored."""

import io
import json
import zipfile

import pytest
from sqlalchemy import func, select
from tests.service.intake.filled import FLAT, table_zip, workbook, zipped
from tests.service.two_states import DAY, curve, documents, hour
from tests.service.world import DEFINITION

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service.api.problems import STATUSES
from walras.service.intake.kinds import MEDIA_OF
from walras.service.intake.tables import tables_of
from walras.service.store.schema import idempotency, orders, submissions, trail

CSV, ZIP, XLSX = (MEDIA_OF[kind] for kind in ("csv", "parquet", "xlsx"))
MTU = hour(0).strftime("%Y-%m-%dT%H:%M:%SZ")
HEAD = FLAT.splitlines()[0] + "\n"
GOOD = f"{HEAD}sell,A,electricity,supply,{MTU},1,20,20,5\nneed,B,electricity,demand,{MTU},1,90,90,5\n"
ROW = {"order": "sell", "zone": "A", "carrier": "electricity", "side": "supply", "step": 1, "price_start": 20}
SHEET = {"Curves": [ROW | {"mtu_start": f"{DAY} 00:00", "quantity_mw": 5}]}


@pytest.fixture
def session(small_world):
    """An open session of a member with rights."""
    return founded(small_world)


def founded(world):
    world.by_two(c.SetMarket(market="power", valid_from="2020-01-01", definition=DEFINITION))
    products = (("A", "electricity"), ("B", "electricity"))
    world.by_two(c.SetRights(company="M-0001", market="power", products=products, most_orders=10, most_mw=50))
    times = {"opens_at": "2026-01-01T00:00:00Z", "gate_at": "2060-01-01T00:00:00Z"}
    officer = world.client("OP")
    found = officer.schedule("power", DAY, kind="simulation", **times)["session"]
    officer.open(found)
    return found


def send(world, session, data, media=CSV, kind="", who="M-0001", **headers):
    """Send bytes as a file, or a list of parts without a length."""
    query = f"?kind={kind}" if kind else ""
    given = {"Content-Type": media} | {name.replace("_", "-"): value for name, value in headers.items()}
    return world.send(f"/sessions/{session}/files{query}", data, who, **given)


def held(world):
    """How much the store holds of what a file could leave."""
    with world.store.read() as connection:
        return [connection.scalar(select(func.count()).select_from(t)) for t in (submissions, orders, idempotency)]


def as_tables(*sent):
    return {name: frame for name, frame in tables_of(documents(*sent)).items() if frame.height}


SOLD = curve("sell", "A", "supply", 20, 5, hours=[0])
FILES = {
    "flat": (GOOD.encode(), CSV, ""),
    "csv": (table_zip(as_tables(SOLD)), ZIP, "csv"),
    "parquet": (table_zip(as_tables(SOLD), "parquet"), ZIP, "parquet"),
    "workbook": (workbook(**SHEET), XLSX, ""),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gets_a_receipt_and_its_orders_stand(small_world, session, name):
    data, media, kind = FILES[name]
    answer = send(small_world, session, data, media, kind)
    assert answer.status_code == 200, answer.text
    assert answer.json()["orders"] == ({"need": 1, "sell": 1} if name == "flat" else {"sell": 1})
    assert answer.json()["receipt"]["document"]["sequence"] == answer.json()["sequence"]
    found = small_world.client("M-0001").ask(q.ListOrders(session=session))["items"]
    assert found[-1]["order"] == SOLD


def test_the_same_order_has_one_hash_in_every_form(small_world, session):
    answers = [send(small_world, session, *FILES[name]).json() for name in FILES]
    own = small_world.client("M-0001").submit(session, [SOLD])
    assert {a["hashes"]["sell"] for a in answers} == {own["hashes"]["sell"]}
    assert own["orders"] == {"sell": 5}


def test_the_client_sends_a_file_and_gets_the_template(small_world, session, tmp_path):
    member = small_world.client("M-0001")
    for name, kind in (("flat.csv", None), ("orders.zip", "parquet"), ("orders.xlsx", None)):
        file = tmp_path / name
        file.write_bytes(FILES[{"flat.csv": "flat", "orders.zip": "parquet", "orders.xlsx": "workbook"}[name]][0])
        assert "sell" in member.send_file(session, file, kind, "k" + name)["orders"]
        assert member.send_file(session, file, kind, "k" + name)["orders"]["sell"] < 4, "once only"
    one, two = (member.template(session, tmp_path / n).read_bytes() for n in ("one.xlsx", "two.xlsx"))
    assert one == two
    with pytest.raises(Problem) as refused:
        member.send_file(session, tmp_path / "one.xlsx")
    assert [m.rule for m in refused.value.mistakes] == ["submission_not_empty"]
    (tmp_path / "orders.txt").write_text(GOOD)
    with pytest.raises(Problem) as refused:
        member.send_file(session, tmp_path / "orders.txt")
    assert (refused.value.status, refused.value.mistakes[0].rule) == (415, "media_type")


def test_a_key_with_another_file_is_refused(small_world, session):
    first = send(small_world, session, GOOD, Idempotency_Key="k-1")
    assert send(small_world, session, GOOD, Idempotency_Key="k-1").json()["sequence"] == first.json()["sequence"]
    other = send(small_world, session, GOOD.replace(",20,20,", ",21,21,"), Idempotency_Key="k-1")
    assert (other.status_code, other.json()["mistakes"][0]["rule"]) == (409, "idempotency_key")


def bomb():
    """A workbook of some kilobytes whose one sheet unpacks to 300 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(**SHEET))) as good, zipfile.ZipFile(buffer, "w", 8) as bad:
        for entry in good.infolist():
            if entry.filename != "xl/worksheets/sheet1.xml":
                bad.writestr(entry, good.read(entry))
        with bad.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * 1_000_000)
    return buffer.getvalue()


HOSTILE = {
    "empty": (b"", CSV, "", "file_readable"),
    "zip bomb in XLSX": (bomb(), XLSX, "", "file_size"),
    "formula": (workbook(formula=(1, 8, "=1+1", None, 2), **SHEET), XLSX, "", "no_formulas"),
    "path traversal": (zipped({"../curve_orders.csv": b"x"}), ZIP, "csv", "zip_names"),
    "absolute path": (zipped({"/etc/passwd": b"x"}), ZIP, "csv", "zip_names"),
    "backslash": (zipped({"x\\orders.csv": b"x"}), ZIP, "parquet", "zip_names"),
    "zip in a zip": (zipped({"curve_orders.csv": zipped({"a": b"b"})}), ZIP, "csv", "zip_not_nested"),
    "cut off zip": (FILES["csv"][0][:-30], ZIP, "csv", "file_readable"),
    "cut off workbook": (FILES["workbook"][0][:2000], XLSX, "", "file_readable"),
    "cut off parquet": (zipped({"curve_orders.parquet": b"PAR1" + b"x" * 99}), ZIP, "parquet", "table_readable"),
    "cut off row": (GOOD[:-20].encode(), CSV, "", "field_readable"),
    "UTF-16": (GOOD.encode("utf-16"), CSV, "", "text_utf8"),
    "a workbook as CSV": (FILES["workbook"][0], CSV, "", "zip_names"),
    "CSV as a workbook": (GOOD.encode(), XLSX, "", "file_readable"),
    "JSON": (json.dumps({"orders": [SOLD]}).encode(), "application/json", "", "media_type"),
    "no media type": (GOOD.encode(), "", "", "media_type"),
    "zip of no kind": (FILES["csv"][0], ZIP, "", "file_kind"),
    "another kind": (FILES["workbook"][0], XLSX, "csv", "file_kind"),
    "unknown kind": (GOOD.encode(), CSV, "exe", "field_value"),
    "NaN": (GOOD.replace(",20,20,", ",NaN,NaN,").encode(), CSV, "", "number_finite"),
    "negative": (GOOD.replace("20,20,5", "20,20,-5").encode(), CSV, "", "quantity_not_negative"),
    "off the tick": (GOOD.replace("20,20,5", "20,20,5.01").encode(), CSV, "", "quantity_on_tick"),
    "beyond its rights": (GOOD.replace("20,20,5", "20,20,51").encode(), CSV, "", "member_limit"),
    "formula as a name": (GOOD.replace("sell,", "=1+1,").encode(), CSV, "", "name_valid"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_its_rule_and_leaves_nothing(small_world, session, name):
    data, media, kind, rule = HOSTILE[name]
    before = held(small_world)
    answer = send(small_world, session, data, media, kind, Idempotency_Key="k-1")
    found = [m["rule"] for m in answer.json()["mistakes"]]
    assert rule in found, answer.text[:500]
    assert answer.status_code == STATUSES.get(rule, 422)
    assert held(small_world) == before
    assert send(small_world, session, GOOD, Idempotency_Key="k-1").status_code == 200, "the key is still free"


def test_every_mistake_of_a_file_comes_back_with_its_row(small_world, session):
    rows = f"a,A,electricity,supply,{MTU},1,20.001,20.001,5\nb,West,electricity,supply,{MTU},1,20,20,5\n"
    answer = send(small_world, session, HEAD + rows)
    found = {(m["rule"], m["where"]) for m in answer.json()["mistakes"]}
    assert {rule for rule, _ in found} == {"price_on_tick", "zone_known"}
    assert all("row" in where for _, where in found), found


def test_a_file_of_200_mb_is_refused_by_what_it_says(small_world, session):
    answer = send(small_world, session, b"x", Content_Length="200000000")
    assert (answer.status_code, answer.json()["mistakes"][0]["rule"]) == (413, "body_size")


def test_a_file_without_an_end_is_refused_where_it_passes_the_limit(small_world, session):
    """64 MB are taken in parts of 1 MB; the answer comes after the 65th, and the connection closes."""
    received, sent = [], []

    async def receive():
        received.append(1)
        assert len(received) < 70, "it went on reading"
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    async def answer(message):
        sent.append(message)

    path = f"/v1/sessions/{session}/files"
    key = small_world.headers("M-0001")["Authorization"].encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"authorization", key), (b"content-type", b"text/csv")],
        "client": ("192.0.2.1", 4000), "server": ("walras.invalid", 80),
    }  # fmt: skip
    small_world.http._transport.portal.call(small_world.app, scope, receive, answer)
    assert (sent[0]["status"], len(received)) == (413, 65)
    assert dict(sent[0]["headers"])[b"connection"] == b"close"
    assert held(small_world)[0] == 0


def test_a_file_is_only_for_members_and_the_attempt_is_recorded(small_world, session):
    for who, status in (("OP", 403), ("R-0001", 403), ("", 401), ("M-0001", 200)):
        assert send(small_world, session, GOOD, who=who).status_code == status
    with small_world.store.read() as connection:
        acts = connection.scalars(select(trail.c.body).where(trail.c.stream == "access")).all()
    assert [json.loads(a)["asked"] for a in acts] == ["send-file"] * 2


def test_a_file_to_no_session_or_without_rights_is_refused_before_it_is_read(small_world, session):
    for place, who, rule in (("none", "M-0001", "session_known"), (session, "M-0002", "member_admitted")):
        answer = send(small_world, place, b"", who=who)
        assert [m["rule"] for m in answer.json()["mistakes"]] == [rule]
