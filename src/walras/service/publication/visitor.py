"""Who reads a page: the language, how numbers and times are written in it, and what was asked for.

Numbers and dates are Babel's, by the locale; times stand in the market's time zone with UTC
beside it. Every address inside the pages is made by `Visitor.link`, so that the language that
was asked for stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from walras.service.clock import moment
from walras.service.words import Translator, translator

UTC = ZoneInfo("UTC")
SPACE = "\u00a0"
DATES = {"en": "en_GB", "de": "de", "ru": "ru"}
"""Whose dates a language has: day before month everywhere."""
DAY_MONTH = {"en": "d MMM", "de": "d. MMM", "ru": "d MMM"}


@dataclass(frozen=True)
class Asked:
    """What an address asks for beside the session.

    Attributes:
        lang: As it stands in the address; empty where cookie or browser chose.
        version: Of the result, None for the newest.
        mtu: Number of the MTU that the pictures show, from 1; None for the day.
        zone: Whose aggregated curves are shown; empty for those that fit.
    """

    lang: str = ""
    version: int | None = None
    mtu: int | None = None
    zone: str = ""

    def query(self) -> str:
        """Return the part of an address behind the path.

        >>> Asked(lang="de", mtu=7).query(), Asked().query()
        ('?lang=de&mtu=7', '')
        """
        given = {"lang": self.lang, "version": self.version, "mtu": self.mtu, "zone": self.zone}
        said = urlencode({name: value for name, value in given.items() if value})
        return f"?{said}" if said else ""


@dataclass(frozen=True)
class Visitor:
    """One reader of one page."""

    t: Translator = field(default_factory=lambda: translator("en"))
    asked: Asked = Asked()
    zone: ZoneInfo = UTC

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.t.language

    def n_(self, singular: str, plural: str, n: int) -> str:
        """Return a text with a number in the form of this language, the number `{n}` filled in."""
        return self.t.n_(singular, plural, n).format(n=self.number(n, 0))

    def at(self, zone: ZoneInfo) -> Visitor:
        """Return this visitor before the pages of a market in a time zone."""
        return replace(self, zone=zone)

    def link(self, session: str = "", *, anchor: str = "", **changes: str | int | None) -> str:
        """Return an address of these pages, escaped; without changes to what is asked only the language stays."""
        asked = replace(self.asked, **changes) if changes else Asked(lang=self.asked.lang)  # type: ignore[arg-type]
        path = f"/public/{quote(session, safe='')}" if session else "/public"
        return escape(path + asked.query() + anchor)

    def number(self, value: float | None, decimals: int) -> str:
        """Return a number with its groups of thousands; nothing for None.

        >>> Visitor(translator("de")).number(-1234.5, 2), Visitor(translator("en")).number(-0.01, 1)
        ('-1.234,50', '0.0')
        """
        return "" if value is None else f"{value:z,.{decimals}f}".translate(_signs(self.language))

    def per_mwh(self, currency: str) -> str:
        """Return the unit of a price.

        >>> Visitor(translator("ru")).per_mwh("RUB")
        'RUB/МВт·ч'
        """
        return f"{currency}/{self.t('MWh')}"

    def day(self, iso: str) -> str:
        """Return a delivery day in words, escaped; what is no day as it is."""
        try:
            return escape(format_date(date.fromisoformat(iso), "full", locale=DATES[self.language]))
        except ValueError:
            return escape(iso)

    def short_day(self, iso: str) -> str:
        """Return a delivery day for a table, escaped; what is no day as it is."""
        try:
            return escape(format_date(date.fromisoformat(iso), "medium", locale=DATES[self.language]))
        except ValueError:
            return escape(iso)

    def clock(self, at: datetime) -> str:
        """Return the local wall time, `12:00`; with the name of its zone where clocks show it twice."""
        local = at.astimezone(self.zone)
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{local:%H:%M}" + (f"{SPACE}{self.zone_name(local)}" if is_twice else "")

    def moment(self, at: int | datetime, near: str = "") -> str:
        r"""Return a time in the market's zone and in UTC: `12:00 MSK (09:00 UTC)`; the day too unless it is `near`.

        >>> Visitor(zone=ZoneInfo("Europe/Moscow")).moment(1767949200000000, near="2026-01-09")
        '12:00\xa0MSK (09:00\xa0UTC)'
        """
        when = moment(at) if isinstance(at, int) else at
        local, utc = when.astimezone(self.zone), when.astimezone(UTC)
        shown = f"{local:%H:%M}"
        if local.date().isoformat() != near:
            shown = f"{format_date(local.date(), 'medium', locale=DATES[self.language])}, {shown}"
        if local.utcoffset() == timedelta(0):
            return f"{shown}{SPACE}UTC"
        apart = f"{utc:%H:%M}"
        if utc.date() != local.date():
            apart = f"{format_date(utc.date(), DAY_MONTH[self.language], locale=self.language)} {apart}"
        return f"{shown}{SPACE}{self.zone_name(local)} ({apart}{SPACE}UTC)"

    def zone_name(self, at: datetime) -> str:
        """Return what the market's time is called at a moment: `MSK`, or `UTC+3` where it has no name.

        >>> Visitor(zone=ZoneInfo("Asia/Kathmandu")).zone_name(datetime(2026, 1, 1, tzinfo=UTC))
        'UTC+5:45'
        """
        local = at.astimezone(self.zone)
        name, offset = local.tzname() or "", local.utcoffset() or timedelta(0)
        if name and name[0].isalpha():
            return name
        minutes = round(offset.total_seconds() / 60)
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")

    def zone_names(self, moments: Iterable[datetime]) -> str:
        """Return what the market's time is called at some moments: all names, in order, where it changes.

        >>> spring = [datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (0, 1, 2)]
        >>> Visitor(zone=ZoneInfo("Europe/Berlin")).zone_names(spring)
        'CET/CEST'
        """
        return "/".join(dict.fromkeys(self.zone_name(at) for at in moments))


@cache
def _signs(language: str) -> dict[int, str]:
    """Return what stands for the signs that Python writes into numbers."""
    signs = Locale.parse(language).number_symbols["latn"]
    return {ord(","): signs["group"], ord("."): signs["decimal"], ord("-"): signs["minusSign"]}
