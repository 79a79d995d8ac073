"""Words of names that say little about who it is: legal forms, and businesses that many share.

Lower-case ASCII, as `names.read_name` makes them. A word that is missing here costs
precision, never a hit on the distinctive words.
"""

from __future__ import annotations

_FORMS = {
    "English, German, French, Italian, Spanish, Nordic": """
        llc ltd limited inc incorporated corp corporation co company plc llp lp pte pty gmbh ag kg kgaa ohg se
        mbh ug eg ev sa sarl sas sasu snc scs spa srl sapa sl slu scrl bv nv vof cv oy oyj ab asa as aps oue ou
        eeig geie
    """,
    "Central and south-eastern Europe": """
        doo dd ad ead eood ood jsc pjsc cjsc ojsc zrt kft nyrt bt rt sro spol akc spzoo zoo sp z oo kd dno sh
        shpk ehf uab sia ae epe ike
    """,
    "Russian, Belarusian, Ukrainian, Kazakh and their neighbours, in several romanisations": """
        ooo oao zao pao ao nao tov too toho chup chtup odo ohp up rup kup ip fgup gup mup kk zhshs jshs aq ak tdp
        oson osoo mchj aj mmc asc qsc obshchestvo ogranichennoy otvetstvennostyu aktsionernoe k
    """,
    "Turkish, Arabic, Persian, South and East Asian, African": """
        ltdsti sti shti ash shirketi sirketi anonim saa wll fze fzco fzc dmcc sae sak ksc bsc sherkat shirkat
        sharika sharikat shrkh pvt private opc llpin bhd sdn tbk pt kabushiki kaisha yk youxian gongsi
        youxiangongsi jituan gufen hk cc npc
    """,
}
LEGAL_FORMS = frozenset(form for forms in _FORMS.values() for form in forms.split())

_BUSINESSES = {
    "energy": """
        energy energiya energia energie energija enerji energo energetika energetyka energetics energiyasy
        enerhiya enerhiia enerhia energiia energii nengyuan taqa tqh ltqh enerzhi enerdzhi power powers elektro
        electric electricity elektrik elektroenergiya elektroenergetika dianli elektrichestvo
    """,
    "gas": "gas gaz gazy tabiigaz dogalgaz",
    "oil": "oil petroleum neft nafta petrol shiyou",
    "trade": """
        trade trading trader traders torg torgovlya torgovy ticaret sbyt sales treyding treiding commerce handel
        maoyi
    """,
    "group": "group holding holdings gruppa grup gruppe groupe kholding grupp",
    "invest": "invest investment investments investitsii capital kapital yatirim",
    "service": "service services servis servise",
    "bank": "bank banka banque banking",
    "build": "construction stroy stroi insaat build",
    "world": "international internatsional global mezhdunarodny world",
    "industry": "industry industries industrial prom promyshlennost sanayi",
    "supply": "supply snab snabzhenie postavka",
}
GENERIC: dict[str, str] = {word: name for name, words in _BUSINESSES.items() for word in words.split()}

SPELLED: dict[str, str] = {"saint": "st", "sankt": "st"}
