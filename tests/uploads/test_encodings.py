"""Encodings: recognized by the letters of languages, asked about where they do not tell."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from campaign_app.uploads import Understanding, UnknownChoice, understand_file
from campaign_app.uploads.encodings import LABELS, find_codec, find_encoding

Understand = Callable[..., Understanding]

TEXTS = {
    "PL": "Łukasz Żak;Łódź|Małgorzata Wójcik;Kraków|Paweł Dąbrowski;Gdańsk|Zofia Wiśniewska;Wrocław",
    "CZ": "Jiří Novák;Plzeň|Tomáš Dvořák;Brno|Kateřina Procházková;Budějovice|Zdeněk Šťastný;Ústí",
    "HU": "Kovács Ágnes;Győr|Szabó Zoltán;Pécs|Tóth Erzsébet;Székesfehérvár|Nagy László;Kecskemét",
    "RO": "Ştefan Ţepeş;Iaşi|Ioana Brătianu;Braşov|Mihai Pârvu;Cluj|Ană Măcăreanu;Bacău",
    "HR": "Željko Šarić;Čakovec|Đorđe Kovačević;Šibenik|Ivana Božić;Varaždin",
    "RU": "Иван Петров;Москва|Анна Щукина;Санкт-Петербург|Юрий Жуков;Казань",
    "UA": "Олександр Шевченко;Київ|Наталія Ковальчук;Львів|Євген Їжак;Харків",
    "BG": "Георги Димитров;София|Мария Иванова;Пловдив|Петър Стоянов;Бургас",
    "RS": "Немања Јовановић;Београд|Љубица Ђорђевић;Ниш",
    "GR": "Γιώργος Παπαδόπουλος;Αθήνα|Μαρία Νικολάου;Θεσσαλονίκη|Ελένη Δημητρίου;Πάτρα",
    "TR": "Ayşe Yılmaz;İstanbul|Gökhan Çelik;Eskişehir|Şükrü Öztürk;Muğla",
    "IL": "דוד כהן;תל אביב|שרה לוי;ירושלים|משה מזרחי;חיפה",
    "EG": "محمد أحمد;القاهرة|فاطمة علي;الإسكندرية|يوسف حسن;الجيزة",
    "LV": "Jānis Bērziņš;Rīga|Kristīne Ozoliņa;Jūrmala|Māris Kļaviņš;Liepāja",
    "LT": "Jonas Žukauskas;Šiauliai|Rūta Kazlauskienė;Klaipėda|Gintarė Petrauskaitė;Panevėžys",
    "TH": "สมชาย ใจดี;กรุงเทพ|สมหญิง รักไทย;เชียงใหม่",
    "JP": "田中;東京都|鈴木 一郎;大阪府|さとう はなこ;横浜市|ヤマダ タロウ;名古屋",
    "KR": "김철수;서울|박영희;부산|최지훈;대구",
    "CN": "王伟;北京|李娜;上海|张敏;广州",
    "TW": "陳志明;臺北市|林淑芬;高雄市|黃美玲;新竹",
    "DE": "Jürgen Müller;Köln|Jörg Weiß;Düsseldorf|Käthe Schäfer;München",
    "FR": "Hélène Lefèvre;Orléans|François Garçon;Besançon|Zoë Crète;Nîmes",
    "ES": "José Núñez;Málaga|María Peña;León",
    "BR": "João Gonçalves;São Paulo|Conceição Araújo;Brasília",
    "SE": "Åsa Öberg;Göteborg|Björn Sjöström;Malmö",
    "IS": "Guðrún Þórsdóttir;Reykjavík|Björk Ævarsdóttir;Akureyri",
}
WRITTEN = {
    "PL": "cp1250 iso8859_2 cp852 mac_latin2",
    "CZ": "cp1250 cp852",
    "HU": "cp1250 cp852",
    "RO": "cp1250",
    "HR": "cp1250",
    "RU": "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic",
    "UA": "cp1251 koi8_u",
    "BG": "cp1251",
    "RS": "cp1251",
    "GR": "cp1253 iso8859_7 cp737",
    "TR": "cp1254 iso8859_9 cp857",
    "IL": "cp1255 iso8859_8 cp862",
    "EG": "cp1256 iso8859_6",
    "LV": "cp1257 iso8859_13",
    "LT": "cp1257",
    "TH": "cp874",
    "JP": "cp932 euc_jp iso2022_jp",
    "KR": "cp949",
    "CN": "gb18030",
    "TW": "cp950",
    "DE": "cp1252 mac_roman cp850 iso8859_15 cp437",
    "FR": "cp1252 mac_roman cp850",
    "ES": "cp1252 mac_roman cp850",
    "BR": "cp1252 mac_roman cp850",
    "SE": "cp1252 mac_roman",
    "IS": "cp1252",
}


@pytest.fixture
def understand(tmp_path: Path) -> Understand:
    def look(content: bytes, region: str | None = None, language: str | None = None) -> Understanding:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return understand_file(path, region=region, language=language)

    return look


@pytest.mark.parametrize(
    "region, codec, names",
    [
        ("CN", "gb18030", "张伟 李娜 否"),
        ("KR", "cp949", "김철수 이영희 아니오"),
        ("TW", "cp950", "陳大文 林小姐 黃"),
        ("JP", "cp932", "田中太郎 山田花子 否"),
    ],
)
def test_a_last_letter_of_two_bytes_is_not_cut_off(
    understand: Understand, region: str, codec: str, names: str
) -> None:
    content = "".join(f"+12025550101,{name}\r\n" for name in ["name", *names.split()])
    assert understand(content.encode(codec), region).reading.encoding == codec


@pytest.mark.parametrize(
    "region, rows",
    [
        ("GB", "Siân,£10|Zoë,£20"),
        ("GB", "Ann,£10"),
        ("DE", "Ann,10 €"),
        ("ES", "Ana 2º,Sí|Blas,No"),
        ("IT", "Luigi,Sì"),
    ],
)
def test_what_the_region_writes_is_not_asked_about(understand: Understand, region: str, rows: str) -> None:
    found = understand(("name,phone\n" + rows.replace("|", "\n")).encode("cp1252"), region)
    assert (found.reading.encoding, found.encoding_choices) == ("cp1252", ())


@pytest.mark.parametrize("at_home", [True, False])
@pytest.mark.parametrize(
    "region, codec", [(region, codec) for region, names in WRITTEN.items() for codec in names.split()]
)
def test_letters_come_out_right_or_the_right_encoding_is_offered(
    understand: Understand, region: str, codec: str, at_home: bool
) -> None:
    rows = TEXTS[region].split("|")
    content = ("name;city;phone\n" + "".join(f"{row};+12025550101\n" for row in rows)).encode(codec)
    found = understand(content, region if at_home else None)
    assert [";".join(row.cells[:2]) for row in found.rows] == rows
    if found.encoding_choices:
        assert len(found.encoding_choices) > 1
        assert found.encoding_choices[0].encoding == found.reading.encoding
        assert all(len(choice.sample) == 2 for choice in found.encoding_choices)


@pytest.mark.parametrize(
    "content, name",
    [
        ("name;phone;city\r\nŁukasz Żak;+12025550102;Łódź\r\n".encode("cp1250"), "Łukasz Żak"),
        ("名前,電話番号\r\n田中,+12025550101\r\n".encode("cp932"), "田中"),
        ("Имя;Телефон\nИван Петров;+12125550124\n".encode("cp1251"), "Иван Петров"),
        ("name,phone\nAndré,+12025550101\n".encode("cp1252"), "André"),
        ("name,phone\nAndré,+12025550101\n".encode("mac_roman"), "André"),
        ("name,phone\nMüller,+12025550101\n".encode("cp1252"), "Müller"),
    ],
)
@pytest.mark.parametrize("region", [None, "US"])
def test_one_name_is_enough_to_choose_an_encoding(
    understand: Understand, content: bytes, name: str, region: str | None
) -> None:
    found = understand(content, region)
    assert found.rows[0].cells[0] == name
    assert found.encoding_choices == ()


def test_what_is_unsure_is_offered_with_two_rows_each(understand: Understand) -> None:
    found = understand("name\nNuñez;x\nAna;y\nPeña;z\n".encode("cp1252"))
    assert len(found.encoding_choices) > 1
    samples = {choice.encoding: choice.sample for choice in found.encoding_choices}
    assert samples["cp1252"] == ("Nuñez;x", "Peña;z")
    assert samples["cp1250"] == ("Nuńez;x", "Peńa;z")


def test_the_region_the_language_and_the_numbers_countries_settle_what_is_unsure(
    understand: Understand,
) -> None:
    content = "name;x\nNuñez;1\nPeña;2\n".encode("cp1252")
    assert understand(content, "ES").encoding_choices == ()
    assert understand(content, None, "es-MX").encoding_choices == ()
    with_codes = "name;phone\nNuñez;+34612345678\nPeña;+34612345679\n".encode("cp1252")
    assert understand(with_codes).encoding_choices == ()
    polish = "name;city\nKoń;1\nToruń;2\n".encode("cp1250")
    assert understand(polish, "PL").rows[1].cells[0] == "Toruń"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
@pytest.mark.parametrize("name", ["Zoë", "Иван", "田中", "Ann"])
def test_unicode_is_known_by_its_bytes(understand: Understand, encoding: str, name: str) -> None:
    found = understand(f"name;phone\n{name};+12025550101\n".encode(encoding))
    assert found.names == ("name", "phone")
    assert found.rows[0].cells == [name, "+12025550101"]


def test_a_mark_at_the_beginning_is_no_part_of_the_first_name(understand: Understand, tmp_path: Path) -> None:
    path = tmp_path / "marked"
    path.write_bytes(codecs.BOM_UTF8 + b'"name","phone"\n"Ann","+12025550101"\n')
    assert understand_file(path, region=None).names == ("name", "phone")
    assert understand_file(path, region=None, chosen={"encoding": "UTF-8"}).names == ("name", "phone")


def test_utf_8_that_is_cut_within_a_character_stays_utf_8(understand: Understand) -> None:
    text = "name,phone\r\n" + "".join(f"Zoë {place},+12025550{place}\r\n" for place in range(100, 150))
    found = understand(text.encode() + "Zoë".encode()[:-1])
    assert found.reading.encoding == "utf-8"
    assert found.rows[0].cells[0] == "Zoë 100"


def test_utf_8_with_a_bad_byte_stays_utf_8(understand: Understand) -> None:
    text = ("name,phone\n" + "Zoë,+12025550101\n" * 60).encode()
    found = understand(text + b"Andr\xe9,+12025550102\n")
    assert found.reading.encoding == "utf-8"
    assert found.rows[0].cells[0] == "Zoë"


def test_one_accent_at_the_very_end_of_a_large_file_is_noticed(understand: Understand) -> None:
    found = understand(b"phone,name\n" + b"+16175550100,Ann\n" * 150_000 + b"+16175550101,Andr\xe9\n")
    assert found.reading.encoding == "cp1252"


def test_a_character_that_two_blocks_share_is_still_utf_8(
    understand: Understand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign_app.uploads.encodings.BLOCK", 7)
    assert understand("name,phone\nZoë 田中 😀,+12025550101\n".encode() * 9).reading.encoding == "utf-8"


@pytest.mark.parametrize(
    "name, codec",
    [("Windows-1251", "cp1251"), ("win1250", "cp1250"), ("CP1252", "cp1252"), ("latin1", "cp1252"), ("SJIS", "cp932"),
     ("Shift_JIS", "cp932"), ("GBK", "gb18030"), ("Big5", "cp950"), ("EUC-KR", "cp949"), ("KOI8-R", "koi8_r"),
     ("macroman", "mac_roman"), ("UTF8", "utf-8"), ("ISO-8859-2", "iso8859_2"), ("UTF-16", "utf-16")],
)  # fmt: skip
def test_encodings_are_chosen_by_the_names_that_people_use(name: str, codec: str) -> None:
    assert find_codec(name) == codec


def test_every_encoding_that_is_offered_can_be_chosen() -> None:
    for codec in LABELS:
        assert find_codec(codec) == codec
    for name in ("rot13", "hex", "idna", "utf-7", "unicode_escape", "", "../x"):
        with pytest.raises(UnknownChoice):
            find_codec(name)


@pytest.mark.parametrize(
    "line", [b"x" * 3_000_000, b"x" * 1_500_000 + b"\xe9" + b"x" * 1_500_000, b"\xe9" * 3_000_000]
)
def test_a_very_long_line_is_looked_at_in_no_time(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(line)
    assert find_encoding(path, region=None).codec
