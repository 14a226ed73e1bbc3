"""Column words: how people call the columns of their files, by meaning and language; those of numbers stand in
number_words.py, those of permission in permission_words.py. Data only.

Each text is a list of words or phrases between commas, in any case and with or without accents; column_names.py
matches them. Words that are written in one ("mobilephone", "Kundentelefon") are taken apart there, so a compound stands
here only where its parts do not.
"""

from __future__ import annotations

Words = dict[str, str]
"""Language (ISO 639) to words."""

COUNTRY: Words = {
    "en": """
        country, country region, nation, country name, country iso, iso country, country iso code, iso2,
        iso 2, iso3, iso country code, country iso2, country iso3, country id, ctry, cntry,
        country of residence, residence country, region code, country abbreviation, iso code, alpha 2, alpha2
    """,
    "de": """
        land, staat, länderkürzel, landeskürzel, länderkennzeichen, land region, ländername, iso land,
        wohnsitzland
    """,
    "nl": "land, land regio, landnaam",
    "fr": "pays, pays région, nom du pays, code iso pays",
    "es": "país, país región, nombre país, nombre del país, pais",
    "pt": "país, pais, país região, nome do país",
    "it": "paese, nazione, stato estero, paese area geografica",
    "pl": "kraj, państwo, kraj region",
    "cs": "země, stát, země oblast",
    "sk": "krajina, štát",
    "hu": "ország, ország régió",
    "ro": "țară, tara, țara",
    "hr": "država, zemlja",
    "sr": "држава, земља, država",
    "sl": "država",
    "bg": "държава, страна",
    "ru": "страна, страна регион, государство",
    "uk": "країна",
    "be": "краіна",
    "el": "χώρα",
    "tr": "ülke, ülke adı, ulke",
    "az": "ölkə",
    "sv": "land, land region",
    "da": "land, land område",
    "no": "land, land region",
    "fi": "maa, maa alue",
    "et": "riik",
    "lv": "valsts",
    "lt": "šalis, valstybė",
    "is": "land",
    "ar": "الدولة, دولة, البلد, بلد",
    "fa": "کشور",
    "ur": "ملک",
    "he": "מדינה, ארץ",
    "hi": "देश",
    "bn": "দেশ",
    "vi": "quốc gia, nước, đất nước",
    "id": "negara",
    "ms": "negara",
    "th": "ประเทศ",
    "zh": "国家, 國家, 国家地区, 国别, 國別",
    "ja": "国, 国名, 国地域",
    "ko": "국가, 나라, 국가명",
    "sw": "nchi",
}
CALLING_CODE: Words = {
    "en": """
        country code, calling code, country calling code, international calling code, dial code, dialing code,
        dialing code, country dialing code, country dial code, isd code, isd, idd code, international code,
        int code, intl code, country prefix, international prefix, cc, phone code, telephone code,
        phone country code, country phone code, calling prefix, dial prefix, dialing prefix, ccode,
        country no, country tel code, mobile code, phone prefix, phone cc, e164 country code, phone country,
        tel prefix
    """,
    "de": """
        ländervorwahl, landesvorwahl, laendervorwahl, länderkennzahl, landeskennzahl, internationale vorwahl,
        ländercode, landescode, landvorwahl, lkz
    """,
    "nl": "landcode, landnummer, landkengetal, landnetnummer",
    "fr": "indicatif, indicatif pays, indicatif du pays, indicatif international, code pays, préfixe pays",
    "es": """
        código de país, código país, código del país, prefijo, prefijo país, prefijo internacional,
        código internacional, cod pais, indicativo, lada internacional, prefijo telefónico
    """,
    "pt": """
        código do país, código país, ddi, código internacional, indicativo, prefixo, cod pais,
        prefixo internacional
    """,
    "it": "prefisso internazionale, prefisso, codice paese, prefisso paese, codice internazionale",
    "pl": "kierunkowy kraju, numer kierunkowy kraju, prefiks, kod kraju, nr kierunkowy kraju, kierunkowy",
    "cs": "předvolba, předvolba země, kód země, mezinárodní předvolba",
    "sk": "predvoľba, predvoľba krajiny, kód krajiny",
    "hu": "országkód, ország kód, országhívószám, hívókód, előhívó, országhívó",
    "ro": "cod țară, prefix, prefix țară, prefix internațional",
    "hr": "pozivni broj države, pozivni broj, kod države, predbroj",
    "bg": "код на държава, код на държавата, код на страната",
    "ru": "код страны, телефонный код, телефонный код страны, код телефона, международный код",
    "uk": "код країни, телефонний код",
    "el": "κωδικός χώρας, πρόθεμα",
    "tr": "ülke kodu, alan kodu ülke, ülke telefon kodu, uluslararası kod",
    "sv": "landskod, landsnummer, landnummer, riktnummer land, utlandsprefix",
    "da": "landekode, landenummer",
    "no": "landskode, landekode, landnummer",
    "fi": "maatunnus, maakoodi, suuntanumero maa, maan suuntanumero",
    "et": "riigikood, suunakood",
    "lt": "šalies kodas",
    "lv": "valsts kods",
    "ar": "رمز الدولة, كود الدولة, مفتاح الدولة, رمز البلد, كود البلد, المفتاح الدولي",
    "fa": "کد کشور, پیش شماره کشور, پیش شماره",
    "he": "קידומת מדינה, קוד מדינה, קידומת בינלאומית",
    "hi": "देश कोड, देश का कोड",
    "vi": "mã quốc gia, mã vùng quốc gia, mã nước",
    "id": "kode negara, kode telepon, kode negara telepon",
    "ms": "kod negara",
    "th": "รหัสประเทศ",
    "zh": "国家代码, 國家代碼, 国家码, 国际区号, 國際區號, 国码, 國碼, 国家区号, 区号国家, 国际冠码, 國際碼",
    "ja": "国番号, 国コード, 国際電話番号",
    "ko": "국가번호, 국가코드, 국가 코드, 국제번호",
}
AREA_CODE: Words = {
    "en": """
        area code, city code, std code, std, local code, npa, trunk code, areacode, phone area code,
        city area code
    """,
    "de": "vorwahl, ortsvorwahl, ortskennzahl, vorwahlnummer, onkz",
    "nl": "netnummer, kengetal, kengetal netnummer",
    "fr": "indicatif régional, indicatif de zone, code régional",
    "es": "lada, código de área, código área, prefijo local, cod area, clave lada",
    "pt": "ddd, código de área, código área, cod area",
    "it": "prefisso locale, prefisso urbano, prefisso teleselettivo",
    "pl": "numer kierunkowy, nr kierunkowy, kierunkowy",
    "ru": "код города, код оператора, код региона телефон",
    "uk": "код міста",
    "hu": "körzetszám, körzet",
    "tr": "alan kodu",
    "sv": "riktnummer",
    "da": "områdenummer",
    "no": "retningsnummer",
    "fi": "suuntanumero",
    "el": "κωδικός περιοχής",
    "he": "קידומת, אזור חיוג",
    "ar": "رمز المنطقة",
    "vi": "mã vùng",
    "id": "kode area, kode wilayah",
    "zh": "区号, 區號",
    "ja": "市外局番",
    "ko": "지역번호",
}
"""Only the beginning of a number."""
EXTENSION: Words = {
    "en": """
        extension, ext, extn, extension number, extension no, ext no, extensions, xtn, phone ext, ext number
    """,
    "de": "durchwahl, nebenstelle, nst, dw, klappe, dwnr, durchwahlnr",
    "nl": "toestel, doorkiesnummer, toestelnummer, doorkies",
    "fr": "poste, numéro de poste, extension, poste interne",
    "es": "extensión, ext, interno, anexo, número de extensión",
    "pt": "ramal, extensão, ext",
    "it": "interno, int, estensione",
    "pl": "wewnętrzny, wew, numer wewnętrzny, nr wewnętrzny",
    "cs": "klapka, linka klapka, pobočka linka",
    "sk": "klapka",
    "hu": "mellék, melléknumer, mellékszám",
    "ro": "interior, extensie",
    "ru": "добавочный, доб, внутренний номер, добавочный номер, внутренний",
    "uk": "додатковий номер, внутрішній номер, дод",
    "el": "εσωτερικό, εσωτ",
    "tr": "dahili, dahili no, dahili numara",
    "sv": "anknytning, ankn",
    "da": "lokalnummer, lokal, lokalnr",
    "no": "internnummer, linje intern",
    "fi": "alanumero, alanro",
    "ar": "تحويلة, التحويلة, رقم التحويلة",
    "fa": "داخلی",
    "he": "שלוחה",
    "vi": "số máy lẻ, máy lẻ, số nội bộ",
    "id": "ekstensi, ext",
    "th": "ต่อ, เบอร์ต่อ",
    "zh": "分机, 分機, 分机号, 分機號碼",
    "ja": "内線, 内線番号",
    "ko": "내선, 내선번호",
}
TIMEZONE: Words = {
    "en": """
        time zone, timezone, tz, zone, iana time zone, time zone name, olson, local time zone, timezone id,
        tzid, time zone id, tz name
    """,
    "de": "zeitzone",
    "nl": "tijdzone",
    "fr": "fuseau horaire, fuseau",
    "es": "zona horaria, huso horario",
    "pt": "fuso horário, zona horária, fuso",
    "it": "fuso orario, fuso",
    "pl": "strefa czasowa",
    "cs": "časové pásmo",
    "sk": "časové pásmo",
    "hu": "időzóna",
    "ro": "fus orar",
    "hr": "vremenska zona",
    "sr": "временска зона",
    "bg": "часова зона",
    "ru": "часовой пояс, таймзона",
    "uk": "часовий пояс",
    "el": "ζώνη ώρας",
    "tr": "saat dilimi, zaman dilimi",
    "sv": "tidszon",
    "da": "tidszone",
    "no": "tidssone",
    "fi": "aikavyöhyke",
    "et": "ajavöönd",
    "lt": "laiko juosta",
    "lv": "laika josla",
    "ar": "المنطقة الزمنية, منطقة زمنية",
    "fa": "منطقه زمانی",
    "he": "אזור זמן",
    "hi": "समय क्षेत्र",
    "vi": "múi giờ",
    "id": "zona waktu",
    "th": "เขตเวลา",
    "zh": "时区, 時區",
    "ja": "タイムゾーン, 時間帯",
    "ko": "시간대, 표준시간대",
}
STATE: Words = {
    "en": """
        state, province, state province, province state, state region, region, county, territory, state code,
        state name, region state, province code, prov, st, us state, address state, state territory,
        administrative area, state of residence, residence state
    """,
    "de": "bundesland, kanton, provinz, region, bundesstaat, landkreis",
    "nl": "provincie, regio",
    "fr": "région, département, province, canton, état province",
    "es": "estado, provincia, comunidad autónoma, región, departamento, estado provincia",
    "pt": "uf, província, distrito, região, estado uf, estado",
    "it": "provincia, regione, prov, cantone",
    "pl": "województwo, region",
    "cs": "kraj, okres",
    "sk": "kraj, okres",
    "hu": "megye",
    "ro": "județ, judet",
    "hr": "županija",
    "bg": "област",
    "ru": "область, регион, край, субъект, субъект рф",
    "uk": "область, регіон",
    "el": "νομός, περιφέρεια",
    "tr": "il, eyalet, bölge",
    "sv": "län, region, landskap",
    "da": "region",
    "no": "fylke",
    "fi": "maakunta",
    "ar": "الولاية, المحافظة, المنطقة, ولاية, محافظة",
    "fa": "استان",
    "he": "מחוז",
    "hi": "राज्य, प्रदेश",
    "vi": "tỉnh, tỉnh thành",
    "id": "provinsi",
    "ms": "negeri",
    "th": "จังหวัด",
    "zh": "省, 省份, 州, 省市, 地区",
    "ja": "都道府県, 県",
    "ko": "시도, 도, 지역",
}
POSTAL_CODE: Words = {
    "en": """
        zip, zipcode, zip code, postal code, postcode, post code, postal, zip postal code, postal zip,
        zip postal, zip5, zip 5, pin code, pincode, eircode, zip postcode, zip plus 4, address zip, pin
    """,
    "de": "plz, postleitzahl, postleitzahlen",
    "nl": "postcode, pc",
    "fr": "code postal, cp, npa postal, cp postal",
    "es": "código postal, cp, cod postal, c p",
    "pt": "cep, código postal, cod postal",
    "it": "cap, codice postale, c a p",
    "pl": "kod pocztowy, kod",
    "cs": "psč",
    "sk": "psč",
    "hu": "irányítószám, irsz, ir szám",
    "ro": "cod poștal",
    "hr": "poštanski broj",
    "sr": "поштански број, poštanski broj",
    "sl": "poštna številka",
    "bg": "пощенски код, пк",
    "ru": "индекс, почтовый индекс",
    "uk": "індекс, поштовий індекс",
    "el": "τκ, ταχυδρομικός κώδικας, τ κ",
    "tr": "posta kodu, pk",
    "sv": "postnummer, postnr",
    "da": "postnummer, postnr",
    "no": "postnummer, postnr",
    "fi": "postinumero",
    "et": "sihtnumber, postiindeks, sihtnr",
    "lv": "pasta indekss",
    "lt": "pašto kodas",
    "is": "póstnúmer",
    "ar": "الرمز البريدي, رمز بريدي",
    "fa": "کد پستی",
    "he": "מיקוד",
    "hi": "पिन कोड, पिनकोड, पिन",
    "vi": "mã bưu điện, mã bưu chính",
    "id": "kode pos, kodepos",
    "ms": "poskod",
    "th": "รหัสไปรษณีย์",
    "zh": "邮编, 邮政编码, 郵遞區號, 郵編",
    "ja": "郵便番号, 〒",
    "ko": "우편번호",
}
LANGUAGE: Words = {
    "en": """
        language, lang, locale, preferred language, language code, spoken language, language preference,
        pref language, native language, call language, mother tongue
    """,
    "de": "sprache, bevorzugte sprache, sprachcode, muttersprache, korrespondenzsprache",
    "nl": "taal, voorkeurstaal",
    "fr": "langue, langue préférée",
    "es": "idioma, lengua, idioma preferido",
    "pt": "idioma, língua",
    "it": "lingua, lingua preferita",
    "pl": "język",
    "cs": "jazyk",
    "sk": "jazyk",
    "hu": "nyelv",
    "ro": "limbă, limba",
    "hr": "jezik",
    "sr": "језик",
    "bg": "език",
    "ru": "язык",
    "uk": "мова",
    "el": "γλώσσα",
    "tr": "dil",
    "sv": "språk",
    "da": "sprog",
    "no": "språk",
    "fi": "kieli",
    "et": "keel",
    "lv": "valoda",
    "lt": "kalba",
    "ar": "اللغة, لغة",
    "fa": "زبان",
    "he": "שפה",
    "hi": "भाषा",
    "vi": "ngôn ngữ",
    "id": "bahasa",
    "th": "ภาษา",
    "zh": "语言, 語言",
    "ja": "言語",
    "ko": "언어",
}
ID: Words = {
    "en": """
        id, ids, uid, uuid, guid, external id, ext id, externalid, customer id, customer no, customer number,
        customer num, client id, client no, client number, cust id, cust no, cust number, contact id, lead id,
        member id, member no, member number, membership number, membership no, patient id, patient no,
        patient number, mrn, person id, user id, record id, record no, record number, reference, ref, ref no,
        ref id, reference id, reference no, reference number, account, account id, account no, account number,
        acct, acct no, acct number, acc no, vendor lead code, lead code, source id, crm id, key, primary key,
        code, case, case id, case no, case number, ticket, ticket id, ticket no, ticket number, subscriber id,
        employee id, employee no, employee number, student id, student no, student number, donor id, voter id,
        policy no, policy number, policy, guest id, object id, entity id, unique id, row id, import id,
        salesforce id, hubspot id, zoho id, contact key, identifier, subject id, participant id, staff no,
        account key, candidate id, applicant id, debtor id, loan id, loan no, loan number
    """,
    "de": """
        kundennummer, kundennr, kunden nr, kunden id, kdnr, kd nr, kdnummer, mitgliedsnummer, mitgliedsnr,
        mitglieds nr, mitglieds id, patientennummer, patientennr, patienten id, aktenzeichen, az, referenz,
        referenznummer, referenznr, konto, kontonummer, kontonr, konto nr, vertragsnummer, vertragsnr,
        vorgangsnummer, fallnummer, personalnummer, personalnr, datensatz id, kennung, schlüssel, debitor,
        debitorennummer, debitorennr, teilnehmernummer, versichertennummer, kontakt id, lfd nr,
        laufende nummer, interne nummer, versicherungsnummer, matrikelnummer
    """,
    "nl": """
        klantnummer, klantnr, klant id, klantcode, lidnummer, lidnr, patiëntnummer, referentie,
        referentienummer, dossiernummer, relatienummer, relatienr, debiteurnummer, rekeningnummer, relatiecode
    """,
    "fr": """
        numéro client, n° client, no client, num client, identifiant, id client, code client, référence, réf,
        numéro de dossier, numéro d'adhérent, n° adhérent, matricule, numéro de compte, compte,
        numéro patient, n° dossier, numéro de client
    """,
    "es": """
        número de cliente, nº cliente, id cliente, código cliente, código de cliente, referencia, ref,
        número de socio, nº socio, expediente, número de cuenta, cuenta, código, identificador, matrícula,
        legajo, folio
    """,
    "pt": """
        número do cliente, nº cliente, id cliente, código do cliente, código cliente, referência, ref,
        número de sócio, processo, número da conta, conta, código, identificador, matrícula, prontuário,
        protocolo
    """,
    "it": """
        numero cliente, codice cliente, id cliente, cod cliente, riferimento, rif, codice, cod,
        numero tessera, numero pratica, conto, numero conto, identificativo, matricola, codice paziente,
        anagrafica
    """,
    "pl": """
        numer klienta, nr klienta, id klienta, kod klienta, numer referencyjny, nr ref, identyfikator,
        numer konta, nr konta, numer pacjenta, nr sprawy, numer członkowski, konto, nr umowy, lp
    """,
    "cs": """
        číslo zákazníka, zákaznické číslo, id zákazníka, číslo klienta, reference, číslo účtu, identifikátor,
        kód, číslo smlouvy, variabilní symbol
    """,
    "sk": """
        číslo zákazníka, zákaznícke číslo, id zákazníka, číslo klienta, číslo účtu, identifikátor, kód,
        variabilný symbol
    """,
    "hu": "ügyfélszám, ügyfél azonosító, azonosító, ügyfélkód, hivatkozás, számlaszám, kód, sorszám",
    "ro": "cod client, număr client, id client, referință, cont, număr cont, identificator, cod",
    "hr": "broj klijenta, šifra, šifra kupca, id kupca, referenca, identifikator",
    "ru": """
        номер клиента, код клиента, id клиента, ид, идентификатор, лицевой счет, номер счета, счет, код,
        артикул, номер договора, договор, табельный номер, номер карты, внешний код
    """,
    "uk": "номер клієнта, код клієнта, ідентифікатор, особовий рахунок, номер рахунку, код, номер договору",
    "el": "κωδικός, κωδικός πελάτη, αριθμός πελάτη, αναφορά",
    "tr": """
        müşteri no, müşteri numarası, müşteri kodu, referans no, hesap no, hesap, kod, sicil no, dosya no,
        üye no, hasta no, abone no
    """,
    "sv": """
        kundnummer, kundnr, kund id, medlemsnummer, medlemsnr, referens, kontonummer, ärendenummer,
        anställningsnummer
    """,
    "da": "kundenummer, kundenr, kunde id, medlemsnummer, medlemsnr, reference, kontonummer, sagsnummer",
    "no": "kundenummer, kundenr, kunde id, medlemsnummer, medlemsnr, referanse, kontonummer, saksnummer",
    "fi": """
        asiakasnumero, asiakasnro, asiakas id, asiakastunnus, jäsennumero, viite, viitenumero, tilinumero,
        tunnus, potilasnumero
    """,
    "et": "kliendinumber, kliendi id, tunnus, viitenumber",
    "ar": """
        رقم العميل, معرف, المعرف, رقم الحساب, الرقم المرجعي, رقم العضوية, كود العميل, كود, رقم المريض,
        رقم الملف
    """,
    "fa": "شناسه, کد مشتری, شماره مشتری, شماره حساب, کد",
    "he": "מספר לקוח, מזהה, מספר חשבון, אסמכתא, קוד לקוח, קוד",
    "hi": "ग्राहक संख्या, खाता संख्या, आईडी, क्रमांक संख्या",
    "vi": "mã khách hàng, mã kh, mã số, số tài khoản, mã, mã bệnh nhân, stt",
    "id": """
        id pelanggan, nomor pelanggan, no pelanggan, kode pelanggan, no rekening, nomor rekening, kode,
        nomor anggota, no anggota, nomor rekam medis
    """,
    "ms": "no pelanggan, id pelanggan, no akaun, kod",
    "th": "รหัสลูกค้า, รหัส, เลขที่บัญชี, หมายเลขสมาชิก, ลำดับ",
    "zh": """
        客户编号, 客户号, 编号, 編號, 客戶編號, 账号, 帳號, 会员号, 會員編號, 订单号, 工号, 学号, 序号,
        病历号, 卡号
    """,
    "ja": """
        顧客番号, 顧客id, お客様番号, 会員番号, 会員id, 管理番号, 口座番号, 患者番号, 注文番号, 整理番号,
        コード, 社員番号, 契約番号
    """,
    "ko": "고객번호, 고객id, 회원번호, 회원id, 계좌번호, 환자번호, 주문번호, 관리번호, 코드, 사번",
}
"""The customer's own id of the person."""
OTHER_ID: Words = {
    "en": """
        ssn, social security, social security number, sin, nino, national insurance,
        national insurance number, national id, national id number, nhs number, nhs no, nhs, passport,
        passport no, passport number, driving licence, drivers license, license number, licence number,
        tax id, tax number, tin, vat, vat id, vat no, vat number, ein, pan, aadhaar, aadhar, uidai, id number,
        id no, id card, government id number, card number, card no, credit card, iban, bic, swift,
        routing number, sort code, order id, order no, order number, order, invoice, invoice no,
        invoice number, invoice id, booking, booking no, booking number, booking reference, transaction,
        transaction id, serial number, serial no, sku, barcode, ean, isbn, imei, gps, latitude, longitude,
        lat, lng, lon, ip, ip address, list id, campaign id, organizational id number, registration number,
        registration no, vin, plate, license plate, meter number, meter no, batch, batch id, zip9,
        tracking number, tracking no, asset, flight, flight number, room, room number, house number, house no,
        apartment, unit, unit no, suite, floor, fips, gst, gstin, npi, cnpj, site id, store id, agent id, box,
        po box, seat
    """,
    "de": """
        steuernummer, steuer id, steueridentifikationsnummer, ust id, ustid, ausweis, ausweisnummer,
        personalausweis, reisepass, sozialversicherungsnummer, svnr, sv nummer, svnummer, rechnungsnummer,
        rechnungsnr, rechnung nr, auftragsnummer, auftragsnr, bestellnummer, bestellnr, belegnummer,
        hausnummer, haus nr, hausnr, kennzeichen, seriennummer, artikelnummer, artikelnr, blz, bankleitzahl,
        zählernummer, zimmer, zimmernummer, gläubiger id
    """,
    "nl": """
        bsn, burgerservicenummer, factuurnummer, ordernummer, bestelnummer, huisnummer, kvk, kvk nummer,
        btw nummer, paspoortnummer, rekening
    """,
    "fr": """
        numéro de sécurité sociale, sécurité sociale, nir, siren, siret, numéro de facture, n° facture,
        numéro de commande, n° commande, commande, facture, passeport, rib, tva
    """,
    "es": """
        dni, nif, nie, cif, curp, rfc, cuit, cuil, rut, cédula, cedula, ruc, pasaporte, número de factura,
        factura, nº factura, pedido, número de pedido, nº pedido, seguridad social, nss, run, documento,
        nro documento, número de documento, nit, identificación
    """,
    "pt": """
        cpf, cnpj, rg, nif, nis, pis, nota fiscal, fatura, pedido, número do pedido, passaporte, documento,
        cartão cidadão, cartão de cidadão, cpf cnpj, cns, niss
    """,
    "it": """
        codice fiscale, partita iva, piva, p iva, cf, numero fattura, fattura, ordine, numero ordine,
        passaporto, documento, carta identità, tessera sanitaria
    """,
    "pl": """
        pesel, nip, regon, numer faktury, nr faktury, faktura, zamówienie, numer zamówienia, nr zamówienia,
        paszport, dowód, nr dowodu, numer dowodu
    """,
    "cs": """
        rodné číslo, rč, ičo, ič, dič, číslo faktury, faktura, objednávka, číslo objednávky, pas, číslo op
    """,
    "sk": "rodné číslo, ičo, dič, číslo faktúry, objednávka, číslo objednávky, op číslo",
    "hu": "taj, taj szám, adószám, adóazonosító, személyi szám, számlaszám, rendelésszám, útlevél",
    "ro": "cnp, cui, cif, factură, comandă, pașaport",
    "hr": "oib, jmbg, račun, broj računa, narudžba, putovnica",
    "sr": "јмбг, jmbg, пиб",
    "bg": "егн, еик, булстат, фактура, поръчка",
    "ru": """
        инн, снилс, кпп, огрн, паспорт, номер паспорта, номер заказа, заказ, счет фактура, полис,
        номер полиса, дом, квартира, окпо, бик
    """,
    "uk": "іпн, рнокпп, єдрпоу, паспорт, номер замовлення, замовлення",
    "el": "αφμ, αμκα, τιμολόγιο, παραγγελία, αριθμός παραγγελίας, αδτ, διαβατήριο",
    "tr": """
        tc, tckn, tc no, tc kimlik, tc kimlik no, kimlik no, vergi no, vkn, sipariş no, fatura no, pasaport
    """,
    "sv": "personnummer, personnr, pnr, organisationsnummer, orgnr, fakturanummer, ordernummer, passnummer",
    "da": "cpr, cpr nummer, cprnr, cvr, cvr nummer, fakturanummer, ordrenummer, pasnummer",
    "no": "fødselsnummer, fnr, personnummer, orgnr, organisasjonsnummer, fakturanummer, ordrenummer",
    "fi": "henkilötunnus, hetu, y tunnus, laskunumero, tilausnumero, sotu",
    "et": "isikukood, registrikood, arve number",
    "lt": "asmens kodas, įmonės kodas",
    "lv": "personas kods",
    "is": "kennitala",
    "ar": """
        رقم الهوية, الهوية, رقم الإقامة, الإقامة, جواز السفر, رقم الطلب, رقم الفاتورة, الرقم القومي,
        الرقم الوطني, السجل المدني
    """,
    "fa": "کد ملی, شماره ملی, شماره شناسنامه, شماره سفارش",
    "ur": "شناختی کارڈ",
    "he": "תעודת זהות, תז, ת ז, מספר זהות, דרכון, מספר הזמנה, חשבונית",
    "hi": "आधार, आधार नंबर, आधार संख्या, पैन, वोटर आईडी",
    "vi": "cmnd, cccd, số cmnd, số cccd, mã số thuế, mst, hộ chiếu, mã đơn hàng",
    "id": "nik, ktp, no ktp, nomor ktp, npwp, nomor pesanan, no pesanan, no kk, bpjs, no bpjs, paspor",
    "ms": "no kp, no ic, ic, kad pengenalan, mykad, nric",
    "tl": "nric, fin, tin, sss, philhealth",
    "th": "เลขบัตรประชาชน, บัตรประชาชน, เลขประจำตัวประชาชน, เลขประจำตัวผู้เสียภาษี",
    "zh": """
        身份证, 身份证号, 身份證, 身份证号码, 护照, 護照, 统一编号, 统一社会信用代码, 发票, 快递单号, 订单,
        qq, 微信, 微信号, 银行卡号
    """,
    "ja": "マイナンバー, 個人番号, パスポート, 注文, 請求書, 伝票番号",
    "ko": "주민등록번호, 주민번호, 사업자번호, 사업자등록번호, 여권, 송장번호, 주문",
}
"""Numbers of things, or of persons towards somebody else."""
DATE: Words = {
    "en": """
        date, dates, day of, dob, birth, birthday, birthdate, born, created, updated, modified, timestamp,
        datetime, time, hour, appointment, due, expiry, expires, expiration, start, end, anniversary,
        deadline, year, month, week, scheduled, last contacted, since, until
    """,
    "de": """
        datum, termin, geburtstag, geburtsdatum, geboren, geb, zeit, uhrzeit, zeitpunkt, erstellt, geändert,
        fällig, fälligkeit, ablauf, beginn, ende, jahr, monat, frist
    """,
    "nl": "datum, geboortedatum, geboren, tijd, tijdstip, afspraak, vervaldatum",
    "fr": "date, naissance, né, heure, rendez vous, rdv, échéance, créé, modifié, anniversaire",
    "es": "fecha, nacimiento, hora, cita, vencimiento, cumpleaños, creado, modificado",
    "pt": "data, nascimento, hora, consulta, vencimento, aniversário, criado",
    "it": "data, nascita, ora, appuntamento, scadenza, compleanno, nato",
    "pl": "data, urodzenia, godzina, termin, wizyta, urodziny",
    "cs": "datum, narození, čas, termín, schůzka, splatnost",
    "sk": "dátum, narodenia, čas, termín",
    "hu": "dátum, születési, születés, időpont, határidő, kelt",
    "ro": "data, naștere, nașterii, ora, programare",
    "hr": "datum, rođenja, vrijeme, termin",
    "ru": "дата, рождения, время, срок, день, создан, год",
    "uk": "дата, народження, час, термін",
    "el": "ημερομηνία, γέννησης, ώρα, ραντεβού",
    "tr": "tarih, tarihi, doğum, saat, randevu, vade",
    "sv": "datum, födelsedatum, född, tid, bokning, förfallodatum",
    "da": "dato, fødselsdato, født, tid, aftale",
    "no": "dato, fødselsdato, født, tid, avtale",
    "fi": "päivä, päivämäärä, pvm, syntymäaika, aika, eräpäivä",
    "ar": "تاريخ, التاريخ, الميلاد, الوقت, موعد, الموعد",
    "fa": "تاریخ, تولد, زمان",
    "he": "תאריך, לידה, שעה, תור",
    "hi": "तारीख, दिनांक, जन्म, समय",
    "vi": "ngày, ngày sinh, giờ, thời gian, ngày hẹn",
    "id": "tanggal, tgl, lahir, jam, waktu",
    "th": "วันที่, วันเกิด, เวลา",
    "zh": "日期, 生日, 出生, 时间, 時間, 预约",
    "ja": "日付, 生年月日, 誕生日, 日時, 予約",
    "ko": "날짜, 생년월일, 생일, 일시, 예약",
}
AMOUNT: Words = {
    "en": """
        amount, balance, price, total, sum, cost, salary, income, fee, payment, debt, limit, score, age,
        quantity, qty, percent, rate, revenue, points, loan amount
    """,
    "de": """
        betrag, saldo, preis, summe, kosten, gehalt, gebühr, zahlung, schulden, alter, menge, anzahl, umsatz,
        punkte
    """,
    "fr": "montant, solde, prix, somme, coût, âge, quantité",
    "es": "importe, monto, saldo, precio, suma, total, edad, cantidad, deuda",
    "pt": "valor, montante, saldo, preço, total, idade, quantidade, dívida",
    "it": "importo, saldo, prezzo, totale, età, quantità, debito",
    "nl": "bedrag, saldo, prijs, totaal, leeftijd, aantal",
    "pl": "kwota, saldo, cena, suma, wiek, ilość",
    "ru": "сумма, баланс, цена, долг, возраст, количество, остаток",
    "tr": "tutar, bakiye, fiyat, toplam, yaş, borç",
    "sv": "belopp, saldo, pris, summa, ålder",
    "zh": "金额, 余额, 价格, 总计, 年龄, 欠款",
    "ja": "金額, 残高, 価格, 合計, 年齢",
    "ko": "금액, 잔액, 가격, 합계, 나이",
}

