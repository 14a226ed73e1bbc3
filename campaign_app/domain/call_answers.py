"""Answers about calls: columns whose names speak of calling or of consent, in words that no list of names has.

`No trucar`, `Не звъни`, `Do not allow Phone Calls`, `Would you like us to call you?`: lists of whole names never end,
but the words in them are few. Such a column with yes and no in it is never passed over: it is asked about.
"""

from __future__ import annotations

from functools import lru_cache

from .column_names import UNSPACED, split_name
from .permission_words import OTHER_CHANNEL

CALL_WORDS = """
    call calls called calling dial dialing contact contacts contacted contacting contactable phoned phoning ring rung
    opt optin optout opted tcpa gdpr rgpd dsgvo lgpd dnc dnd pref prefs privacy reach reached reachable
    anruf anrufe anrufen angerufen bellen gebeld bel appel appels appeler rappeler joindre truca trucar trucades
    llamar llama llame llamada llamadas ligar ligue liguem ligacao ligacoes chama chamar chiama chiamare chiamate
    dzwon dzwonic volat volej volajte volani hiv hivja hivjak hivas hivni suna sunati sunat apel apeluri apelat
    zvati zovi zovite poziv pozivi klic klici klicati klicite arama aramayin aranabilir aranmasin araniyor
    ringas ringes ringa ringe opkald oppringt samtal soita soittaa soitot puhelut helista helistada kone koned
    zvanit zvani skambinti skambuciai zvon звъни звънете звъня звонить звоните звоним звонок звонки дзвонити дзвінки
    звати зови обаждане обаждания обаждай търси izin lupa riza gutal gutxi deitu deia galw ffonio glaoch
    jangan hubungi dihubungi telepon ditelepon goi simu piga tumawag tawag
"""
"""Words that a name has by themselves, folded."""
CALL_STEMS = """
    telemarket telefonwerb telefonmarket callcent anruf kontakt contact llamad llamar appel consen einwillig zustimm
    einverst toestem akkoord samtyck samtykk suostum nousolek sutikim piekris pristan suglas soglas saglas souhlas
    suhlas hozzajarul consimt consent permis permit toegest toegesta autoris autoriz authoris authoriz erlaub unsub
    subscri abbestell desinscri descadastr robinson solicit mugikor dzwon niedzwon nevol neskambin nezvan nehiv
    звон дзвон звън обаж соглас съглас сагласн згод дозв разреш разрешен συγκατα συναιν κλησε κληθ καλειτ καλεσ τηλεφων
    موافق اتصال تماس הסכמ להתקש שיחות सहमत सम्मति কল setuju persetuj kebenaran pahintulot ridhaa toestemming moenie
"""
"""What a word of a name begins or ends with, folded; in compounds it may stand anywhere."""
CALL_SIGNS = """
    电话 電話 来电 來電 致电 致電 拨打 撥打 外呼 联系 聯絡 聯繫 架電 連絡 同意 承諾 承诺 授权 授權 许可 許可
    전화 연락 동의 수신 โทร ติดต่อ ยินยอม 拒收 拒接
"""
"""The same in scripts without blanks."""
FORBID_WORDS = """
    no not non ne nicht kein keine nie nicht niet geen nem nu не ні без μην μη δεν ej inte ikke ei ala mitte ara degil
    لا عدم ممنوع אל לא אין नहीं ना न मत khong dung jangan tidak moenie huwag hindi dont don donot never stop cannot
    without peidio na ez neue blocked refused skip exclude suppress reject rejected decline declined unsub unsubs
    unsubscribe unsubscribed optout remove removed against nao sem nunca senza mai bez
"""
FORBID_STEMS = """
    refus oppos oposi sperr gesperr widerspr exclu ausgeschl suppress unsub blacklist revok revoc widerruf withdraw
    withdr declin abgelehn reject desinscri descadastr abgemeld verbot verbod kielto forbud zakaz bloq bloc verweig
    niedzwon nevol neskambin nezvan nehiv неизв запре отказ забор відмов заборон відклик отозв robinson
"""
FORBID_SIGNS = "不 禁 勿 拒 止 免 別 别 거부 금지 차단 사절 ห้าม ไม่ อย่า งด"
HARMLESS = """
    last next previous number count date attempts result results outcome duration made left time times list listed
    center centre rate cost reason agent log queue title owner name type address info person
    back primary photo medical size slip
"""
"""Beside a word for calls: what was or will be done, and with whom. It says nothing about what somebody wants."""
RECORDS = (("called",), ("contacted",))
"""Names that say by themselves what was done."""


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    return _fold(CALL_WORDS), tuple(_fold(CALL_STEMS)), tuple(CALL_SIGNS.split())


@lru_cache(maxsize=1)
def _forbidding() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    return _fold(FORBID_WORDS), tuple(_fold(FORBID_STEMS)), tuple(FORBID_SIGNS.split())


@lru_cache(maxsize=1)
def _channels() -> frozenset[str]:
    return _fold(" ".join(text.replace(",", " ") for text in OTHER_CHANNEL.values()))


def _fold(words: str) -> frozenset[str]:
    return frozenset(folded for word in words.split() for folded in split_name(word))


def _has(name: str, listed: tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]) -> bool:
    words, stems, signs = listed
    tokens = split_name(name)
    return (
        not words.isdisjoint(tokens)
        or any(token.startswith(stems) or token.endswith(stems) for token in tokens)
        or (_is_unspaced(name) and any(sign in name for sign in signs))
    )


def _is_unspaced(name: str) -> bool:
    return any(low <= char <= high for char in name for low, high in UNSPACED)


@lru_cache(maxsize=4096)
def speaks_of_calls(name: str) -> bool:
    """Whether a column's name has a word for calls, contact or consent, and none that makes it a record of calls."""
    tokens = split_name(name)
    return tokens not in RECORDS and _has(name, _words()) and _fold(HARMLESS).isdisjoint(tokens)


@lru_cache(maxsize=4096)
def has_forbidding_word(name: str) -> bool:
    """Whether a name has a word such as not: a yes below it is a no to calls."""
    return _has(name, _forbidding())


@lru_cache(maxsize=4096)
def speaks_of_writing(name: str) -> bool:
    """Whether it is about letters, e-mail or messages, and not about calls."""
    tokens = split_name(name)
    return not _channels().isdisjoint(tokens) and not {"call", "calls", "phone", "telephone"} & set(tokens)
