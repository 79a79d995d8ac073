"""Find the entries of restricted-party lists that an applicant, or an officer of it, may be.

Every name is compared with every name and alias of every list, whatever kind the entry is of: rapidfuzz
scores all pairs in C, and what comes near the threshold is scored word by word
(`names.name_score`). A score is a reason to look, not a finding: two officers decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from walras.errors import BadInput, Mistake
from walras.service.screening.identifiers import Identifier
from walras.service.screening.lists import RestrictedList
from walras.service.screening.names import MOST_LETTERS, SoundName, name_score, read_name

THRESHOLD = 88.0
_CHUNK = 32


@dataclass(frozen=True)
class Applicant:
    """Whom to screen: names of the company, names of its officers, identifiers."""

    id: str
    names: tuple[str, ...]
    officers: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True)
class Hit:
    """One entry that the applicant may be.

    Attributes:
        list_name, list_version: Which list.
        entry, entry_name: Hash of the entry, and its main name.
        matched: `name`, `officer` or `identifier`.
        said, listed: What the applicant says, and what the list says.
        score: 0 to 100; 100 for an identifier.
        why: The reason in words.
    """

    list_name: str
    list_version: str
    entry: str
    entry_name: str
    matched: str
    said: str
    listed: str
    score: float
    why: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what makes it the same hit in a later version of the list."""
        return (self.list_name, self.entry, self.matched, self.said)


@dataclass(frozen=True)
class Screening:
    """What screening one applicant found, and which versions it looked at (name, version)."""

    applicant: str
    lists: tuple[tuple[str, str], ...]
    hits: tuple[Hit, ...]

    @property
    def is_clear(self) -> bool:
        """Return whether nothing was found."""
        return not self.hits


def screen(applicant: Applicant, lists: Sequence[RestrictedList]) -> Screening:
    r"""Return the hits of one applicant, best first (see `screen_many`).

    Example:
        >>> from walras.service.screening.lists import read_list
        >>> text = "name,aliases,identifiers,kind,source,listed_on\nТорвекса,,,company,made up,2025-01-31\n"
        >>> screen(Applicant("A-1", ("Torveksa LLC",)), [read_list("ours", text.encode())]).hits[0].why
        "name 'Torveksa LLC' sounds like 'Торвекса' (company, made up, listed 2025-01-31): score 100 of 100"
    """
    return screen_many([applicant], lists)[0]


def screen_many(applicants: Sequence[Applicant], lists: Sequence[RestrictedList]) -> tuple[Screening, ...]:
    """Return the screening of each applicant; one hit an entry and name, the best of its aliases.

    Raises:
        BadInput: An applicant has no name, or one that cannot be compared: no letters, or
            more than 300 of them (`screening_name`). It would pass unseen.
    """
    _check_names(applicants)
    said = [
        (number, matched, read_name(text, matched == "officer"))
        for number, a in enumerate(applicants)
        for matched, texts in (("name", a.names), ("officer", a.officers))
        for text in texts
    ]
    hits: list[list[Hit]] = [[] for _ in applicants]
    for one in lists:
        prepared = _prepared(one)
        for at, found in _by_name(prepared, [name for *_, name in said]):
            number, matched, name = said[at]
            hits[number] += [_name_hit(one, entry, matched, name, listed, score) for entry, listed, score in found]
        for number, applicant in enumerate(applicants):
            hits[number] += _by_identifier(prepared, applicant)
    versions = tuple((one.name, one.version) for one in lists)
    return tuple(
        Screening(a.id, versions, tuple(sorted(found, key=lambda h: (-h.score, h.key))))
        for a, found in zip(applicants, hits, strict=True)
    )


def _check_names(applicants: Sequence[Applicant]) -> None:
    fix = f"Write a name with letters, at most {MOST_LETTERS} characters."
    wrong = [
        Mistake(f"name {text[:50]!r} cannot be compared", f"applicant {a.id}", "screening_name", fix)
        for a in applicants
        for text in (*(a.names or ("",)), *a.officers)
        if len(text) > MOST_LETTERS or not read_name(text).words
    ]
    if wrong:
        raise BadInput(wrong)


@dataclass(frozen=True)
class _Prepared:
    """All names of a list in the forms that are compared, `entry[k]` being the entry of name k."""

    source: RestrictedList
    names: tuple[SoundName, ...]
    entry: np.ndarray[tuple[int], np.dtype[np.int64]]
    forms: tuple[tuple[str, ...], ...]
    abjad: tuple[int, ...]
    by_word: dict[str, tuple[int, ...]]
    by_identifier: dict[Identifier, tuple[int, ...]]