REASONS: Words = {
    "en": "reason, reasons",
    "de": "grund, grunde, sperrgrund, widerspruchsgrund, abmeldegrund, begrundung",
    "nl": "reden",
    "fr": "motif, motifs, raison",
    "es": "motivo, motivos, causa",
    "it": "causale",
    "sv": "orsak",
    "da": "arsag",
    "no": "grunn, arsak",
    "fi": "syy",
    "pl": "powod",
    "cs": "duvod",
    "sl": "razlog",
    "tr": "sebep, neden",
    "ru": "причина",
    "ja": "理由, 原因",
}
"""Of a do-not-call file: words of a column's name that says why, folded as `split_name` does."""

NO_REASONS: Words = {
    "fr": "sociale, sociales",
    "es": "social, sociales",
    "pt": "social, sociais",
    "it": "sociale, sociali",
}
"""What stands beside such a word where it says something else: “Raison sociale” is a company's name."""

NOTES: Words = {
    "en": "note, notes, comment, comments, remark, remarks",
    "de": "bemerkung, bemerkungen, kommentar, kommentare, notiz, notizen, anmerkung, anmerkungen",
    "nl": "opmerking, opmerkingen",
    "fr": "commentaire, commentaires, remarque, remarques",
    "es": "nota, notas, observacion, observaciones, comentario, comentarios",
    "pt": "observacao, observacoes",
    "it": "commento, commenti",
    "pl": "uwagi",
    "cs": "poznamka",
    "ru": "примечание, комментарий",
    "zh": "备注",
    "ja": "備考",
}
"""The same of a column that may say why, among other things."""

