"""The glossary is made from the vocabulary, and nobody has changed only one of them."""

import runpy
from pathlib import Path

from walras.vocabulary import TERMS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_glossary_equals_the_vocabulary():
    made = runpy.run_path(str(DOCS / "make_glossary.py"))["glossary"]()
    assert (DOCS / "glossary.md").read_text(encoding="utf-8") == made, "run: python docs/make_glossary.py"


def test_every_term_is_explained_once():
    words = [t.word for t in TERMS]
    assert len(words) == len(set(words))
    assert all(t.meaning.endswith(".") for t in TERMS)
