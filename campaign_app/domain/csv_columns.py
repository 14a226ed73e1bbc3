"""Which column holds the phone number, what the others are called, and whether the first row is a header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .csv_cells import MAX_COLUMNS, MAX_NAME, plain


def fold(text: str) -> str:
    """`Numéro de Tél.` → `numero de tel`: names are compared whatever their accents, case and punctuation."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", bare.casefold().replace("_", " ")))


STRONG_NAMES = """
    phone phones phonenumber phonenumbers phoneno phonenr telephone telephones telephonenumber tel telno
    mobile mobiles mobilephone mobilenumber mobileno cell cellphone cellular msisdn e164 whatsapp gsm
    portable telefono movil celular cel cellulare telefone telemovel fone
    telefon telefonnummer telefonnr rufnummer handy handynummer mobil mobilnummer mobiltelefon
    telefoon telefoonnummer mobiel telefonszam puhelin puhelinnumero matkapuhelin telefonas komorka
    телефон мобильный 电话 电话号码 手机 手机号 電話 電話番号 携帯 携帯電話 전화 전화번호 هاتف
"""
WEAK_NAMES = """
    to number numbers numero numeros numer nummer no nr contact contact_number contact_no
    called callee called_number dial destination recipient номер 番号 号码
"""
ABOUT_NAMES = """
    type label kind country code prefix extension ext carrier operator provider verified status consent
    os model notes optin time zone timezone date typ art tipo
"""
STRONG = frozenset(map(fold, STRONG_NAMES.split()))
"""A column is called so in one of its words ("Phone 1 - Value", "Tél. portable") ..."""
WEAK = frozenset(map(fold, WEAK_NAMES.split()))
"""... or exactly so."""
ABOUT = frozenset(map(fold, ABOUT_NAMES.split()))
"""A last word that makes it a column about the phone, not the phone."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns' names in order, the index of the one with the number, and whether the first row has the
    names.
    """

    names: tuple[str, ...]
    phone: int
    has_header: bool

    def name(self, index: int) -> str:
        """A column's name; one beyond the known columns is `column_N`, or what comes closest and is free."""
        if index < len(self.names):
            return self.names[index]
        name = f"column_{index + 1}"
        while name in self.names:
            name += "_"
        return name


class NoColumns(ValueError):
    """The rows cannot be told apart into a number and the rest; str(error) tells the operator, with the
    remedy.
    """


def names_phone(header: str) -> bool:
    """Whether a header's cell says that the column holds phone numbers."""
    name = fold(header)
    words = name.split()
    if not words or words[-1] in ABOUT:
        return False
    return name in WEAK or "".join(words) in STRONG or any(word in STRONG for word in words)


def looks_like_phone(cell: str) -> bool:
    """Whether a cell has a phone number's shape, in any script's digits; not whether it can be dialled."""
    if not 7 <= len(cell) <= 40 or re.fullmatch(r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}", cell):
        return False
    if not re.fullmatch(r"(?:tel:)?[+(＋\d][\d\s().+/‐‑–—-]*(?:\s?(?:x|ext\.?)\s?\d+)?", cell, re.IGNORECASE):
        return False
    return 7 <= sum(map(str.isdigit, cell)) <= 18


def find_columns(rows: Sequence[Sequence[str]], dials: Callable[[str], bool]) -> Columns:
    """The columns by the first rows of a file (raw cells). `dials` says whether a cell can be dialled.

    A first row with a phone number in it is no header. A column that a header calls a phone column holds the
    number even if its cells turn out to be wrong; of several, or of none so called, the one with most
    numbers. Raises NoColumns.
    """
    if not rows:
        raise NoColumns("The file has no rows.")
    cleaned = [[plain(cell) for cell in row] for row in rows]
    first, width = cleaned[0], max(map(len, cleaned))
    if len(first) > MAX_COLUMNS:
        raise NoColumns(f"The file has {len(first)} columns; at most {MAX_COLUMNS} can be read. Remove some.")
    width = min(width, MAX_COLUMNS)
    has_header = not any(map(looks_like_phone, first))
    named = [index for index, cell in enumerate(first) if has_header and names_phone(cell)]
    found = _most(cleaned[has_header:], named or range(width), dials)
    if found is None and named:
        found = named[0]
    if found is None:
        listed = ", ".join(f"“{cell[:MAX_NAME]}”" for cell in first if cell)
        raise NoColumns(
            f"No column with phone numbers was found; the first row reads {listed}. "
            "Call the column with the numbers “phone” in the first row, and upload the file again."
        )
    return Columns(_names(first if has_header else [], width), found, has_header)


def _most(rows: Sequence[Sequence[str]], columns: Sequence[int], dials: Callable[[str], bool]) -> int | None:
    """The column with the most numbers: those to dial count before mere shape; the first of equals."""
    best, best_score = None, (0, 0)
    for index in columns:
        shaped = [row[index] for row in rows if index < len(row) and looks_like_phone(row[index])]
        score = (sum(map(dials, shaped)), len(shaped))
        if score > best_score:
            best, best_score = index, score
    return best


def _names(header: Sequence[str], width: int) -> tuple[str, ...]:
    """A name for each column, none twice: the header's own, or `column_3` where it is silent."""
    names: list[str] = []
    for index in range(max(width, len(header))):
        own = re.sub(r"\s+", " ", header[index].replace("\0", "")).strip() if index < len(header) else ""
        if len(own) > MAX_NAME:
            raise NoColumns(
                f"The name of column {index + 1} has {len(own):,} characters; at most {MAX_NAME} are kept. "
                "Shorten it in the first row, and upload the file again."
            )
        name, again = own or f"column_{index + 1}", 2
        while name in names:
            tail = f"_{again}"
            name, again = (own or "column")[: MAX_NAME - len(tail)] + tail, again + 1
        names.append(name)
    return tuple(names)
