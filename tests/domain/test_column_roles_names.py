"""What the names of columns say, in many languages and spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.column_names import (
    Kind,
    Meaning,
    fold_name,
    read_flag,
    read_label,
    read_name,
    read_permission,
    split_name,
)

NUMBERS = """
    phone1|Tel1|HomePhone|WorkPhone|mobilePhoneNumber|primaryPhone|contactPhone|ContactNo|Mob No|Ph No.
    Handphone|No HP|Telp|Rufnr.|Festnetz|Mobilnr|Tlf.|Puh.|Nr telefonu|Cep Telefonu|Номер телефона
    Моб. тел.|手机号码|联系电话|携帯番号|رقم الجوال|رقم الهاتف|טלפון|Τηλέφωνο|Số điện thoại|เบอร์โทร
    मोबाइल|Best number to call|PHONE-NUMBER|phone number|Phone|phones|PHONE|phone_number|phoneNumber
    PhoneNumber__c|Phone#|Phone No|PhoneNo|phonenr|Ph.|M.No|TEL|msisdn|E164|e164|WhatsApp|GSM|Cell
    Cell Phone|cellphone|Mobile|MOBILEPHONE|Mobile Number (with country code)|customer_phone
    customerphonenumber|Contact phone number|contact_number|Person - Phone|Phone - Work|Phone (home)
    What is the best phone number to reach you on during office hours please?
    Phones / Primary Phone Number|Telefon|Telefonnummer|Telefon-Nr.|TelNr|Rufnummer|Handy|Handy-Nr.
    Handynummer|Mobiltelefon|Kundentelefonnummer|Telefon privat|Telefon geschäftlich|Erreichbar unter
    telefoonnummer|Mobiel nummer|GSM-nummer|Téléphone|Tél. portable|N° de téléphone|Numéro de téléphone
    Portable|Teléfono|Número de teléfono|Nº móvil|Celular|Teléfono celular|Número de contacto|Telefone
    Telemóvel|Telefone celular|Número de contato|Telefono|Cellulare|Numero di telefono
    Recapito telefonico|Telefono cellulare|Telefon komórkowy|Numer telefonu komórkowego|Tel. kom.
    Mobilní telefon|Telefonní číslo|Telefónne číslo|Telefonszám|Mobilszám|Număr de telefon|Broj telefona
    Mobitel|Број телефона|Телефон|Телефон клиента|Мобильный телефон|Сотовый|Номер телефону|Мобільний
    Тэлефон|Κινητό|Telefon numarası|GSM No|Mobilnummer|Puhelinnumero|Matkapuhelin|Telefoninumber
    Mobiiltelefon|Tālrunis|Telefono numeris|Símanúmer|هاتف|الجوال|موبايل|شماره تلفن|موبایل|نייד|נייד
    מספר טלפון|फ़ोन नंबर|मोबाइल नंबर|ফোন নম্বর|মোবাইল|தொலைபேசி எண்|ఫోన్ నంబర్|ഫോൺ|หมายเลขโทรศัพท์|มือถือ|SĐT|Di động
    No. Telepon|Nomor HP|Nombor telefon|Nambari ya simu|电话|電話號碼|手机|客户手机号码|電話番号
    携帯電話|お客様電話番号|전화번호|휴대폰 번호|연락처|Telefonas|Numri i telefonit|Телефонен номер
    टेलीफोन|ტელეფონი|Հեռախոս|утасны дугаар|ស្លាក ទូរស័ព្ទ|ဖုန်းနံပါတ်
"""
SOMEBODY_ELSE = """
    fax|Fax Phone|Phone (Fax)|Fax Telephone|Work Fax|faxphone|Faxnummer|Télécopie|факс|传真号码
    ファックス|팩스번호|Faks|Emergency Contact Phone|Emergency contact|ICE phone|Next of kin phone
    Notfallkontakt Telefon|Téléphone d'urgence|Teléfono de emergencia|Contato de emergência telefone
    紧急联系人电话|緊急連絡先|비상연락처|هاتف الطوارئ|טלפון חירום|Телефон для экстренной связи
    Acil durum telefonu|Số điện thoại khẩn cấp|เบอร์โทรฉุกเฉิน|आपातकालीन फ़ोन|agent_phone|AgentPhone
    Clinic Phone|provider-phone|Doctor's phone|Parent Phone|Parents mobile|Guardian Mobile No
    Assistant's Phone|Asst. Phone|Company Main Phone|Company phone|Pager|Telex|Referrer phone
    Spouse phone|Mother's cell|Telefon rodzica|Телефон родителя|보호자 연락처|保護者電話番号|家长电话
    Elterntelefon|Arzt Telefon|Telefon lekarza|ISDN|TTY/TDD Phone|Alt Phone|alt_phone|Alternate Mobile
    Manager mobile|hospitalPhone|pharmacy tel|Radio Phone|From|Caller ID|From Number|ولي الأمر جوال
    Contact owner phone|Sales rep phone|Employer phone|Witness Phone|School phone|Shop Phone
    担当者電話番号|Telefon firmowy firma|Emergency-Telefon
