"""Words of the pages in the languages of their readers: message catalogues, and which of them is meant.

Texts stand in the code in English, as calls of `t("...")`; `de.po` and `ru.po` translate them.
The entries of a catalogue are sorted by their English text, one empty line between two, so that
two people who add words rarely meet. Public pages and the console share the catalogues.
"""

from walras.service.words.catalogue import COOKIE, LANGUAGES, NAMES, Translator, chosen, mark, translator

__all__ = ["COOKIE", "LANGUAGES", "NAMES", "Translator", "chosen", "mark", "translator"]
