"""Where a rehearsal is written: nothing that somebody put there is lost."""

import json

import pytest


@pytest.mark.parametrize("files", [["notes.txt"], ["checks.txt", "service/walras.db", "notes.txt"], ["checks.txt"]])
def test_a_rehearsal_replaces_nothing_but_an_older_one(run, tmp_path, files):
    out = tmp_path / "out"
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("")
    said = {"format": "walras-rehearsal", "version": 1, "name": "A", "market": "m", "delivery_day": "2027-01-31",
            "steps": [{"at": "2027-01-20T08:00+03:00", "part": "A", "do": "wait"}]}  # fmt: skip
    (tmp_path / "script.json").write_text(json.dumps(said))
    done = run("rehearse", tmp_path, "--out", out)
    assert (done.exit_code, "place_free" in done.stderr) == (2, True)
    assert all((out / name).exists() for name in files)
