"""How formulas are refused."""

import pytest

from walras.errors import BadInput


@pytest.fixture
def refused():
    def rule_and_place(act):
        with pytest.raises(BadInput) as caught:
            act()
        mistake = caught.value.mistakes[0]
        assert all((mistake.what, mistake.where, mistake.rule, mistake.fix))
        return mistake.rule, mistake.where

    return rule_and_place
