"""Write docs/glossary.md from the vocabulary: `python docs/make_glossary.py`."""

from pathlib import Path

from walras.vocabulary import TERMS

HEAD = """\
# Glossary

Made from `walras.vocabulary` by `python docs/make_glossary.py`; a test keeps the two equal.

| word | meaning | unit | sign |
|---|---|---|---|
"""


def glossary() -> str:
    """Return the page: one row a term, sorted by word."""
    terms = sorted(TERMS, key=lambda t: t.word.lower())
    return HEAD + "".join(f"| {t.word} | {t.meaning} | {t.unit} | {t.sign} |\n" for t in terms)


if __name__ == "__main__":
    Path(__file__).with_name("glossary.md").write_text(glossary(), encoding="utf-8")
