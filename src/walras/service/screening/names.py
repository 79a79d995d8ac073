"""When two names may mean the same party: one sound form for many spellings, then a score.

A name becomes ASCII (anyascii), loses case, punctuation and legal forms, and every word
becomes a *sound form*: letters that romanisations write differently (shch/sch/š, y/i/j,
kh/h/x, ks/x, ts/c, ye/e, iu/yu, Turkish ş ç ı, doubled letters) fall together. Words that
half of all energy companies carry (energy, trading, group) count less than the others.
Scripts without vowels (Arabic, Hebrew) are compared by consonants.

The score is 0 to 100. What it finds and what it misses was measured (decision 28).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz

from walras.service.screening.words import GENERIC, LEGAL_FORMS, SPELLED

MOST_LETTERS = 300
OTHER_BUSINESS = 0.85
SHORTER = 92.0
_ARTICLES = frozenset({"al", "el", "the", "de", "of", "i", "and", "und", "ve", "et", "y"})
# In this order: longer spellings first. Each line: what is written, what it sounds like.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"schtsch|shch|sch|shh|sc(?=[eiy])|sh|sz", "s"),
        (r"dzh|zh", "j"),
        (r"tsch|tch|tsh|ts|tz|cz|ch|kh|ks|ck|qu(?=[ei])|gh(?=[eiaou])|[qcxh]", "k"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"oo|ou", "u"),
        (r"[yj]o", "e"),
        (r"[yj]", "i"),
        (r"i+(?=[aeou])|(?<=[aeou])i+(?=[aeou])", ""),
        (r"(.)\1+", r"\1"),
    )
)
_WHOLE = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        ("有限责任公司|股份有限公司|有限公司|公司|股份|شركة", " "),
        ("集团", " group "),
        ("能源|电力|(?:ال|لل)?طاقة", " energy "),
        ("贸易|(?:ال|لل)?تجارة", " trade "),
    )
)
_LATIN, _CYRILLIC = re.compile("[a-z]"), re.compile("[а-яі]")
_TWINS = ("acehikmnopctxyb", "асенікмпорстхув")
_BEFORE_ASCII = str.maketrans(
    {"š": "sh", "ş": "sh", "ș": "sh", "č": "ch", "ç": "ch", "ć": "ch", "ž": "zh", "ğ": "g", "ı": "i", "ä": "a",
     "ö": "o", "ü": "u", "ł": "l", "đ": "d", "щ": "shch", "х": "kh", "ц": "ts",
     "ю": "yu", "я": "ya", "ё": "yo",
     "ъ": "", "ь": "", "ә": "a", "қ": "k", "ғ": "g", "ң": "n", "ұ": "u", "ү": "u", "һ": "h", "і": "i", "ө": "o",
     "'": "", "’": "", "`": "", "ʹ": "", "ʼ": ""}
)  # fmt: skip


@dataclass(frozen=True)
class SoundName:
    """A name as it is compared.

    Attributes:
        text: The name as it was written.
        words: Sound forms of the distinctive words, as ordered in the name.
        generic: Classes of its generic words (`energy`, `trade`, ...).
        joined, ordered: The words without blanks; the words sorted, with blanks.
        consonants: `joined` without vowels and v (one letter for both in Arabic), p as b.
        is_abjad: Whether the script writes consonants only.
    """

    text: str
    words: tuple[str, ...]
    generic: frozenset[str]
    joined: str
    ordered: str
    consonants: str
    is_abjad: bool


@lru_cache(maxsize=1 << 18)
def sound(word: str) -> str:
    """Return the sound form of one lower-case ASCII word.

    >>> sound("shchukin") == sound("schukin"), sound("aleksey") == sound("alexei"), sound("yuzhny") == sound("iuzhnyi")
    (True, True, True)
    >>> sound("khimki") == sound("himki"), sound("severtsentr") == sound("severcentr")
    (True, True)
    """
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word.rstrip("i") if len(word) > 3 else word


def read_name(text: str, is_person: bool = False) -> SoundName:
    """Return a name as it is compared; no words are left of a name without letters or digits.

    Names of persons keep words that would be a legal form or a business in the name of a company.

    >>> read_name('OOO "Щукинэнерго-Юг"').words == read_name("Schukinenergo Iug, LLC").words
    True
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).lower()
    is_abjad = any("\u0590" <= letter <= "\u06ff" for letter in plain)
    if not is_person:
        plain = re.sub(r"\b(?:[^\W\d_]\.\s?){2,}", lambda m: re.sub(r"[\s.]", "", m[0]) + " ", plain)
    if not plain.isascii():
        if _LATIN.search(plain) and _CYRILLIC.search(plain):
            plain = re.sub(r"\w+", lambda m: _one_script(m[0]), plain)
        for pattern, word in _WHOLE:
            plain = pattern.sub(word, plain)
    ascii_text = anyascii(plain.translate(_BEFORE_ASCII)).lower()
    written = re.findall(r"[a-z0-9]+", ascii_text.replace("'", ""))
    dropped = _ARTICLES if is_person else _ARTICLES | LEGAL_FORMS
    business: dict[str, str] = {} if is_person else GENERIC
    kept = [SPELLED.get(w, w) for w in written if w not in dropped] or written
    classes = frozenset(business[w] for w in kept if w in business)
    distinctive = tuple(s for w in kept if w not in business and (s := sound(w)))
    if not distinctive:
        distinctive, classes = tuple(s for w in kept if (s := sound(w))), frozenset()
    joined = "".join(distinctive)
    consonants = re.sub(r"[aeiouv]", "", joined).replace("p", "b")
    return SoundName(text, distinctive, classes, joined, " ".join(sorted(distinctive)), consonants, is_abjad)


def _one_script(word: str) -> str:
    """Return a word that mixes Latin and Cyrillic letters that look alike in the script of most of them."""
    latin, cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if not latin or not cyrillic:
        return word
    to, of = _TWINS if latin > cyrillic else _TWINS[::-1]
    return word.translate(str.maketrans(of, to))


def name_score(a: SoundName, b: SoundName) -> float:
    """Return how likely two names mean one party, 0 to 100.

    The better of the words in their order and sorted; times 0.85 if each side names a
    generic business that the other does not (energy / bank). A name of two words or more
    that is held whole in a longer one (a missing patronymic) scores 92.

    >>> name_score(read_name("Torvexa Energy LLC"), read_name("ООО Торвекса Энергия"))
    100.0
    >>> round(name_score(read_name("Torvexa Energy"), read_name("Torvexa Bank")))
    85
    """
    if not a.words or not b.words:
        return 0.0
    score = max(fuzz.ratio(a.joined, b.joined), fuzz.ratio(a.ordered, b.ordered))
    if (a.is_abjad or b.is_abjad) and min(len(a.consonants), len(b.consonants)) >= 4:
        score = max(score, fuzz.ratio(a.consonants, b.consonants))
    short, long = sorted((set(a.words), set(b.words)), key=len)
    if len(short) >= 2 and short <= long:
        score = max(score, SHORTER)
    if not (a.generic <= b.generic or b.generic <= a.generic):
        score *= OTHER_BUSINESS
    return float(score)