@lru_cache(maxsize=16)
def _prepared(one: RestrictedList) -> _Prepared:
    names: list[SoundName] = []
    entry: list[int] = []
    words, codes = defaultdict[str, list[int]](list), defaultdict[Identifier, list[int]](list)
    for number, party in enumerate(one.entries):
        for text in party.names:
            name = read_name(text, party.kind == "person")
            for word in set(name.words):
                words[word].append(len(names))
            names.append(name)
            entry.append(number)
        for code in set(party.identifiers):
            codes[code].append(number)
    forms = (tuple(n.joined for n in names), tuple(n.ordered for n in names), tuple(n.consonants for n in names))
    return _Prepared(
        one,
        tuple(names),
        np.array(entry, dtype=np.int64),
        forms,
        tuple(k for k, n in enumerate(names) if n.is_abjad),
        {w: tuple(at) for w, at in words.items()},
        {c: tuple(at) for c, at in codes.items()},
    )


def _by_name(prepared: _Prepared, said: list[SoundName]) -> Iterator[tuple[int, list[tuple[int, SoundName, float]]]]:
    """Yield for each name the entries at or above the threshold, with the listed name that is nearest."""
    for start in range(0, len(said), _CHUNK):
        part = said[start : start + _CHUNK]
        near = _near(prepared, part)
        for at, name in enumerate(part):
            best: dict[int, tuple[float, SoundName]] = {}
            for k in sorted(near[at]):
                listed = prepared.names[k]
                score = name_score(name, listed)
                entry = int(prepared.entry[k])
                if score >= THRESHOLD and score > best.get(entry, (0.0, listed))[0]:
                    best[entry] = (score, listed)
            yield start + at, [(entry, listed, score) for entry, (score, listed) in best.items()]


def _near(prepared: _Prepared, part: list[SoundName]) -> list[set[int]]:
    """Return which listed names may reach the threshold: near as a whole, or holding all words of the shorter."""
    near: list[set[int]] = [set() for _ in part]
    texts = ([n.joined for n in part], [n.ordered for n in part])
    for said, listed in zip(texts, prepared.forms[:2], strict=True):
        scores = process.cdist(said, listed, scorer=fuzz.ratio, score_cutoff=THRESHOLD - 1, dtype=np.uint8)
        for at, k in zip(*(axis.tolist() for axis in np.nonzero(scores)), strict=True):
            near[at].add(k)
    for at, name in enumerate(part):
        near[at].update(_holding(prepared, name))
        others = range(len(prepared.names)) if name.is_abjad else prepared.abjad
        near[at].update(
            k for k in others if fuzz.ratio(name.consonants, prepared.forms[2][k], score_cutoff=THRESHOLD) > 0
        )
    return near


def _holding(prepared: _Prepared, name: SoundName) -> set[int]:
    count: dict[int, int] = defaultdict(int)
    words = set(name.words)
    for word in words:
        for k in prepared.by_word.get(word, ()):
            count[k] += 1
    return {k for k, n in count.items() if n >= 2 and n >= min(len(words), len(set(prepared.names[k].words)))}


def _by_identifier(prepared: _Prepared, applicant: Applicant) -> Iterator[Hit]:
    for code in applicant.identifiers:
        for number in prepared.by_identifier.get(code, ()):
            entry, text = prepared.source.entries[number], f"{code.kind}:{code.value}"
            why = f"{code.kind} {code.value} is listed for {entry.name!r} ({entry.kind}, {entry.source})"
            one = prepared.source
            yield Hit(one.name, one.version, entry.key, entry.name, "identifier", text, text, 100.0, why)


def _name_hit(one: RestrictedList, number: int, matched: str, said: SoundName, listed: SoundName, score: float) -> Hit:
    entry = one.entries[number]
    alias = "" if listed.text == entry.name else f", an alias of {entry.name!r}"
    why = (
        f"{matched} {said.text!r} sounds like {listed.text!r}{alias} ({entry.kind}, {entry.source}, "
        f"listed {entry.listed_on}): score {score:.0f} of 100"
    )
    return Hit(one.name, one.version, entry.key, entry.name, matched, said.text, listed.text, score, why)