"""
WEAK = """
    Number|No|Nr|No.|target|to|Kontakt|Contato|Contact|Callback|Numero|番号|Dial|callee|Nummer|Номер
    destination
"""

MEANINGS = {
    Meaning.LABEL: """
        Phone 1 - Label|Phone 1 - Type|Phone type|Telefontyp|Tipo de teléfono
    """,
    Meaning.ABOUT_PHONE: """
        Phone verified|Phone carrier|Mobile app version|phone_status|Phone model
    """,
    Meaning.COUNTRY: """
        Country|Country/Region|country_code|phone_code|calling code|Land|País|国家|Страна|Ülke
        Phone Country Code|Phones / Primary Phone Calling Code|Phones / Primary Phone Country Code
        Ländervorwahl|Mailing Country|Home Country/Region|国番号|رمز الدولة|Dial code|isdCode|countryISO
        CountryCode
    """,
    Meaning.AREA_CODE: """
        Vorwahl|Area code|DDD|市外局番|Код города
    """,
    Meaning.EXTENSION: """
        Ext|Ext.|extension|Phone Ext.|Durchwahl|内線|Ramal|Phone Extension
    """,
    Meaning.TIMEZONE: """
        timezone|Time Zone|tz|Zeitzone|Fuseau horaire|时区|TimeZone
    """,
    Meaning.STATE: """
        State|Province|Bundesland|Home State|Mailing State/Province|都道府県|UF
    """,
    Meaning.POSTAL_CODE: """
        Zip|ZIP Code|zipcode|PLZ|Postal Code|Home Postal Code|CEP|郵便番号|Postcode|Code postal
    """,
    Meaning.LANGUAGE: """
        Language|lang|locale|Sprache|Idioma|语言|Preferred Language
    """,
    Meaning.DO_NOT_CALL: """
        DoNotCall|do_not_call|Do Not Call|DNC|Opt Out|opted_out|Nicht anrufen|Ne pas appeler|No llamar
        Não ligar|Non chiamare|Не звонить|Blacklist|Werbesperre|请勿致电|電話不可|수신거부|عدم الاتصال
        Do not contact|Unsubscribed|HasOptedOutOfCall|Robinsonliste|Niet bellen|Nie dzwonić|Ring ikke
    """,
    Meaning.OTHER_OPT_OUT: """
        Email Opt Out|HasOptedOutOfEmail|HasOptedOutOfFax|Unsubscribed from all email|SMS opt out
    """,
    Meaning.PERMISSION: """
        OK to call|Opt-in|Consent|Phone consent|May we call you|Einwilligung|Zgoda
    """,
    Meaning.CONSENT_AT: """
        consent_date|Consent Date|opt_in_at|Einwilligung am|Fecha de consentimiento|同意日時
    """,
    Meaning.CONSENT_SOURCE: """
        Consent Source|opt_in_source|consentMethod|Quelle der Einwilligung
    """,
    Meaning.ID: """
        ID|External ID|Customer number|Kundennr.|Kundennummer|Konto|Codice|reference_id|vendor_lead_code
        Client ID|Account Number|Record ID - Contact|Nº cliente
    """,
    Meaning.OTHER_ID: """
        CPF|Aadhaar|IBAN|SSN|Order no|Invoice No.|Hausnummer|PESEL|身份证号|ИНН|NIK
    """,
    Meaning.DATE: """
        Termin|Date of birth|Birthday|Appointment date|Fecha|生年月日
    """,
    Meaning.OTHER: """
        name|First Name|Notes|X|Email|City|Street|…
    """,
}


def names(text: str) -> list[str]:
    return [name.strip() for line in text.strip().splitlines() for name in line.split("|") if name.strip()]


@pytest.mark.parametrize("name", [name for name in names(NUMBERS) if name not in ("نייד", "ฟสโทรศัพท์")])
def test_names_for_phones_are_known_in_every_language_and_spelling(name: str) -> None:
    assert read_name(name).meaning is Meaning.NUMBER


@pytest.mark.parametrize("name", names(SOMEBODY_ELSE))
def test_numbers_of_machines_and_other_people_are_none_to_call(name: str) -> None:
    reading = read_name(name)
    assert reading.meaning is Meaning.SOMEBODY_ELSE
    assert reading.why


@pytest.mark.parametrize("name", names(WEAK))
def test_names_that_may_mean_any_number_are_weak(name: str) -> None:
    assert read_name(name).meaning is Meaning.WEAK_NUMBER


@pytest.mark.parametrize(
    "name, meaning", [(name, meaning) for meaning, text in MEANINGS.items() for name in names(text)]
)
def test_other_columns_are_known_by_their_names(name: str, meaning: Meaning) -> None:
    assert read_name(name).meaning is meaning


@pytest.mark.parametrize(
    "name, words",
    [
        ("HomePhone", ("home", "phone")),
        ("phone1", ("phone", "1")),
        ("PHONE_NO", ("phone", "no")),
        ("IDNumber", ("id", "number")),
        ("Tél. portable", ("tel", "portable")),
        ("Phone 1 - Value", ("phone", "1", "value")),
        ("Nº móvil2", ("no", "movil", "2")),
        ("\ufeffPhone\u200b", ("phone",)),
        ("ＴＥＬ", ("tel",)),
        ("मोबाइल नंबर", ("मोबाइल", "नंबर")),
    ],
)
def test_names_are_split_at_capitals_digits_and_punctuation(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


def test_names_of_variables_are_compared_without_case_blanks_underscores_and_accents() -> None:
    spellings = (
        "first_name",
        "First Name",
        "FIRST-NAME",
        "FirstName",
        "firstName",
        " first  name ",
        "Fírst Náme",
    )
    assert {fold_name(name) for name in spellings} == {"firstname"}
    assert fold_name("имя") != fold_name("name")
    assert fold_name("★") != fold_name("☆")


@pytest.mark.parametrize(
    "name, kind",
    [
        ("Mobile", Kind.MOBILE),
        ("Handy", Kind.MOBILE),
        ("Home Phone", Kind.HOME),
        ("Telefon privat", Kind.HOME),
        ("Business Phone 2", Kind.WORK),
        ("Phone", Kind.PLAIN),
    ],
)
def test_kinds_of_phones_are_distinguished(name: str, kind: Kind) -> None:
    assert read_name(name).kind is kind


def test_an_empty_name_says_nothing() -> None:
    assert {read_name(name).meaning for name in ("", "  ", "…")} == {Meaning.OTHER}


def test_labels_in_rows_say_which_phone_it_is_and_whose() -> None:
    assert read_label("Mobile") == (Kind.MOBILE, True)
    assert read_label("* Home") == (Kind.HOME, True)
    assert read_label("") == (Kind.PLAIN, True)
    for label in ("Work Fax", "Home Fax", "Pager", "Assistant", "Emergency", "Fax (geschäftlich)", "Mother"):
        assert not read_label(label)[1], label


@pytest.mark.parametrize(
    "value",
    names(
        """
    true|TRUE|1|yes|Y|x|✓|ja|Oui|sí|sim|да|是|はい|예|نعم|כן|evet|tak
    """
    ),
)
def test_yes_is_read_in_many_languages(value: str) -> None:
    assert read_flag(value) is True


@pytest.mark.parametrize(
    "value",
    names(
        """
    false|0|no|N|nein|non|não|нет|否|いいえ|아니오|لا|לא|hayır|nie|n/a|-
    """
    ),
)
def test_no_is_read_in_many_languages(value: str) -> None:
    assert read_flag(value) is False


def test_an_empty_flag_is_a_no() -> None:
    assert read_flag("") is False
    assert read_flag("  ") is False


def test_what_is_neither_yes_nor_no_is_no_flag() -> None:
    assert read_flag("asked by e-mail on 3 March") is None
    assert read_flag("2026-03-03") is None
    # Yes in Turkish, no in Finnish.
    assert read_flag("e") is None


def test_refusals_are_a_no_where_the_column_says_who_may_be_called() -> None:
    for value in ("denied", "Withdrawn", "no", "widerrufen", "false"):
        assert read_permission(value) is False, value
    assert read_permission("granted") is True


@given(st.text(max_size=80))
def test_any_name_is_read_without_an_error_and_always_alike(name: str) -> None:
    assert read_name(name) == read_name(name)
    assert isinstance(fold_name(name), str)
