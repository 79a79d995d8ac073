"""The public names of the package: each is there, is loaded when it is first used, and is listed once."""

import subprocess
import sys

import pytest

import walras


@pytest.mark.parametrize("name", walras.__all__)
def test_every_public_name_is_there(name):
    assert getattr(walras, name) is not None
    assert name in dir(walras)


def test_public_names_are_sorted_and_have_a_home():
    assert sorted(walras.__all__) == sorted({*walras._HOME, "__version__"})


def test_what_people_ask_for_is_public():
    assert {"explain", "settle", "report", "audit_folder", "BadInput", "WalrasError"} <= set(walras.__all__)


def test_the_package_loads_nothing_before_it_is_asked():
    code = "import sys, walras; print([m for m in sys.modules if m.startswith('walras.')])"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"
