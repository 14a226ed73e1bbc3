"""Amounts, dates, times and codes as a voice says them, and what is spoken as it stands."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.message import MessageVariable, fill_variables, parse_message, parse_template
from campaign_app.domain.spoken_values import FORMATS, SpokenValue, speak_value
from campaign_app.domain.spoken_words import find_locale, find_voice_language, say_clock, say_date, say_money


@pytest.mark.parametrize(
    "value, said",
    [
        ("$1,234.50", "1234 dollars and 50 cents"),
        ("12.50 USD", "12 dollars and 50 cents"),
        ("USD12", "12 dollars"),
        ("$12.5", "12 dollars and 50 cents"),
        ("$12.50000", "12 dollars and 50 cents"),
        ("12,50 €", "12 euros and 50 cents"),
        ("€ 1.234,56", "1234 euros and 56 cents"),
        ("1\u202f234,56 €", "1234 euros and 56 cents"),
        ("1’234.50 CHF", "1234 Swiss francs and 50 centimes"),
        ("EUR 12,-", "12 euros"),
        ("12.50 Euro", "12 euros and 50 cents"),
        ("£0.99", "99 pence"),
        ("£1.01", "1 pound and 1 penny"),
        ("¥1200", "1200 yen"),
        ("¥100 CNY", "100 yuan"),
        ("$5 CAD", "5 Canadian dollars"),
        ("₹1,00,000", "100000 rupees"),
        ("R$ 12,50", "12 reais and 50 centavos"),
        ("KWD 1,250.500", "1250 Kuwaiti dinars and 500 fils"),
        ("-$12.50", "minus 12 dollars and 50 cents"),
        ("($12.50)", "minus 12 dollars and 50 cents"),
        ("$0", "0 dollars"),
    ],
)
def test_amounts(value: str, said: str) -> None:
    spoken = speak_value(value, "money")
    assert (spoken.text, spoken.problem) == (said, None)


@pytest.mark.parametrize(
    "value, language, said",
    [
        ("2026-11-30", None, "Monday, November 30th, 2026"),
        ("2026-11-30T10:30:00Z", None, "Monday, November 30th, 2026"),
        ("20261130", None, "Monday, November 30th, 2026"),
        ("30.11.2026", None, "Monday, November 30th, 2026"),
        ("30.11.26", "en-GB", "Monday, November 30th, 2026"),
        ("11/30/2026", None, "Monday, November 30th, 2026"),
        ("30/11/2026", "en-US", "Monday, November 30th, 2026"),
        ("03/04/2026", "en-US", "Wednesday, March 4th, 2026"),
        ("03/04/2026", "en-GB", "Friday, April 3rd, 2026"),
        ("Mon, 30 Nov 2026", None, "Monday, November 30th, 2026"),
        ("Nov 3, 2026", None, "Tuesday, November 3rd, 2026"),
        ("30-Nov-26", None, "Monday, November 30th, 2026"),
        ("1 May", None, "May 1st"),
        ("11/30/2026 2:30 PM", None, "Monday, November 30th, 2026"),
    ],
)
def test_dates(value: str, language: str | None, said: str) -> None:
    spoken = speak_value(value, "date", language)
    assert (spoken.text, spoken.problem) == (said, None)


@pytest.mark.parametrize(
    "value, said",
    [
        ("14:30", "2:30 PM"),
        ("09:00:00", "9 AM"),
        ("2 p.m.", "2 PM"),
        ("0:00", "midnight"),
        ("12:00", "noon"),
        ("12:05 am", "12:05 AM"),
        ("14h30", "2:30 PM"),
        ("2026-11-30T14:30:00+01:00", "2:30 PM"),
        ("2026-11-30T14:30:00Z", "2:30 PM UTC"),
    ],
)
def test_times_of_day(value: str, said: str) -> None:
    spoken = speak_value(value, "time")
    assert (spoken.text, spoken.problem) == (said, None)


@pytest.mark.parametrize(
    "value, said",
    [
        ("4711", "4 7 1 1"),
        ("007", "0 0 7"),
        ("123456", "1 2 3, 4 5 6"),
        ("2025550123", "2 0 2, 5 5 5, 0 1 2 3"),
        ("12-34", "1 2, 3 4"),
        ("ab-12345", "A B, 1 2 3, 4 5"),
    ],
)
def test_codes_are_said_digit_by_digit_in_groups(value: str, said: str) -> None:
    spoken = speak_value(value, "digits")
    assert (spoken.text, spoken.problem) == (said, None)


@pytest.mark.parametrize(
    "form, value",
    [
        ("money", "12.50"),
        ("money", "soon"),
        ("money", "$1.234"),
        ("money", "1.234 €"),
        ("money", "$12.345"),
        ("money", "KWD 1.250"),
        ("money", "¥12.5"),
        ("money", "$5 EUR"),
        ("money", "12 kr"),
        ("money", "Rs 500"),
        ("money", "$1,2345.6"),
        ("money", "$" + "9" * 20),
        ("date", "03/04/2026"),
        ("date", "26/12/03"),
        ("date", "26.12.03"),
        ("date", "0/5/2026"),
        ("date", "2026-02-30"),
        ("date", "46356"),
        ("date", "tomorrow"),
        ("date", "Marble 3 2026"),
        ("date", "Mon, 29 Nov 2026"),
        ("date", "2026-11-30 10:30 or later"),
        ("time", "2026-11-30"),
        ("time", "14"),
        ("time", "25:00"),
        ("time", "13 pm"),
        ("digits", "ABC"),
        ("digits", "12é"),
        *[(form, "1" * 65) for form in FORMATS],
    ],
)
def test_an_uncertain_value_is_spoken_unchanged_and_reported(form: str, value: str) -> None:
    spoken = speak_value(value, form)
    assert spoken.text == value
    assert spoken.problem


@given(
    st.text(max_size=70), st.sampled_from(FORMATS), st.sampled_from([None, "en-US", "de", "ja", "hu", "ar"])
)
def test_no_value_breaks_a_format(value: str, form: str, language: str | None) -> None:
    spoken = speak_value(value, form, language)
    assert spoken.problem is None or spoken.text == value.strip()


@given(st.dates())
def test_every_iso_date_is_said_with_its_own_day_and_year(day: object) -> None:
    said = speak_value(f"{day:%Y-%m-%d}".rjust(10, "0"), "date")
    assert said.problem is None
    assert said.text.endswith(f", {day.year}")  # type: ignore[attr-defined]


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_an_amount_is_said_whole_however_it_is_grouped(whole: int, cents: int) -> None:
    said = {speak_value(text, "money").text for text in (f"${whole:,}.{cents:02}", f"USD {whole}.{cents:02}")}
    assert len(said) == 1


def test_formats_stand_behind_a_colon_in_the_text() -> None:
    assert parse_template("{amount:money}") == (MessageVariable("amount", None, "money"),)
    assert parse_template("{ Due date : Date | soon }") == (MessageVariable("Due date", "soon", "date"),)
    assert parse_template("{Note: text}") == (MessageVariable("Note: text"),)
    text = "You owe {amount:money|something} on {when:date} at {when:time}, code {code:digits}."
    values = {"Amount": "12,50 €", "when": "2026-11-30 14:30", "code": "4711"}
    assert fill_variables(text, values) == (
        "You owe 12 euros and 50 cents on Monday, November 30th, 2026 at 2:30 PM, code 4 7 1 1."
    )
    assert fill_variables("{amount:money|something}", {}) == "something"


def test_an_unknown_format_is_an_error_at_its_field() -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_message({"text": "Hi", "machine": {"text": "{amount:dollars}"}})
    [error] = raised.value.errors
    assert error.field == "message.machine.text"
    assert "money, date, time, digits" in error.message
    assert "“dollars”" in error.message


def test_a_message_lists_its_spoken_values_and_the_names_in_double_braces() -> None:
    message = parse_message(
        {"text": "{amount:money} {amount:money} {when:date} {{first_name}} {{other}}", "language": "en-US"}
    )
    told = message.formatted({"amount": "$5", "when": "3/4/2026"})
    assert [(each.name, each.spoken.text) for each in told] == [
        ("amount", "5 dollars"),
        ("when", "Wednesday, March 4th, 2026"),
    ]
    assert message.doubled(["First Name"]) == ["first_name"]
    assert message.doubled([]) == []
    assert parse_message({"text": "{{{first_name}}}"}).doubled(["first_name"]) == []


@pytest.mark.parametrize(
    "value, form, language, said",
    [
        ("2026-12-03", "date", "de-DE", "Donnerstag, 3. Dezember 2026"),
        ("Do., 3. Dez. 2026 um 14 Uhr", "date", "de", "Donnerstag, 3. Dezember 2026"),
        ("3. März", "date", "de-AT", "3. März"),
        ("1er janvier 2027", "date", "fr-FR", "vendredi 1er janvier 2027"),
        ("3 de diciembre de 2026 a las 14:30", "date", "es-ES", "jueves, 3 de diciembre de 2026"),
        ("3/12/2026", "date", "pt-BR", "quinta-feira, 3 de dezembro de 2026"),
        ("2026/3/12", "date", "cmn-CN", "2026年3月12日星期四"),
        ("December 3, 2026", "date", "it-IT", "giovedì 3 dicembre 2026"),
        ("3. Dezember 2026, 14.30 Uhr", "time", "de-DE", "14:30"),
        ("9 Uhr 05", "time", "de-DE", "09:05"),
        ("2:30 p.m.", "time", "fr-FR", "14:30"),
        ("1.234,50 €", "money", "de-DE", "1234,50 Euro"),
        ("-$12", "money", "fr-FR", "-12 dollars des États-Unis"),
        ("4711", "digits", "de-DE", "4 7 1 1"),
    ],
)
def test_values_are_said_in_the_language_of_the_message(
    value: str, form: str, language: str, said: str
) -> None:
    spoken = speak_value(value, form, language)
    assert (spoken.text, spoken.problem) == (said, None)


def test_a_voice_that_names_its_language_speaks_it_and_an_unknown_one_guesses_nothing() -> None:
    values = {"when": "2026-12-03"}
    spoken = {
        voice: parse_message({"text": "{when:date}", "voice": voice}).formatted(values)[0].spoken.text[:10]
        for voice in ("de", "Google.de-DE-Wavenet-B", "de_DE-thorsten-medium", "Polly.Vicki", "en-us+f3")
    }
    assert spoken == {
        "de": "Donnerstag",
        "Google.de-DE-Wavenet-B": "Donnerstag",
        "de_DE-thorsten-medium": "Donnerstag",
        "Polly.Vicki": "Thursday, ",
        "en-us+f3": "Thursday, ",
    }
    unknown = speak_value("2026-12-03", "date", "xx-YY")
    assert unknown.text == "2026-12-03"
    assert "“xx-YY”" in str(unknown.problem)
    assert unknown.problem == "the language “xx-YY” is not supported for dates, times and amounts"


@pytest.mark.parametrize(
    "language",
    [
        *(
            "de",
            "de-AT",
            "fr",
            "es",
            "it",
            "pt",
            "nl",
            "sv",
            "da",
            "fi",
            "pl",
            "cs",
            "hr",
            "sr-Latn-RS",
            "hu",
            "lt",
            "lv",
        ),
        *(
            "ru",
            "uk",
            "bg",
            "el",
            "tr",
            "ar",
            "he",
            "hi",
            "th",
            "vi",
            "id",
            "ja",
            "zh-CN",
            "zh-TW",
            "ko",
            "fil",
            "eu",
        ),
    ],
)
def test_what_is_said_in_a_language_can_be_read_in_it_again(language: str) -> None:
    locale = find_locale(language)
    assert locale is not None
    said = [
        ("date", say_date(locale, year, month, day))
        for month, day in zip(range(1, 13), (1, 2, 3, 4, 5, 6, 12, 13, 20, 21, 22, 30), strict=True)
        for year in (2026, None)
    ]
    said += [("time", say_clock(locale, hour, minute)) for hour in range(24) for minute in (0, 5)]
    said += [
        ("money", say_money(locale, Decimal(amount), currency))
        for amount in ("1", "-2", "5.00", "22", "0.99", "1234.50")
        for currency in ("USD", "EUR", "PLN", "CNY")
    ]
    read = [(form, speak_value(text, form, language)) for form, text in said]
    assert [(form, spoken.text) for form, spoken in read if not spoken.problem] == said


@pytest.mark.parametrize(
    "form, language, values, said",
    [
        ("date", "ko", ("2026년 12월 3일", "2026.12.3", "2026. 12. 3."), "2026년 12월 3일 목요일"),
        ("date", "ja", ("2026年12月3日", "2026年12月3日(木)", "2026/12/3"), "2026年12月3日木曜日"),
        ("date", "zh", ("2026年12月3号", "2026年12月3日"), "2026年12月3日星期四"),
        ("date", "ar", ("٣ ديسمبر ٢٠٢٦", "3 ديسمبر 2026"), "الخميس، 3 ديسمبر 2026"),
        ("date", "hu", ("2026.12.03.", "2026. 12. 03.", "2026. dec. 3."), "2026. december 3., csütörtök"),
        ("date", "pl", ("3 grudnia 2026 r.", "3 GRUDNIA 2026", "3.12.26"), "czwartek, 3 grudnia 2026"),
        ("date", "ru", ("3 декабря 2026 года", "3 дек. 2026", "3.12.2026"), "четверг, 3 декабря 2026 г."),
        ("date", "el", ("3 ΔΕΚΕΜΒΡΙΟΥ 2026",), "Πέμπτη 3 Δεκεμβρίου 2026"),
        ("date", "tr", ("3 ARALIK 2026",), "3 Aralık 2026 Perşembe"),
        ("date", "de", ("Sonnabend, 5. Dezember 2026", "Sa, 05.12.2026"), "Samstag, 5. Dezember 2026"),
        ("date", "th", ("3/12/2026", "3 ธ.ค. 2026"), "วันพฤหัสบดีที่ 3 ธันวาคม ค.ศ. 2026"),
        ("date", "ne", ("2026-12-03", "2026/12/03"), "2026 डिसेम्बर 3, बिहिबार"),
        ("date", "am", ("2026-12-03", "20261203"), "ሐሙስ 3 ዲሴምበር 2026"),
        ("date", "es", ("mar 3 mar 2026", "mar 3, 2026", "3 mar 2026"), "martes, 3 de marzo de 2026"),
        ("date", "it", ("3 mar", "Marzo 3"), "3 marzo"),
        ("date", "de", ("mar 3", "MÄRZ 3", "3. März"), "3. März"),
        ("date", "uk", ("п'ятниця, 4 грудня 2026", "п’ятниця, 4 грудня 2026"), "пʼятниця, 4 грудня 2026 р."),
        ("date", "zh-CN", ("69/12/03",), "1969年12月3日星期三"),
        ("date", "de-AT", ("3. Januar", "3. Jänner"), "3. Jänner"),
        ("date", "de-DE", ("3. Jänner", "3. Januar"), "3. Januar"),
        ("date", "de", ("3. Maerz", "3. Marz"), "3. März"),
        ("date", "fr", ("3 decembre 2026", "3 DÉC. 2026"), "jeudi 3 décembre 2026"),
        ("date", "es", ("miercoles 2 de setiembre de 2026",), "miércoles, 2 de septiembre de 2026"),
        ("date", "pt", ("3 marco 2026", "3 de março de 2026"), "terça-feira, 3 de março de 2026"),
        ("time", "fr", ("14 h 30", "14h30", "à 14:30"), "14:30"),
        ("time", "pt", ("14h", "às 14h", "14:00"), "14:00"),
        ("time", "de", ("um 14 Uhr", "14 Uhr 0", "14.00 Uhr"), "14:00"),
        ("time", "de", ("8 Uhr 5",), "08:05"),
        ("time", "es", ("2:30 p. m.", "a las 14:30"), "14:30"),
        ("time", "nl", ("14.30 uur", "om 14:30"), "14:30"),
        ("time", "ru", ("в 14:30", "14 ч 30 мин"), "14:30"),
        ("time", "cs", ("v 14:30",), "14:30"),
        ("time", "ja", ("14時30分", "午後2時30分", "１４：３０"), "14:30"),
        ("money", "de", ("(5.00) USD", "USD (5)", "-5 $"), "-5 US-Dollar"),
        ("money", "ja", ("￥500", "500円"), "500 円"),
        ("money", "ko", ("5,000원",), "5000 대한민국 원"),
        ("money", "pl", ("5 złotych", "5,00 zł", "PLN 5"), "5 złotych polskich"),
        ("money", "pl", ("5,50 zł",), "5,50 złotego polskiego"),
        ("money", "ru", ("5,00 $",), "5 долларов США"),
        ("money", "sv", ("500 kr",), "500 svenska kronor"),
        ("money", "nb-NO", ("500 kr",), "500 norske kroner"),
        ("money", "es-MX", ("$500", "500 pesos"), "500 pesos mexicanos"),
        ("money", "es-US", ("$500",), "500 dólares estadounidenses"),
        ("money", "zh-CN", ("¥500", "500元"), "500 人民币"),
        ("money", "en-CA", ("$500", "500 dollars", "C$500", "$500 CAD"), "500 Canadian dollars"),
        ("money", "en-PK", ("Rs 500", "500 rupees"), "500 Pakistani rupees"),
        ("money", "en-NI", ("C$500",), "500 Nicaraguan cordobas"),
        ("money", "en-US", ("C$500",), "500 Canadian dollars"),
        ("money", "es-NI", ("C$500",), "500 córdobas nicaragüenses"),
        ("money", "ru-BY", ("500 руб", "500 рублей"), "500 белорусских рублей"),
        ("money", "ru", ("500 руб.", "500 рублей"), "500 российских рублей"),
        ("money", "ro-MD", ("500 lei", "500 leu"), "500 lei moldovenești"),
        ("money", "ro", ("500 lei",), "500 lei românești"),
        ("money", "pt-CV", ("500$", "$ 500"), "500 escudos cabo-verdianos"),
        ("money", "fr-BI", ("500 Fr.", "500 francs"), "500 francs burundais"),
        ("money", "fr-CH", ("Fr. 500", "500 francs"), "500 francs suisses"),
        ("money", "fr-MA", ("500 dirhams",), "500 dirhams marocains"),
        ("money", "de-CH", ("1,234 EUR", "1’234 EUR"), "1234 Euro"),
        ("money", "de", ("1.234 EUR", "1,234.00 EUR"), "1234 Euro"),
        ("money", "de", ("$1.234", "1.234 USD"), "1234 US-Dollar"),
        ("money", "es", ("1.234 USD",), "1234 dólares estadounidenses"),
        ("money", "de", ("1 234,500 EUR", "1.234,50 EUR"), "1234,50 Euro"),
    ],
)
def test_spellings_of_files_are_read(form: str, language: str, values: tuple[str, ...], said: str) -> None:
    assert {value: speak_value(value, form, language) for value in values} == {
        value: SpokenValue(said) for value in values
    }


@pytest.mark.parametrize(
    "form, value, languages",
    [
        *[("date", f"26{sign}12{sign}03", ("ja", "zh", "ko", "hu", "sv", "lt", "en")) for sign in "/-."],
        (
            "date",
            "2/1/2026",
            ("ja", "zh-TW", "zh-CN", "ko", "hu", "fil-PH", "es-US", "es-PR", "en-CA", "fr-CA", "eng"),
        ),
        ("date", "26-dec-03", ("hu",)),
        ("date", "3 ธันวาคม 2569", ("th",)),
        ("date", "3 ธ.ค. 69", ("th",)),
        ("date", "13/12/69", ("th", "lo", "ar-SA", "fa", "am", "ne", "en-TH")),
        ("date", "mar 3", ("es", "it", "ro", "gl", "fil", "fr")),
        ("date", "mar. 3 14:30", ("es", "it", "ro")),
        ("date", "69/12/03", ("ja", "zh-TW", "zh-Hant")),
        ("date", "2083-08-17", ("ne", "en-NP")),
        ("date", "13/12/2018", ("am", "ti", "en-ET")),
        ("date", "13/12/5787", ("he",)),
        ("date", "令和8年12月3日", ("ja",)),
        ("date", "2026-12-03", ("und", "root", "tlh", "x-foo")),
        ("time", "3時間", ("ja",)),
        ("money", "$500", ("es", "es-419", "es-UY", "zh")),
        ("money", "C$500", ("es",)),
        ("money", "500 won", ("ko-KP",)),
        ("money", "¥500", ("de", "en-US")),
        ("money", "500 kr", ("de", "en-GB")),
        ("money", "1,234 EUR", ("de", "es", "fr-CH", "pt-BR", "en-ZA")),
        ("money", "12,500 $", ("de", "ru", "ar-MA")),
        ("money", "1.234 EUR", ("en-US", "en-GB", "ja", "es-MX", "de-CH")),
        ("money", "1.234 TRY", ("en",)),
        ("money", "500 dirhams", ("en", "fr", "es")),
        ("money", "500 rupees", ("en-US", "de")),
        ("money", "500 rubles", ("en-GB", "de")),
        ("money", "500 руб", ("uk", "ru-KZ", "en")),
        ("money", "500 francs", ("en-US", "fr")),
        ("money", "Fr. 500", ("en-US", "fr", "de")),
        ("money", "500 lei", ("en-US", "fr")),
        ("money", "500 dollars", ("de", "fr", "nl")),
        ("money", "C$500", ("de", "fr")),
    ],
)
def test_what_a_language_leaves_uncertain_is_spoken_as_it_stands(
    form: str, value: str, languages: tuple[str, ...]
) -> None:
    for language in languages:
        spoken = speak_value(value, form, language)
        assert (spoken.text, bool(spoken.problem)) == (value, True), language


@pytest.mark.parametrize(
    "voice, language",
    [
        ("cmn-CN-Wavenet-A", "cmn-CN"),
        ("Google.yue-HK-Standard-A", "yue-HK"),
        ("fil-PH-Wavenet-A", "fil-PH"),
        ("arb", "arb"),
        ("sr-Latn-RS-NicholasNeural", "sr-Latn-RS"),
        ("zh-Hans-CN", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("af_heart", None),
        ("am_adam", None),
        ("alice", None),
    ],
)
def test_a_voice_names_its_language(voice: str, language: str | None) -> None:
    assert find_voice_language(voice) == language


def test_a_tag_keeps_its_script_and_an_extension_changes_nothing() -> None:
    assert speak_value("2026-12-03", "date", "sr-Latn-RS").text == "četvrtak, 3. decembar 2026."
    assert speak_value("3/4/2026", "date", "en-US-x-foo").text == "Wednesday, March 4th, 2026"
    assert speak_value("2026-12-03", "date", "eng").text == "Thursday, December 3rd, 2026"
