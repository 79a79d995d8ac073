"""`walras esmp`: documents in files, shown and checked."""

import pytest
from tests.formats.esmp import samples

from walras.formats import esmp

SAMPLES = {
    "schedule": samples.schedule, "capacity": samples.capacity, "acknowledgement": samples.acknowledgement,
    "anomaly": samples.anomaly, "confirmation": samples.confirmation, "bids": samples.bids,
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def written(data):
        file = tmp_path / "document.xml"
        file.write_bytes(data if isinstance(data, bytes) else esmp.write_document(data))
        return file

    return written


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_kind_fits_a_terminal(run, write, kind):
    document = SAMPLES[kind]()
    done = run("esmp", "show", write(document), "--values")
    assert done.exit_code == 0, done.stderr
    tables = [line for line in done.stdout.splitlines() if ": " not in line]
    assert max(len(line) for line in tables) <= 80
    assert document.identification in done.stdout
    assert document.sender.code in done.stdout


def test_values_of_a_schedule_in_utc(run, write):
    out = run("esmp", "show", write(samples.schedule()), "--values").stdout
    assert "2026-10-24T22:00Z to 2026-10-25T23:00Z, 25 h" in out
    assert "2026-10-24T23:00Z  2026-10-25T00:00Z   1.500" in out
    assert "36.000" in out, "24 steps of 1.5 MW"
    assert "2026-10-24T23:00Z  2026-10-25T00:00Z" not in run("esmp", "show", write(samples.schedule())).stdout


def test_a_document_that_breaks_no_rule_ends_with_0(run, write):
    file = write(samples.schedule())
    done = run("esmp", "check", file, "--day", "2026-10-25", "--time-zone", "Europe/Rome")
    assert (done.exit_code, done.stdout) == (0, "document.xml: ScheduleDocument SCHEDULE-1 breaks no rule\n")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--day", "2026-10-26", "--time-zone", "Europe/Rome"), "esmp_period"),
        (("--day", "2026-10-25"), "esmp_period"),
        (("--day", "yesterday"), "day_known"),
        (("--day", "2026-10-25", "--time-zone", "Rome"), "day_known"),
    ],
)
def test_another_day_ends_with_2(run, write, words, rule):
    done = run("esmp", "check", write(samples.schedule()), *words)
    assert done.exit_code == 2
    assert f"rule: {rule}" in done.stderr


def test_every_mistake_is_listed_with_its_line(run, write):
    data = esmp.write_document(samples.schedule()).replace(b">1.5<", b">-1.5<").replace(b">A03<", b">A99<", 1)
    for command in ("check", "show"):
        done = run("esmp", command, write(data))
        assert done.exit_code == 2
        assert "rule: esmp_sign" in done.stderr
        assert "rule: esmp_code" in done.stderr
        assert "line " in done.stderr
        assert done.stdout == ""


def test_noise_and_absent_files_end_with_2(run, write, tmp_path):
    assert run("esmp", "check", write(b"no xml")).exit_code == 2
    assert run("esmp", "check", tmp_path / "none.xml").exit_code == 2
    big = run("esmp", "check", write(b" " * (8 * 2**20 + 5)))
    assert "rule: esmp_size" in big.stderr