NO_NOTES: Words = {
    "en": "date, day, time, no, number, count, total, author, by, id",
    "de": "datum, tag, zeit, uhrzeit, nummer, nr, anzahl, autor, von",
    "nl": "datum, tijd, nummer, aantal",
    "fr": "date, heure, numero, nombre, auteur",
    "es": "fecha, hora, numero, cantidad, autor",
    "pt": "data, hora, numero, quantidade, autor",
    "it": "data, ora, numero, autore",
    "pl": "data, liczba, numer",
    "ru": "дата, время, номер, количество",
}
"""What stands beside a word for a note where it says something else: “Date of note”, “No. of notes”, “Note by”. Beside
a word for a reason it may be a part of what is said: “Reason given by customer”."""

WRITERS: Words = {
    "en": "by, author, whom",
    "de": "von, autor, wem",
    "nl": "door, auteur",
    "fr": "par, auteur",
    "es": "por, autor",
    "pt": "por, autor",
    "it": "autore",
    "pl": "autor",
    "ru": "автор",
}
"""What stands beside a word for a reason in the name of a column that says who wrote the reason down."""

OF: Words = {
    "en": "of, the, and, or",
    "de": "des, der, und, oder",
    "nl": "van, de, en, of",
    "fr": "de, du, des, d, et, ou",
    "es": "de, del, y, o",
    "pt": "de, do, da, e, ou",
    "it": "di, del, della, e, o",
    "pl": "i",
    "ru": "и",
}
"""Words between others, which say nothing themselves."""
