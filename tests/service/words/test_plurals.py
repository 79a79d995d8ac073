"""Texts that count MTUs have a form for one of them."""

import re

from tests.service.words.test_catalogues import ROOMS, texts


def test_no_text_speaks_of_one_mtu_in_the_plural():
    plain = [text for text in texts(*ROOMS) if isinstance(text, str)]
    assert [text for text in plain if re.search(r"\{count\} MTUs(?!, the paste)", text)] == []
