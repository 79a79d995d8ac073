"""The codes that ESMP documents may hold here, each with its meaning, one table a list.

A part of ENTSO-E's code lists: what markets between states and their system operators exchange. The
document types and business types stand apart by kind of document, so that a capacity cannot call itself
a schedule. A code that is not listed is refused by `esmp_code`, with the legal ones named.
"""

from __future__ import annotations

CODING_SCHEME = {"A01": "EIC"}
PRODUCT = {"8716867000016": "active power"}
POWER_UNIT = {"MAW": "megawatt"}
PRICE_UNIT = {"MWH": "a megawatt-hour", "MAW": "a megawatt"}
CURVE_TYPE = {"A01": "blocks of fixed size, one after another", "A03": "blocks of variable size"}
CLASSIFICATION = {"A01": "details", "A02": "sums"}
INDICATOR = {"A01": "yes", "A02": "no"}
DIRECTION = {"A01": "up", "A02": "down", "A03": "up and down"}
CURRENCY = {
    "BGN": "Bulgarian lev",
    "CHF": "Swiss franc",
    "CZK": "Czech koruna",
    "DKK": "Danish krone",
    "EUR": "euro",
    "GBP": "pound sterling",
    "HUF": "Hungarian forint",
    "NOK": "Norwegian krone",
    "PLN": "Polish zloty",
    "RON": "Romanian leu",
    "SEK": "Swedish krona",
    "TRY": "Turkish lira",
    "UAH": "Ukrainian hryvnia",
    "USD": "United States dollar",
}
AGGREGATION = {
    "A01": "an area",
    "A02": "a metering point",
    "A03": "a party",
    "A04": "an agreement",
    "A06": "a resource",
    "A07": "a tie line",
    "A12": "a bidding zone",
}
CONTRACT = {
    "A01": "daily",
    "A02": "weekly",
    "A03": "monthly",
    "A04": "yearly",
    "A05": "all contracts together",
    "A06": "long-term",
    "A07": "intraday",
    "A08": "quarterly",
    "A09": "half-yearly",
    "A10": "of several years",
    "A13": "hourly",
}
ROLE = {
    "A01": "trade responsible party",
    "A04": "system operator",
    "A05": "imbalance settlement responsible",
    "A07": "transmission capacity allocator",
    "A08": "balance responsible party",
    "A11": "market operator",
    "A16": "coordination centre operator",
    "A27": "resource provider",
    "A28": "scheduling coordinator",
    "A29": "capacity trader",
    "A30": "interconnection trade responsible",
    "A31": "nomination validator",
    "A34": "reserve allocator",
    "A36": "capacity coordinator",
    "A44": "regional security coordinator",
    "A46": "balancing service provider",
    "A49": "transmission system operator",
    "A55": "coordinated capacity calculator",
}
PROCESS = {
    "A01": "day ahead",
    "A02": "intraday, each change",
    "A07": "capacity allocation",
    "A09": "allocation of released capacity",
    "A10": "proposed capacity",
    "A11": "agreed capacity",
    "A12": "long term",
    "A13": "adjustment after scheduling",
    "A15": "capacity determination",
    "A16": "what came true",
    "A17": "schedule of a day",
    "A18": "intraday, total",
    "A19": "intraday, accumulated",
    "A27": "reserve resources",
    "A31": "week ahead",
    "A32": "month ahead",
    "A33": "year ahead",
    "A40": "intraday",
    "A46": "replacement reserve",
    "A47": "frequency restoration reserve, manual",
    "A48": "capacity determination, day ahead",
    "A49": "capacity determination, intraday",
    "A50": "capacity determination, long term",
    "A51": "frequency restoration reserve, automatic",
    "A52": "frequency containment reserve",
}
SCHEDULE_TYPE = {
    "A01": "schedule of a balance responsible party",
    "A02": "schedule of allocated capacity",
    "A03": "schedule of a balance area",
    "A04": "schedule of a system operator's area",
    "A05": "schedule of a control block",
    "A09": "final schedule",
    "A30": "schedule of a border",
}
CAPACITY_TYPE = {
    "A13": "interconnection capacity",
    "A26": "capacity document",
    "A31": "agreed capacity",
    "A32": "proposed capacity",
    "A61": "estimated net transfer capacity",
    "B33": "published offered capacity",
}
BID_TYPE = {"A24": "bids", "A37": "bids for reserve"}
CONFIRMATION_TYPE = {"A07": "intermediate confirmation", "A08": "final confirmation", "A18": "confirmation"}
OTHER_TYPE = {"A16": "anomaly report", "A17": "acknowledgement"}
DOCUMENT_TYPE = {**SCHEDULE_TYPE, **CAPACITY_TYPE, **BID_TYPE, **CONFIRMATION_TYPE, **OTHER_TYPE}
SCHEDULE_BUSINESS = {
    "A01": "production",
    "A02": "internal trade",
    "A03": "external trade with explicit capacity",
    "A04": "consumption",
    "A05": "external trade, all",
    "A06": "external trade without explicit capacity",
    "A08": "internal trade, net",
    "A24": "all trade",
    "A30": "trade between areas of one state",
    "A69": "result of market coupling",
    "B08": "all nominated capacity",
    "B09": "net position",
}
CAPACITY_BUSINESS = {
    "A25": "capacity in general",
    "A26": "available transfer capacity (ATC)",
    "A27": "net transfer capacity (NTC)",
    "A29": "already allocated capacity (AAC)",
    "A31": "offered capacity",
    "A41": "released allocated capacity",
    "A81": "total transfer capacity (TTC)",
    "B08": "all nominated capacity",
    "B31": "reserve margin of transmission (TRM)",
    "C01": "capacity that remains",
    "C88": "capacity reserved between zones",
}
BID_BUSINESS = {
    "A10": "tertiary control",
    "A11": "primary control",
    "A12": "secondary control",
    "A95": "frequency containment reserve",
    "A96": "frequency restoration reserve, automatic",
    "A97": "frequency restoration reserve, manual",
    "A98": "replacement reserve",
    "B74": "offer",
    "B75": "need",
    "B95": "procured capacity",
}
REASON = {
    "999": "an error without a code of its own",
    "A01": "the message is accepted",
    "A02": "the message is rejected",
    "A03": "some time series have errors",
    "A04": "wrong time interval",
    "A05": "the sender has no contract",
    "A06": "the schedule is accepted",
    "A07": "the schedule is accepted in part",
    "A08": "the schedule is rejected",
    "A09": "the time series do not match",
    "A20": "the time series is rejected",
    "A22": "wrong party in or out",
    "A23": "wrong area",
    "A26": "a default time series was taken",
    "A27": "above the capacity of the border",
    "A28": "the other side's time series is missing",
    "A29": "the other side's quantities differ",
    "A30": "imposed from the nominated party's time series",
    "A41": "the resolution does not fit",
    "A42": "the quantities do not fit",
    "A43": "the quantity was raised",
    "A44": "the quantity was lowered",
    "A45": "a default quantity was taken",
    "A46": "quantities carry no sign",
    "A49": "the positions do not fit",
    "A50": "the version of a time series conflicts",
    "A51": "identification or version of the message conflicts",
    "A52": "the new version lacks a time series",
    "A53": "wrong receiver",
    "A54": "the position is not in balance",
    "A55": "the identification of a time series conflicts",
    "A57": "the gate is closed, or not open yet",
    "A59": "against the market's rules",
    "A61": "wrong currency",
    "A62": "wrong business type",
    "A63": "the time series was changed",
    "A69": "mandatory parts are missing",
    "A73": "the bid is accepted",
    "A76": "the agreement does not fit",
    "A78": "wrong identification or role of the sender",
    "A79": "wrong process type",
    "A80": "wrong domain",
    "A86": "confirmed with changes",
    "A88": "the time series match",
    "A94": "the receiving system cannot process the document",
    "A95": "more information",
    "B08": "no data yet",
    "B09": "the bid is not accepted",
    "B45": "out of range",
}
