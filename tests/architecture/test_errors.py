"""Every exception of the tree is drawn in its docstring, is raised somewhere, and keeps what it was given."""

import re
from pathlib import Path

import pytest

from walras import errors
from walras.errors import BadInput, Mistake, WalrasError
from walras.service import permissions  # noqa: F401 - its errors belong to the tree
from walras.service.api import problems  # noqa: F401 - its errors too

SOURCE = Path(errors.__file__).parent
MISTAKE = Mistake("what", "where", "rule", "fix")


def tree(root=WalrasError):
    return [root, *(e for child in root.__subclasses__() for e in tree(child))]


@pytest.mark.parametrize("error", tree(), ids=lambda e: e.__name__)
def test_every_error_is_drawn_in_the_tree(error):
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__)
    assert error.__doc__


@pytest.mark.parametrize("error", tree()[1:], ids=lambda e: e.__name__)
def test_every_error_is_raised_or_caught_as_one_of_ours(error):
    given = [MISTAKE] if issubclass(error, BadInput) else "why"
    with pytest.raises(WalrasError) as caught:
        raise error(given)
    assert "what" in str(caught.value) or "why" in str(caught.value)
    if issubclass(error, BadInput):
        assert caught.value.mistakes == (MISTAKE,)


@pytest.mark.parametrize("error", tree()[1:], ids=lambda e: e.__name__)
def test_every_error_is_used(error):
    uses = [p for p in SOURCE.rglob("*.py") if p.name != "errors.py" and error.__name__ in p.read_text("utf-8")]
    assert uses, f"nothing names {error.__name__}"


def test_no_other_errors_are_defined_elsewhere():
    defined = {
        name
        for p in SOURCE.rglob("*.py")
        for name, parent in re.findall(r"^class (\w+)\((\w+)\)", p.read_text("utf-8"), flags=re.MULTILINE)
        if parent.endswith(("Error", "Exception")) or parent in {e.__name__ for e in tree()}
    }
    assert defined <= {e.__name__ for e in tree()} | {"WalrasError"}


def test_bad_input_without_a_mistake_is_our_own_mistake():
    with pytest.raises(AssertionError):
        BadInput([])


def test_a_mistake_says_what_where_rule_and_fix():
    assert str(MISTAKE) == "where: what\n  rule: rule\n  fix:  fix"
