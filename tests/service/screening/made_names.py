"""Artificial company names, written in five ways: Cyrillic, and four romanisations of it."""

import random

ONSETS = ["б", "в", "г", "д", "ж", "з", "к", "л", "м", "н", "п", "р", "с", "т", "ф", "х", "ц", "ч", "ш", "щ", "кс"]
VOWELS = ["а", "е", "и", "о", "у", "ы", "ю", "я", "ё"]
ENDS = ["", "н", "р", "к", "й", "ль", "в", "ш", "кс", "нск", "т"]
FORMS = {
    "cyrillic": "ООО {}",
    "english": "{} LLC",
    "scholarly": "OOO {}",
    "german": "{} GmbH",
    "turkish": "{} Ltd. Şti.",
}
BUSINESSES = {
    "энергия": ("energiya", "energija", "Energie", "enerji"),
    "торг": ("torg", "torg", "Torg", "torg"),
    "нефть": ("neft", "neft", "Neft", "neft"),
}
PLAIN = dict(zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf", strict=True)) | {"э": "e", "ь": "", "ъ": ""}
SPECIAL = {
    "english": {"ж": "zh", "й": "y", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ы": "y", "ю": "yu",
                "я": "ya", "ё": "yo"},
    "scholarly": {"ж": "ž", "й": "j", "х": "h", "ц": "c", "ч": "č", "ш": "š", "щ": "šč", "ы": "y", "ю": "ju",
                  "я": "ja", "ё": "e", "кс": "x"},
    "german": {"ж": "sch", "й": "i", "х": "ch", "ц": "z", "ч": "tsch", "ш": "sch", "щ": "schtsch", "ы": "y", "ю": "ju",
               "я": "ja", "ё": "jo", "в": "w", "кс": "x"},
    "turkish": {"ж": "j", "й": "y", "х": "h", "ц": "ts", "ч": "ç", "ш": "ş", "щ": "şç", "ы": "ı", "ю": "yu", "я": "ya",
                "ё": "yo"},
}  # fmt: skip
WAYS = tuple(SPECIAL)


def word(rng):
    syllables = rng.choice([2, 2, 3])
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)) + rng.choice(ENDS)


def romanised(text, way):
    table = PLAIN | SPECIAL[way]
    out, at = "", 0
    while at < len(text):
        size = 2 if text[at : at + 2] in table else 1
        out += table.get(text[at : at + size], text[at : at + size])
        at += size
    return out


def company(rng):
    """Return distinctive words and a business in Cyrillic."""
    return tuple(word(rng) for _ in range(rng.choice([1, 1, 2]))), rng.choice(sorted(BUSINESSES))


def written(made, way):
    words, business = made
    if way == "cyrillic":
        text = " ".join(w.capitalize() for w in words) + " " + business.capitalize()
    else:
        text = " ".join(romanised(w, way).capitalize() for w in words) + " " + BUSINESSES[business][WAYS.index(way)]
    return FORMS[way].format(text)


def companies(count, seed=5):
    rng = random.Random(seed)
    made = {}
    while len(made) < count:
        words, business = company(rng)
        made.setdefault(words, business)
    return list(made.items())


def one_word_replaced(made, rng):
    """Return a company that shares all but one distinctive word; with one word, its first syllable stays."""
    words, business = made
    if len(words) == 2:
        return (words[0], word(rng)), business
    return (words[0][:2] + word(rng),), business


def one_letter_changed(text, rng):
    """Return the text with one letter of its longest word replaced by a far one."""
    longest = max(text.split(), key=len)
    at = rng.randrange(1, len(longest))
    other = rng.choice([x for x in "бгдлмнпрт" if x != longest[at].lower()])
    return text.replace(longest, longest[:at] + other + longest[at + 1 :])
