"""Column words: how people call the columns of their files, by meaning and language. Data only.

Each text is a list of words or phrases between commas,
in any case and with or without accents; column_names.py
matches them. Words that are written in one ("mobilephone", "Kundentelefon") are taken apart there,
so a compound
stands here only where its parts do not.
"""

from __future__ import annotations

Words = dict[str, str]
"""Language (ISO 639) to words."""
PHONE: Words = {
    "en": """
        phone, phones, telephone, telephones, tel, tele, teleph, ph, tfn, msisdn, e164, e 164, whatsapp,
        wa number, whats app, viber, landline, land line, fixed line, handphone, hand phone, smartphone,
        cellphone, cell phone, ph no, ph num, hp no, contact number, contact no, contact num, contact nos,
        contact numbers, contactnr, number to call, number to dial, no to call, dial number, dialed number,
        dialed number, called number, callee number, callback number, call back number, number to reach,
        sms number, sms phone, text number, number to text, number called, call number, call to number, to number,
        to phone, destination number, recipient number, calling number to, subscriber number
    """,
    "de": """
        telefon, telephon, tel, tel nr, fon, telefonnummer, telefonnr, rufnummer, rufnummern, rufnr, ruf nr,
        rückrufnummer, fernsprecher, festnetz, festnetznummer, festnetznr, durchwahlnummer, ortsnetz,
        anschlussnummer, kontaktnummer, zielrufnummer, telefonkontakt, fernruf, erreichbar unter,
        telefonisch erreichbar, zu erreichen unter
    """,
    "nl": """
        telefoon, telefoons, telefoonnummer, telefoonnr, tel nr, vaste lijn, vast nummer, belnummer, terugbelnummer,
        contactnummer
    """,
    "fr": """
        téléphone, téléphones, tél, télé, téléphonique, numéro d'appel, numéro à appeler, numéro de contact,
        ligne fixe, joignable au, n° tel
    """,
    "es": """
        teléfono, teléfonos, tel, tlf, tlfn, tlfno, tfno, tfn, tfono, telef, fono, telefónico,
        número de contacto, núm contacto, nro contacto, nro de contacto, número a llamar
    """,
    "pt": """
        telefone, telefones, tel, fone, fones, telef, telemóvel, telefônico, telefónico, número de contato,
        número de contacto, número para contato, contato telefônico
    """,
    "it": """
        telefono, telefoni, tel, telef, recapito telefonico, numero telefonico, telefonico, recapito,
        utenza telefonica, utenza
    """,
    "pl": """
        telefon, telefony, telefonu, telefonów, tel, nr telefonu, numer telefonu, telefonu kontaktowego,
        kontaktowy telefon, nr kontaktowy, numer kontaktowy
    """,
    "cs": "telefon, telefony, telefonu, tel, telefonní, telefonní číslo, č tel, tel č, kontaktní číslo, linka",
    "sk": "telefón, telefóny, telefónu, tel, telefónne, telefónne číslo, kontaktné číslo",
    "hu": "telefon, telefonszám, telefonszáma, tel, telszám, hívószám, vezetékes, elérhetőségi szám",
    "ro": "telefon, telefonul, telefoane, tel, număr de telefon, nr telefon, nr tel",
    "sl": "telefon, telefonska, telefonska številka, tel, tel št, gsm",
    "hr": "telefon, telefona, broj telefona, tel, telefonski broj, kontakt broj, kontakt telefon",
    "sr": "телефон, телефона, број телефона, telefon, broj telefona, kontakt telefon, контакт телефон, тел",
    "bg": "телефон, телефонен номер, тел, телефонен, телефони, номер за връзка",
    "mk": "телефон, телефонски број, тел",
    "sq": "telefon, numri i telefonit, tel, telefoni, numri telefonit, celular",
    "ru": """
        телефон, телефона, телефоны, телефонный, тел, контактный телефон, номер для связи, контактный номер,
        номер абонента, абонентский номер
    """,
    "uk": "телефон, телефону, телефони, тел, номер телефону, контактний номер, телефонний",
    "be": "тэлефон, тэлефона, нумар тэлефона, тэл",
    "kk": "телефон, телефоны, телефон нөмірі, ұялы телефон",
    "el": "τηλέφωνο, τηλέφωνα, τηλεφώνου, τηλ, αριθμός τηλεφώνου, τηλεφωνο επικοινωνιας, tilefono",
    "tr": """
        telefon, telefonu, telefon no, telefon numarası, tel, tel no, iletişim numarası, iletişim no,
        irtibat numarası, irtibat no, gsm no
    """,
    "az": "telefon, telefon nömrəsi, əlaqə nömrəsi, tel",
    "sv": "telefon, telefonnummer, telefonnr, tfn, tel, tele, tlf",
    "da": "telefon, telefonnummer, tlf, tlf nr, tlfnr, tel, fastnet, fastnettelefon",
    "no": "telefon, telefonnummer, tlf, tlf nr, tlfnr, tel, fasttelefon",
    "fi": """
        puhelin, puhelinnumero, puhelinnro, puhelinnumerot, puh, puh nro, puhnro, puhelimen numero,
        lankapuhelin
    """,
    "et": "telefon, telefoninumber, tel, telefoni number, telefoninr",
    "lv": "tālrunis, tālruņa numurs, telefons, tel, tālr, talrunis",
    "lt": "telefonas, telefono numeris, tel, telefono nr, telefono",
    "is": "sími, símanúmer, simi",
    "ga": "teileafón, fón, guthán, uimhir ghutháin, ghutháin, fón póca",
    "cy": "ffôn, rhif ffôn, ffôn symudol",
    "mt": "telefown",
    "eu": "telefonoa, telefono zenbakia, mugikorra",
    "ca": "telèfon, telèfons, tel, número de telèfon",
    "gl": "teléfono, tlf",
    "ar": """
        هاتف, الهاتف, رقم الهاتف, هاتفي, تلفون, التلفون, تليفون, التليفون, رقم التواصل, رقم الاتصال,
        رقم للتواصل, واتساب, الواتساب, واتس
    """,
    "fa": "تلفن, شماره تلفن, شماره تماس, تماس, تلفن ثابت",
    "ur": "فون, فون نمبر, ٹیلیفون, رابطہ نمبر",
    "he": "טלפון, מספר טלפון, טל, מס טלפון, מספר הטלפון, הטלפון, טלפונים, טלפון נוסף",
    "hi": """
        फोन, फ़ोन, दूरभाष, फोन नंबर, फ़ोन नंबर, टेलीफोन, टेलीफ़ोन, संपर्क नंबर, संपर्क नम्बर, सम्पर्क नंबर,
        दूरभाष संख्या
    """,
    "mr": "फोन, दूरध्वनी, फोन नंबर, संपर्क क्रमांक",
    "bn": "ফোন, ফোন নম্বর, ফোন নাম্বার, টেলিফোন, যোগাযোগ নম্বর",
    "ta": "தொலைபேசி, தொலைபேசி எண், போன்",
    "te": "ఫోన్, ఫోన్ నంబర్, టెలిఫోన్",
    "kn": "ಫೋನ್, ದೂರವಾಣಿ, ಫೋನ್ ಸಂಖ್ಯೆ",
    "ml": "ഫോൺ, ഫോൺ നമ്പർ",
    "gu": "ફોન, ફોન નંબર",
    "pa": "ਫੋਨ, ਫ਼ੋਨ, ਫੋਨ ਨੰਬਰ",
    "si": "දුරකථන, දුරකථන අංකය",
    "ne": "फोन, फोन नम्बर",
    "th": "โทรศัพท์, เบอร์โทร, เบอร์โทรศัพท์, หมายเลขโทรศัพท์, โทร, เบอร์ติดต่อ, เบอร์",
    "lo": "ໂທລະສັບ, ເບີໂທ",
    "km": "ទូរស័ព្ទ, លេខទូរស័ព្ទ",
    "my": "ဖုန်း, ဖုန်းနံပါတ်",
    "vi": """
        điện thoại, số điện thoại, sđt, sdt, đt, số đt, số liên hệ, điện thoại liên hệ, đthoại, dien thoai
    """,
    "id": """
        telepon, telpon, telp, tlp, tilpon, nomor telepon, no telp, no telepon, no tlp, no hp, nohp,
        nomor kontak, no kontak, nomor wa, no wa, nowa, handphone
    """,
    "ms": "telefon, nombor telefon, no telefon, no tel, no hp, nombor untuk dihubungi",
    "tl": "telepono, numero ng telepono, teleponong",
    "sw": "simu, nambari ya simu, namba ya simu",
    "am": "ስልክ, ስልክ ቁጥር",
    "ha": "waya, lambar waya",
    "yo": "foonu",
    "zu": "ucingo, inombolo yocingo",
    "af": "telefoon, foon, foonnommer, telefoonnommer, kontaknommer",
    "zh": """
        电话, 电话号码, 電話, 電話號碼, 联系电话, 聯絡電話, 联络电话, 聯繫電話, 聯絡號碼, 联系号码, 座机,
        座機, 固话, 固定电话, 来电号码, 被叫号码, 被叫, 号码簿, 联系方式, 聯絡方式, 聯繫方式, 外呼号码,
        客户号码, 呼叫号码
    """,
    "ja": """
        電話, 電話番号, 電話番號, 連絡電話, 連絡先電話, 連絡先番号, 連絡先, でんわ, お電話, ご連絡先, 固定電話, 架電先,
        架電番号, テレフォン, ＴＥＬ
    """,
    "ko": "전화, 전화번호, 연락처, 연락전화, 유선전화, 집전화, 일반전화, 수신번호, 착신번호",
    "ka": "ტელეფონი, ტელეფონის ნომერი, ტელ",
    "hy": "հեռախոս, հեռախոսահամար",
    "mn": "утас, утасны дугаар",
    "uz": "telefon raqami, telefon raqam, telefon, tel raqam",
}
"""A phone number, if it is a part of the name."""
MOBILE: Words = {
    "en": """
        mobile, mobiles, m no, mno, mob, mobl, mbl, mobno, cell, cells, cellular, cel, gsm, handphone,
        hand phone, smartphone, cellphone, cell phone, hp no
    """,
    "de": """
        handy, handynummer, handynr, mobil, mobilnummer, mobilnr, mobiltelefon, mobilfunk, mobilfunknummer,
        funktelefon, natel
    """,
    "nl": "mobiel, mobiele, mobieltje, mobielnummer, 06 nummer, gsm nummer",
    "fr": "portable, mobile, tél portable, cellulaire, gsm, natel",
    "es": "móvil, móviles, celular, celulares, cel, movil, núm móvil",
    "pt": "celular, celulares, cel, telemóvel, telemovel, telemoveis, tlm, tlml, móvel, movel",
    "it": "cellulare, cellulari, cell, mobile, telefonino",
    "pl": """
        komórka, komórkowy, komórkowe, kom, tel kom, komórkowego, komórkowa, telefon komórkowy, tel komórkowy
    """,
    "cs": "mobil, mobilní, mobilu, mobilní telefon",
    "sk": "mobil, mobilný, mobilné, mobilu",
    "hu": "mobil, mobilszám, mobiltelefon, mobilszáma",
    "ro": "mobil, telefon mobil, celular",
    "sl": "mobitel, mobilni, mobilna, gsm",
    "hr": "mobitel, mobilni, mob, broj mobitela, mobitela",
    "sr": "мобилни, mobilni, моб, мобилног",
    "bg": "мобилен, мобилен телефон, gsm, моб, джиесем",
    "ru": """
        мобильный, мобильного, мобильные, мобильник, моб, сотовый, сотового, сот, моб тел, мобильный номер
    """,
    "uk": "мобільний, мобільного, моб, стільниковий, мобільні",
    "be": "мабільны, маб",
    "kk": "ұялы, мобильді",
    "el": "κινητό, κινητά, κινητού, κιν, kinito",
    "tr": "cep, cep telefonu, cep tel, cep no, gsm, mobil, mobil telefon",
    "az": "mobil, mobil nömrə",
    "sv": "mobil, mobilnummer, mobilnr, mobiltelefon, mobiltelefonnummer",
    "da": "mobil, mobilnummer, mobilnr, mobiltelefon, mobiltlf",
    "no": "mobil, mobilnummer, mobilnr, mobiltelefon, mobiltlf",
    "fi": "matkapuhelin, kännykkä, gsm, mobiili, matkapuhelinnumero, mobiilinumero, känny",
    "et": "mobiil, mobiiltelefon, mobiilinumber, mob",
    "lv": "mobilais, mobilais tālrunis, mob",
    "lt": "mobilus, mobilusis, mobiliojo, mob, mobilaus, mob tel, mobilus telefonas",
    "is": "farsími, gsm, farsimi",
    "ca": "mòbil",
    "ar": """
        جوال, الجوال, رقم الجوال, موبايل, الموبايل, محمول, المحمول, خلوي, الخلوي, رقم الموبايل, نقال, النقال,
        رقم المحمول, رقم الموبيل, جوالك
    """,
    "fa": "موبایل, همراه, تلفن همراه, شماره موبایل, شماره همراه, گوشی",
    "ur": "موبائل, موبائل نمبر",
    "he": "נייד, טלפון נייד, מספר נייד, סלולרי, סלולארי, פלאפון, הנייד",
    "hi": "मोबाइल, मोबाईल, मोबाइल नंबर, मोबाइल नम्बर, मो, मोबाइल न, मोबाइल नं",
    "mr": "मोबाईल, भ्रमणध्वनी, मोबाइल",
    "bn": "মোবাইল, মোবাইল নম্বর, মোবাইল নাম্বার, মুঠোফোন",
    "ta": "மொபைல், கைபேசி, அலைபேசி",
    "te": "మొబైల్, మొబైల్ నంబర్",
    "kn": "ಮೊಬೈಲ್",
    "ml": "മൊബൈൽ",
    "gu": "મોબાઇલ, મોબાઈલ",
    "pa": "ਮੋਬਾਈਲ, ਮੋਬਾਇਲ",
    "ne": "मोबाइल",
    "si": "ජංගම",
    "th": "มือถือ, เบอร์มือถือ, โทรศัพท์มือถือ",
    "lo": "ມືຖື",
    "km": "ដៃ",
    "vi": "di động, số di động, dđ, đtdđ, điện thoại di động, di dong, đt di động",
    "id": "hp, ponsel, seluler, no hp, nohp, nomor hp, handphone, nomor handphone, no ponsel, nomor ponsel",
    "ms": "bimbit, telefon bimbit, mudah alih",
    "tl": "selpon, cellphone",
    "sw": "rununu, simu ya mkononi",
    "af": "selfoon, sel, selnommer, selfoonnommer",
    "zh": "手机, 手機, 手机号, 手机号码, 手機號碼, 移动电话, 行動電話, 手機號, 移动手机",
    "ja": "携帯, 携帯電話, 携帯番号, 携帯電話番号, ケータイ, モバイル, けいたい, スマホ",
    "ko": """
        휴대폰, 휴대전화, 핸드폰, hp번호, 휴대폰번호, 핸드폰번호, 휴대전화번호, 휴대번호, 모바일, 폰번호, 휴대폰 번호
    """,
    "ka": "მობილური",
    "hy": "բջջային",
    "mn": "гар утас",
    "uz": "mobil",
}
"""A phone number as well, and a mobile one: people carry it, so it comes first."""
HOME: Words = {
    "en": """
        home, primary, main, private, personal, preferred, residence, residential, res, house, default,
        evening, night
    """,
    "de": """
        privat, privates, private, priv, zuhause, haupt, hauptnummer, primär, festnetz, abends, zu hause, daheim,
        bevorzugt
    """,
    "nl": "privé, thuis, hoofd, privételefoon, vast, primair",
    "fr": "domicile, maison, personnel, perso, privé, principal, fixe, principale",
    "es": "casa, particular, personal, fijo, principal, domicilio, privado, hogar",
    "pt": "casa, residencial, pessoal, fixo, principal, particular, residência, res",
    "it": "casa, abitazione, personale, fisso, principale, privato",
    "pl": "domowy, prywatny, główny, stacjonarny, domowe, prywatne, stacjonarne, dom",
    "cs": "domů, domácí, soukromý, pevná, hlavní, osobní, pevný",
    "sk": "domov, domáci, súkromný, pevná, hlavný, osobný",
    "hu": "otthoni, lakás, magán, vezetékes, elsődleges, privát",
    "ro": "acasă, personal, fix, principal, domiciliu",
    "hr": "kućni, privatni, osobni, fiksni, glavni",
    "sr": "кућни, приватни, фиксни, kućni, fiksni",
    "bg": "домашен, личен, стационарен, основен",
    "ru": "домашний, личный, основной, дом, городской, стационарный, домашнего",
    "uk": "домашній, особистий, основний, міський, стаціонарний",
    "el": "σπιτιού, οικίας, προσωπικό, σταθερό, κύριο, κατοικίας",
    "tr": "ev, kişisel, özel, sabit, birincil, ana",
    "sv": "hem, privat, bostad, fast, primär, hemtelefon, personlig",
    "da": "hjem, privat, fastnet, primær, hjemme, personlig",
    "no": "hjem, privat, fasttelefon, primær, hjemme, personlig",
    "fi": "koti, kotinumero, henkilökohtainen, ensisijainen, oma",
    "ar": "المنزل, منزل, شخصي, أرضي, الرئيسي, البيت",
    "he": "בית, בבית, פרטי, ראשי, אישי, קווי",
    "hi": "घर, निजी, मुख्य",
    "vi": "nhà, nhà riêng, cá nhân, chính, cố định, bàn",
    "id": "rumah, pribadi, utama",
    "th": "บ้าน, ส่วนตัว, หลัก",
    "zh": "家庭, 住宅, 家里, 个人, 個人, 主要, 首选, 固定, 座机, 住家",
    "ja": "自宅, 個人, ご自宅, 固定, メイン",
    "ko": "자택, 집, 개인, 기본",
}
WORK: Words = {
    "en": "work, office, business, biz, off, daytime, day, desk, direct, other, car, additional, direct dial",
    "de": """
        geschäftlich, geschäft, gesch, dienstlich, dienstl, dienst, arbeit, büro, beruflich, arbeits,
        weitere, durchwahl, tagsüber, sonstige
    """,
    "nl": "werk, zakelijk, kantoor, overig, overdag, andere",
    "fr": "bureau, travail, pro, professionnel, autre, direct",
    "es": "trabajo, oficina, laboral, otro, directo",
    "pt": "trabalho, comercial, escritório, outro, profissional, direto",
    "it": "ufficio, lavoro, altro, diretto",
    "pl": "służbowy, praca, biuro, służbowe, inny, firmowy",
    "cs": "práce, pracovní, kancelář, služební, jiný, do práce",
    "sk": "práca, pracovný, kancelária, služobný, iný",
    "hu": "munkahelyi, iroda, irodai, céges, egyéb, hivatali",
    "ro": "serviciu, birou, muncă, alt",
    "hr": "posao, poslovni, ured, ostali",
    "sr": "пословни, посао, posao, poslovni",
    "bg": "служебен, работа, офис, друг",
    "ru": "рабочий, служебный, работа, офис, другой, рабочего, дополнительный",
    "uk": "робочий, службовий, офіс, інший",
    "el": "εργασίας, γραφείου, εργασία, άλλο, γραφείο",
    "tr": "iş, ofis, diğer",
    "sv": "arbete, arbets, jobb, kontor, övrig, annan, direkt",
    "da": "arbejde, arbejds, job, kontor, andet, direkte",
    "no": "arbeid, arbeids, jobb, kontor, annet, direkte",
    "fi": "työ, toimisto, muu, työpuhelin",
    "ar": "العمل, عمل, المكتب, مكتب, آخر",
    "he": "עבודה, בעבודה, משרד, אחר",
    "hi": "कार्यालय, ऑफिस, अन्य",
    "vi": "cơ quan, văn phòng, công việc, khác",
    "id": "kantor, kerja, lainnya, lain",
    "th": "ที่ทำงาน, สำนักงาน, อื่นๆ",
    "zh": "办公, 工作, 单位, 辦公, 公务, 其他, 办公室, 辦公室",
    "ja": "職場, 勤務, 会社, その他, オフィス",
    "ko": "직장, 회사, 사무실, 기타",
}
SELF: Words = {
    "en": """
        customer, customers, cust, client, clients, patient, patients, member, members, lead, leads, contact,
        contacts, person, persons, people, user, users, recipient, callee, called, subscriber, guest, student,
        candidate, applicant, employee, donor, voter, resident, tenant, borrower, debtor, buyer, participant,
        respondent, attendee, citizen, passenger, prospect, my, your, you, own, individual, consumer,
        account holder, policyholder, target, cardholder
    """,
    "de": """
        kunde, kunden, patient, patienten, mitglied, mitglieder, kontakt, kontakte, person, teilnehmer,
        empfänger, gast, bewerber, mitarbeiter, mieter, spender, interessent, ihr, ihre, meine,
        ansprechpartner, endkunde, nutzer, schüler
    """,
    "nl": """
        klant, klanten, cliënt, patiënt, lid, contact, persoon, ontvanger, gast, deelnemer, contactpersoon,
        huurder, uw, student
    """,
    "fr": """
        client, clients, patient, membre, contact, personne, destinataire, adhérent, usager, votre, abonné,
        bénéficiaire, étudiant, locataire, donateur
    """,
    "es": """
        cliente, clientes, paciente, miembro, contacto, persona, destinatario, socio, usuario, su, tu, alumno,
        abonado, titular, afiliado
    """,
    "pt": """
        cliente, clientes, paciente, membro, contato, contacto, pessoa, destinatário, sócio, usuário, aluno,
        seu, titular, associado, utente
    """,
    "it": """
        cliente, clienti, paziente, membro, contatto, persona, destinatario, socio, utente, studente,
        abbonato, intestatario
    """,
    "pl": """
        klient, klienta, pacjent, pacjenta, członek, osoba, osoby, odbiorca, kontakt, kontaktowy, kontaktu,
        użytkownika, abonenta, twój
    """,
    "cs": "zákazník, zákazníka, klient, klienta, pacient, pacienta, člen, osoba, kontakt, kontaktní, váš",
    "sk": "zákazník, klient, klienta, pacient, pacienta, člen, osoba, kontakt, kontaktné",
    "hu": "ügyfél, páciens, beteg, tag, kontakt, személy, vevő, kapcsolattartó, ügyfele",
    "ro": "client, clientului, pacient, membru, contact, persoană",
    "hr": "kupac, klijent, pacijent, član, kontakt, osoba, korisnik",
    "sr": "купац, клијент, пацијент, контакт, особа, корисник",
    "bg": "клиент, пациент, член, контакт, лице, абонат",
    "ru": """
        клиент, клиента, клиентов, пациент, пациента, контакт, контакта, контактный, контактного, абонент,
        абонента, покупатель, получатель, пользователя, ваш, человек, гость
    """,
    "uk": "клієнт, клієнта, пацієнт, пацієнта, контакт, контактний, абонент, абонента, одержувач, ваш",
    "el": "πελάτη, πελάτης, ασθενή, ασθενής, μέλος, επικοινωνίας, επικοινωνία",
    "tr": "müşteri, hasta, üye, kişi, alıcı, iletişim, irtibat, misafir, öğrenci",
    "sv": "kund, kundens, patient, medlem, kontakt, person, mottagare, gäst, deltagare, ditt",
    "da": "kunde, kundens, patient, medlem, kontakt, person, modtager, gæst, deltager",
    "no": "kunde, kundens, pasient, medlem, kontakt, person, mottaker, gjest, deltaker",
    "fi": "asiakas, asiakkaan, potilas, potilaan, jäsen, henkilö, yhteys, yhteyshenkilö",
    "et": "klient, kliendi, patsient, patsiendi, liige, kontakt, isik",
    "lv": "klients, klienta, pacients, pacienta, kontakts, persona",
    "lt": "klientas, kliento, pacientas, paciento, kontaktas, asmuo, kontaktinis",
    "ar": "العميل, عميل, الزبون, المريض, مريض, العضو, الشخص, المستلم, المستخدم, المشترك",
    "fa": "مشتری, بیمار, عضو, شخص, مخاطب",
    "he": "לקוח, הלקוח, מטופל, חבר, איש קשר",
    "hi": "ग्राहक, रोगी, मरीज, सदस्य, व्यक्ति, आपका",
    "vi": "khách hàng, khách, bệnh nhân, người nhận, thành viên, liên hệ",
    "id": "pelanggan, pasien, anggota, kontak, orang, penerima, nasabah, konsumen, siswa",
    "th": "ลูกค้า, ผู้ป่วย, สมาชิก, ติดต่อ, คนไข้",
    "zh": """
        客户, 客戶, 顾客, 顧客, 患者, 病人, 会员, 會員, 联系人, 聯絡人, 收件人, 收货人, 用户, 用戶, 本人,
        您的, 学员, 学生
    """,
    "ja": "お客様, 顧客, 患者, 会員, 本人, 様, ご本人, 契約者, 受取人",
    "ko": "고객, 환자, 회원, 본인, 수신자, 받는사람, 수령인, 가입자",
}
"""Whom a call is for: beside a word for phones it changes nothing."""
NUMBER: Words = {
    "en": "number, numbers, no, nos, num, nbr, nmbr, numb, nr, #, value, n",
    "de": "nummer, nummern, nr, num, zahl, wert",
    "nl": "nummer, nummers, nr, num",
    "fr": "numéro, numéros, num, n°, nro, no",
    "es": "número, números, núm, nro, nº, num, no",
    "pt": "número, números, núm, nro, nº, num",
    "it": "numero, numeri, num, nr, n",
    "pl": "numer, numery, nr, numeru",
    "cs": "číslo, čísla, č",
    "sk": "číslo, čísla, č",
    "hu": "szám, száma, sz, számok",
    "ro": "număr, numărul, nr",
    "hr": "broj, brojevi, br",
    "sr": "број, бр",
    "sl": "številka, št",
    "bg": "номер, номера",
    "ru": "номер, номера, номеров, №, ном",
    "uk": "номер, номери, номеру, №",
    "be": "нумар",
    "kk": "нөмірі, нөмір",
    "el": "αριθμός, αριθμό, αρ",
    "tr": "numara, numarası, no, nosu, numaraları",
    "az": "nömrə, nömrəsi",
    "sv": "nummer, nr",
    "da": "nummer, nr, numre",
    "no": "nummer, nr",
    "fi": "numero, nro, numerot, numeronsa",
    "et": "number, nr",
    "lv": "numurs, nr",
    "lt": "numeris, nr",
    "is": "númer",
    "ar": "رقم, الرقم, نمرة, أرقام",
    "fa": "شماره",
    "ur": "نمبر",
    "he": "מספר, מס",
    "hi": "नंबर, नम्बर, संख्या, क्रमांक, न",
    "mr": "क्रमांक, नंबर",
    "bn": "নম্বর, নাম্বার, নং",
    "ta": "எண்",
    "te": "నంబర్, సంఖ్య, నెంబర్",
    "kn": "ಸಂಖ್ಯೆ",
    "ml": "നമ്പർ",
    "gu": "નંબર",
    "pa": "ਨੰਬਰ",
    "th": "หมายเลข, เลขที่",
    "vi": "số",
    "id": "nomor, no, nmr",
    "ms": "nombor, no",
    "sw": "nambari, namba",
    "af": "nommer",
    "zh": "号码, 號碼, 号, 號, 编号",
    "ja": "番号, ナンバー, №",
    "ko": "번호, 넘버",
    "ka": "ნომერი",
}
"""Fills up a name for phones; by itself it may be any number."""
REACH: Words = {
    "en": """
        contact, contacts, target, to, callee, called, destination, recipient, dial, reach, reach at,
        reach me at, reachable at, call, call to, callback, line, contact info, contact information,
        contact details, contact on, how to reach you, dnis, to call, dst, called party, called id
    """,
    "de": """
        kontakt, kontakte, ziel, empfänger, anruf, anrufen, kontaktdaten, erreichbarkeit, anschluss, rückruf
    """,
    "nl": "contact, bestemming, ontvanger, bereikbaar op, contactgegevens, bereikbaar",
    "fr": "contact, destinataire, destination, appelé, joindre, coordonnées, joindre au",
    "es": "contacto, destino, destinatario, contactar, llamar a, datos de contacto",
    "pt": "contato, contacto, destino, destinatário, contatos, contactos, ligar para",
    "it": "contatto, contatti, destinatario, chiamato, reperibile al, chiamare",
    "pl": "kontakt, odbiorca, kontaktowy",
    "cs": "kontakt, kontakty, příjemce",
    "sk": "kontakt, kontakty, príjemca",
    "hu": "elérhetőség, kontakt, kapcsolat, hívott",
    "ro": "contact, contacte, destinatar",
    "hr": "kontakt, primatelj, odredište",
    "sr": "контакт",
    "bg": "контакт, контакти, за връзка",
    "ru": "контакт, контакты, связь, получатель, для связи, вызываемый, кому",
    "uk": "контакт, контакти, для зв'язку, одержувач",
    "el": "επικοινωνία, παραλήπτης, επαφή",
    "tr": "iletişim, irtibat, alıcı, hedef, aranan",
    "sv": "kontakt, mottagare, nås på, till",
    "da": "kontakt, modtager, til, træffes på",
    "no": "kontakt, mottaker, til, treffes på",
    "fi": "yhteystieto, yhteystiedot, vastaanottaja, kontakti, tavoitettavissa",
    "ar": "اتصال, الاتصال, التواصل, تواصل, للتواصل, المستلم, الى",
    "fa": "تماس با, مخاطب, گیرنده",
    "he": "קשר, יצירת קשר, נמען, ליצירת קשר",
    "hi": "संपर्क, सम्पर्क",
    "vi": "liên hệ, liên lạc, người nhận",
    "id": "kontak, tujuan, penerima, hubungi",
    "th": "ติดต่อ, ผู้รับ",
    "zh": "联系, 聯繫, 聯絡, 联络, 被叫方, 收件人",
    "ja": "宛先, 連絡",
    "ko": "연락, 수신자",
}
"""How to reach somebody, by phone or in another way: weak by itself."""
ELSE: dict[str, Words] = {
    "a fax machine": {
        "en": "fax, faxes, fax no, telefax, facsimile, efax",
        "de": "telefax, telefaxnummer, faxnummer, faxnr, fax",
        "fr": "télécopie, télécopieur, fax",
        "es": "telefax, fax",
        "pl": "faks, telefaks, faksu",
        "nordic": "telefaks, faks, faxnummer, faksi, telefaksi",
        "et": "faks",
        "lt": "faksas, fakss",
        "tr": "faks, belgegeçer",
        "ru": "факс, факса, факсы, телефакс",
        "el": "φαξ, φάξ",
        "ar": "فاكس, الفاكس, فکس, دورنگار",
        "he": "פקס, פקסימיליה",
        "hi": "फैक्स, फ़ैक्स",
        "th": "แฟกซ์, แฟ็กซ์, โทรสาร",
        "ja": "ファックス, ファクス, ファクシミリ, ＦＡＸ",
        "zh": "传真, 傳真",
        "ko": "팩스",
        "id": "faksimile, faks",
    },
    "not a phone that a person answers": {
        "en": """
            pager, beeper, bleep, bleeper, telex, tty, tdd, isdn, radio, modem, sip, voicemail, voice mail,
            mailbox, imei, imsi, iccid, sim, serial, sat phone, satellite, isdn no, telegram id
        """,
        "de": "piepser, telex, funkgerät, mobilbox, anrufbeantworter",
        "fr": "bipeur, télex, messagerie vocale, répondeur",
        "es": "buscapersonas, télex, buzón",
        "ru": "пейджер, телекс",
        "zh": "传呼, 呼机, 寻呼, 傳呼",
        "ja": "ポケベル, テレックス",
        "ko": "삐삐, 호출기",
    },
    "somebody else, for an emergency": {
        "en": "emergency, emerg, emer, ice, sos, next of kin, nok, kin, in case of, urgent, ec",
        "de": "notfall, notruf, notfallkontakt, angehörige, angehöriger, nächste angehörige",
        "nl": "nood, noodgeval, noodcontact, noodnummer, naaste, contactpersoon nood",
        "fr": "urgence, urgences, proche, personne à prévenir, à prévenir, en cas",
        "es": "emergencia, emergencias, urgencia, urgencias, familiar, allegado, pariente, en caso",
        "pt": "emergência, emergências, urgência, parente, familiar, em caso",
        "it": "emergenza, emergenze, urgenza, parente, familiare",
        "pl": "awaryjny, alarmowy, nagłych, krewny, wypadku, bliskiej, najbliższej",
        "cs": "nouzový, nouze, tísňový, příbuzný, pohotovostní",
        "sk": "núdzový, núdza, tiesňový, príbuzný",
        "hu": "vészhelyzet, vészhelyzeti, sürgősségi, hozzátartozó, értesítendő",
        "ro": "urgență, urgenta, rudă",
        "hr": "hitni, hitno, hitne, srodnik, nužda",
        "sr": "хитни, хитно, сродник",
        "bg": "спешен, спешни, спешност, близък, роднина",
        "ru": """
            экстренный, экстренная, экстренной, экстренного, экстренной связи, аварийный, родственник,
            родственника, близкого, доверенное
        """,
        "uk": "екстрений, екстреного, аварійний, родич, родича, термінового",
        "el": "έκτακτης, ανάγκης, συγγενής, συγγενή",
        "tr": "acil, yakını, yakin, yakınının, yakınları",
        "sv": "nöd, nödkontakt, anhörig, anhöriga, nödfall, närmast",
        "da": "nød, nødkontakt, pårørende, nødstilfælde, nødsituation",
        "no": "nød, nødkontakt, pårørende, nødstilfelle",
        "fi": "hätä, hätäyhteys, hätätilanne, lähiomainen, omainen, lähiomaisen, hätänumero",
        "et": "hädaabi, lähedane, lähedase",
        "lv": "ārkārtas, tuvinieks",
        "lt": "skubus, artimasis, artimojo, nelaimės",
        "ar": "طوارئ, الطوارئ, طارئ, قريب, الأقارب, أقرب",
        "fa": "اضطراری, بستگان, اورژانس, خویشاوند",
        "ur": "ہنگامی, ایمرجنسی",
        "he": "חירום, קרוב, קרוב משפחה, בחירום",
        "hi": "आपातकालीन, आपात, आपातकाल, इमरजेंसी, रिश्तेदार, परिजन",
        "bn": "জরুরি, জরুরী",
        "vi": "khẩn cấp, khẩn, người thân, người nhà",
        "id": "darurat, keluarga, kerabat, gawat",
        "ms": "kecemasan, waris",
        "th": "ฉุกเฉิน, ญาติ",
        "zh": "紧急, 緊急, 应急, 紧急联系人, 緊急聯絡人, 亲属, 親屬, 家属, 家屬, 亲友",
        "ja": "緊急, 緊急連絡先, 親族, 家族, 緊急時, 身元保証人",
        "ko": "비상, 비상연락처, 긴급, 가족, 비상연락망, 응급",
    },
    "somebody else of the family": {
        "more": """
        grandma, grandpa, granny, grandad, granddad, nana, aunt, auntie, uncle, cousin, nephew, niece,
        stepmother,
        stepfather, inlaws, in laws, landlord, babysitter, nanny, opa, enkel, enkelin, tante, onkel, papa,
        papá,
            mamá, mutti, vati, schwiegermutter, abuela, abuelo, tía, tío, mamie, papi, grand mère,
            grand père, tonton, nonna, nonno, zia, zio, babcia, dziadek, ciocia, бабушка, дедушка, тётя, дядя,
            папа, 爸爸, 妈妈, 母亲, 父亲, お母さん, お父さん, 엄마, 아빠, 할머니
        """,
        "en": """
            parent, parents, guardian, guardians, mother, mothers, father, fathers, mum, mom, dad, spouse,
            husband, wife, partner, son, daughter, child, kid, sibling, brother, sister, family, relative,
            relatives, caregiver, carer, neighbor, neighbor, friend, friends, roommate, grandmother,
            grandfather, household, grandparent, fiance, boyfriend, girlfriend, p1, p2, parents guardian,
            sponsor
        """,
        "de": """
            eltern, elternteil, mutter, vater, ehepartner, ehemann, ehefrau, partner, sohn, tochter, kind,
            bruder, schwester, verwandte, betreuer, nachbar, freund, familie, erziehungsberechtigte,
            erziehungsberechtigter, vormund, lebenspartner
        """,
        "nl": """
            ouder, ouders, moeder, vader, partner, echtgenoot, echtgenote, voogd, buur, vriend, familie,
            mantelzorger, kind, verzorger
        """,
        "fr": """
            parent, parents, mère, père, conjoint, conjointe, époux, épouse, tuteur, voisin, ami, famille,
            fils, fille, enfant, partenaire, responsable légal, aidant
        """,
        "es": """
            padre, padres, madre, cónyuge, esposo, esposa, tutor, apoderado, vecino, amigo, familia, hijo,
            hija, pareja, acudiente, cuidador, representante
        """,
        "pt": """
            pai, pais, mãe, cônjuge, esposo, esposa, tutor, vizinho, amigo, família, filho, filha, parceiro,
            responsável, encarregado, cuidador, marido
        """,
        "it": """
            genitore, genitori, madre, padre, coniuge, marito, moglie, tutore, vicino, amico, famiglia,
            figlio, figlia, partner, badante
        """,
        "pl": """
            rodzic, rodzica, rodzice, rodziców, matka, matki, ojciec, ojca, małżonek, małżonka, mąż, żona,
            opiekun, opiekuna, sąsiad, rodzina, partner, dziecko
        """,
        "cs": """
            rodič, rodiče, rodičů, matka, matky, otec, otce, manžel, manželka, manžela, opatrovník, soused,
            rodina, zákonný zástupce
        """,
        "sk": """
            rodič, rodiča, rodičia, rodičov, matka, matky, otec, otca, manžel, manželka, opatrovník, sused,
            rodina, zákonný zástupca
        """,
        "hu": """
            szülő, szülők, anya, anyja, apa, apja, házastárs, férj, feleség, gondviselő, gyám, szomszéd,
            család, barát
        """,
        "ro": "părinte, părinți, mamă, mama, tată, tata, soț, soție, tutore, familie, vecin, prieten",
        "hr": """
            roditelj, roditelja, roditelji, majka, majke, otac, oca, suprug, supruga, skrbnik, susjed, obitelj
        """,
        "sr": "родитељ, родитеља, мајка, отац, супруг, супруга, старатељ, породица",
        "bg": "родител, родителя, родители, майка, баща, съпруг, съпруга, настойник, семейство",
        "ru": """
            родитель, родителя, родители, родителей, мать, матери, мама, мамы, отец, отца, папа, супруг,
            супруга, супруги, муж, мужа, жена, жены, опекун, опекуна, сосед, семья, друг,
            законный представитель, представителя, партнер
        """,
        "uk": "батьки, батьків, мати, матері, мама, батько, батька, чоловік, дружина, опікун, сім'я, родина",
        "el": """
            γονέα, γονέας, γονέων, γονείς, μητέρα, μητέρας, πατέρας, πατέρα, σύζυγος, συζύγου, κηδεμόνας,
            κηδεμόνα, οικογένεια
        """,
        "tr": "veli, velisi, ebeveyn, anne, annesi, baba, babası, eş, eşi, eşinin, komşu, aile, kardeş, vasi",
        "sv": """
            förälder, föräldrar, mor, mamma, far, pappa, make, maka, sambo, vårdnadshavare, granne, familj,
            partner, målsman
        """,
        "da": "forælder, forældre, mor, far, ægtefælle, værge, nabo, familie, partner, samlever",
        "no": """
            forelder, foreldre, foresatt, foresatte, mor, far, ektefelle, verge, nabo, familie, partner,
            samboer
        """,
        "fi": """
            vanhempi, vanhemman, vanhemmat, äiti, äidin, isä, isän, puoliso, puolison, huoltaja, huoltajan,
            naapuri, perhe, edunvalvoja
        """,
        "ar": """
            ولي, ولي الأمر, الأب, الأم, والد, الوالد, والدة, الوالدة, زوج, الزوج, زوجة, الزوجة, العائلة, الوصي
        """,
        "fa": "والدین, پدر, مادر, همسر, ولی, خانواده, سرپرست",
        "he": "הורה, הורים, אב, אם, אמא, אבא, בן זוג, בת זוג, אפוטרופוס, משפחה, בן הזוג",
        "hi": "माता, पिता, अभिभावक, पति, पत्नी, पड़ोसी, परिवार, माँ",
        "bn": "অভিভাবক, পিতা, মাতা, স্বামী, স্ত্রী",
        "vi": "phụ huynh, cha, mẹ, bố, vợ, chồng, người giám hộ, gia đình",
        "id": "orang tua, ortu, ibu, ayah, suami, istri, wali, tetangga, pasangan",
        "ms": "ibu bapa, penjaga, suami, isteri",
        "th": "ผู้ปกครอง, บิดา, มารดา, คู่สมรส, พ่อ, แม่",
        "zh": "家长, 家長, 父亲, 父親, 母亲, 母親, 父母, 配偶, 监护人, 監護人, 丈夫, 妻子, 爸爸, 妈妈",
        "ja": "保護者, 父, 母, 配偶者, 親, 後見人, 両親",
        "ko": "보호자, 학부모, 부모, 배우자, 아버지, 어머니, 후견인",
    },
    "somebody who looks after the person": {
        "en": """
            agent, agents, doctor, doctors, dr, physician, gp, provider, providers, clinic, clinics, hospital,
            pharmacy, pharmacist, pcp, vet, surgeon, dentist, nurse, therapist, practice, practitioner,
            assistant, assistants,
            asst, secretary, reception, receptionist, manager, managers, supervisor, boss, broker, adviser,
            advisor, consultant, lawyer, solicitor, teacher, tutor, coach, school, technician,
            courier, caseworker, case worker, rep, representative, sales rep, salesperson, account manager,
            contact owner, lead owner, account owner, record owner, deal owner, operator id, recruiter,
            interviewer, staff, dispatcher, therapy, veterinarian, vet, surgeon, specialist, facility,
            department, dept, admin, administrator, coordinator, realtor, officer, handler, assignee,
            assigned to
        """,
        "de": """
            agent, arzt, ärztin, hausarzt, praxis, klinik, krankenhaus, apotheke, assistent, assistentin,
            assistenz, sekretariat, sekretärin, vorgesetzter, vorgesetzte, berater, beraterin, makler, anwalt,
            lehrer, schule, vertreter, vermittler, sachbearbeiter, zuständig, bearbeiter, empfang, pfleger,
            pflegedienst, abteilung, leiter, betreuerin
        """,
        "nl": """
            agent, arts, huisarts, praktijk, kliniek, ziekenhuis, apotheek, assistent, secretariaat, manager,
            leidinggevende, adviseur, makelaar, advocaat, school, docent, behandelaar, vertegenwoordiger
        """,
        "fr": """
            agent, médecin, docteur, cabinet, clinique, hôpital, pharmacie, assistant, assistante,
            secrétariat, secrétaire, responsable, conseiller, courtier, avocat, école, commercial,
            gestionnaire, praticien, supérieur, standard
        """,
        "es": """
            agente, médico, doctor, doctora, clínica, hospital, farmacia, asistente, secretaria, secretaría,
            gerente, jefe, asesor, corredor, abogado, escuela, colegio, profesor, vendedor, proveedor,
            ejecutivo, recepción
        """,
        "pt": """
            agente, médico, médica, doutor, clínica, hospital, farmácia, assistente, secretária, gerente,
            chefe, consultor, corretor, advogado, escola, professor, vendedor, fornecedor, gestor, recepção,
            atendente
        """,
        "it": """
            agente, medico, dottore, clinica, ospedale, farmacia, assistente, segreteria, segretaria,
            responsabile, consulente, broker, avvocato, scuola, insegnante, venditore, fornitore, ambulatorio,
            commerciale
        """,
        "pl": """
            agent, agenta, lekarz, lekarza, klinika, kliniki, przychodnia, szpital, szpitala, apteka,
            asystent, asystenta, sekretariat, kierownik, przełożony, doradca, doradcy, pośrednik, prawnik,
            szkoła, nauczyciel, opiekun klienta, handlowiec, przedstawiciel
        """,
        "cs": """
            agent, lékař, lékaře, klinika, nemocnice, lékárna, asistent, asistenta, sekretariát, vedoucí,
            poradce, makléř, právník, škola, učitel, obchodník, zástupce, ordinace
        """,
        "sk": """
            agent, lekár, lekára, klinika, nemocnica, lekáreň, asistent, sekretariát, vedúci, poradca,
            právnik, škola, učiteľ, zástupca
        """,
        "hu": """
            ügynök, orvos, háziorvos, klinika, kórház, rendelő, gyógyszertár, asszisztens, titkárság, vezető,
            tanácsadó, ügyvéd, iskola, ügyintéző, képviselő
        """,
        "ro": """
            agent, medic, doctor, clinică, spital, farmacie, asistent, secretariat, manager, consultant,
            avocat, școală
        """,
        "hr": """
            agent, liječnik, klinika, bolnica, ljekarna, asistent, tajništvo, voditelj, savjetnik, odvjetnik,
            škola
        """,
        "ru": """
            агент, агента, врач, врача, клиника, клиники, больница, больницы, аптека, ассистент, ассистента,
            помощник, помощника, секретарь, секретаря, менеджер, менеджера, руководитель, руководителя,
            начальник, консультант, брокер, юрист, школа, школы, учитель, оператор, оператора, специалист,
            куратор, приемная, доктор, доктора
        """,
        "uk": """
            агент, агента, лікар, лікаря, клініка, клініки, лікарня, лікарні, аптека, асистент, помічник,
            секретар, менеджер, менеджера, керівник, консультант, юрист, школа, оператор
        """,
        "el": """
            πράκτορα, γιατρού, γιατρός, ιατρού, κλινική, κλινικής, νοσοκομείο, νοσοκομείου, φαρμακείο, βοηθού,
            βοηθός, γραμματεία, γραμματέας, διευθυντή, διευθυντής, σύμβουλος
        """,
        "tr": """
            temsilci, acente, doktor, hekim, klinik, hastane, eczane, asistan, sekreter, yönetici, müdür,
            danışman, avukat, okul, öğretmen
        """,
        "sv": """
            agent, läkare, klinik, sjukhus, apotek, assistent, sekreterare, chef, rådgivare, mäklare, advokat,
            skola, lärare, handläggare, vårdcentral
        """,
        "da": """
            agent, læge, klinik, hospital, sygehus, apotek, assistent, sekretær, leder, chef, rådgiver,
            advokat, skole, sagsbehandler
        """,
        "no": """
            agent, lege, fastlege, klinikk, sykehus, apotek, assistent, sekretær, leder, sjef, rådgiver,
            advokat, skole, saksbehandler
        """,
        "fi": """
            agentti, lääkäri, lääkärin, klinikka, sairaala, apteekki, avustaja, sihteeri, esimies, johtaja,
            neuvoja, koulu, päällikkö
        """,
        "ar": """
            وكيل, الوكيل, طبيب, الطبيب, عيادة, العيادة, مستشفى, المستشفى, صيدلية, مساعد, المساعد, سكرتير,
            مدير, المدير, المندوب, مندوب, محامي, مدرسة
        """,
        "fa": "نماینده, پزشک, دکتر, کلینیک, بیمارستان, داروخانه, دستیار, منشی, مدیر, مشاور, مدرسه",
        "he": """
            סוכן, רופא, הרופא, מרפאה, בית חולים, בית מרקחת, עוזר, מזכירה, מזכירות, מנהל, יועץ, נציג, בית ספר
        """,
        "hi": "एजेंट, डॉक्टर, चिकित्सक, क्लिनिक, अस्पताल, सहायक, प्रबंधक, शिक्षक, विद्यालय",
        "vi": """
            đại lý, bác sĩ, phòng khám, bệnh viện, nhà thuốc, trợ lý, thư ký, quản lý, giáo viên, nhân viên
        """,
        "id": """
            agen, dokter, klinik, rumah sakit, apotek, asisten, sekretaris, manajer, atasan, sekolah, guru,
            petugas
        """,
        "th": "ตัวแทน, แพทย์, หมอ, คลินิก, โรงพยาบาล, ผู้ช่วย, เลขา, ผู้จัดการ, โรงเรียน",
        "zh": """
            代理, 代理人, 医生, 醫生, 医院, 醫院, 诊所, 診所, 药店, 助理, 秘书, 秘書, 经理, 經理, 主管, 坐席,
            客服, 业务员, 業務員, 老师, 老師, 学校, 中介, 销售, 經紀人
        """,
        "ja": """
            代理人, 代理店, 医師, 医者, 病院, 診療所, クリニック, 薬局, 秘書, 担当者, 担当, マネージャー,
            上司, 学校, 先生, 営業
        """,
        "ko": """
            대리인, 에이전트, 의사, 병원, 클리닉, 약국, 비서, 매니저, 관리자, 담당자, 상담원, 학교, 선생님,
            담당
        """,
    },
    "a company's or somebody else's line": {
        "en": """
            company, companies, corporate, corp, employer, hq, headquarters, head office, switchboard,
            organization, organisation, shop, store, branch, bank, hotel, restaurant, dealer, vendor,
            supplier, seller, merchant, landlord, insurer, insurance, support, helpdesk, help desk, hotline,
            helpline, customer service, customer care, service center, referrer, referral, referred,
            referring, reference, witness, guarantor, cosigner, co signer, beneficiary, caller, from, sender,
            source number, caller id, callerid, cid, outbound id, ani, our, transfer, forward, forwarding,
            transfer to, did, ddi, trunk, warehouse, franchise, site, venue, alarm, toll free, tollfree,
            freephone, campaign, gateway
        """,
        "de": """
            firma, firmen, unternehmen, arbeitgeber, zentrale, filiale, geschäftsstelle, händler, lieferant,
            verkäufer, vermieter, versicherung, absender, anrufer, empfehler, empfohlen, bürge, zeuge,
            hotline, service, niederlassung, anruferkennung, weiterleitung
        """,
        "nl": """
            bedrijf, werkgever, hoofdkantoor, filiaal, winkel, leverancier, verkoper, verhuurder, verzekeraar,
            afzender, beller, centrale, hotline
        """,
        "fr": """
            société, entreprise, employeur, siège, agence, magasin, fournisseur, vendeur, propriétaire,
            assureur, expéditeur, appelant, parrain, garant, témoin, standard, hotline, numéro vert
        """,
        "es": """
            empresa, compañía, empleador, sede, sucursal, tienda, proveedor, vendedor, arrendador,
            aseguradora, remitente, emisor, llamante, referido, referencia, aval, avalista, testigo, central,
            conmutador
        """,
        "pt": """
            empresa, companhia, empregador, sede, filial, loja, fornecedor, vendedor, locador, seguradora,
            remetente, chamador, indicação, referência, fiador, avalista, testemunha, central
        """,
        "it": """
            azienda, ditta, società, datore, sede, filiale, negozio, fornitore, venditore, locatore,
            assicurazione, mittente, chiamante, referente, garante, testimone, centralino
        """,
        "pl": """
            firma, firmy, pracodawca, centrala, oddział, sklep, dostawca, sprzedawca, wynajmujący,
            ubezpieczyciel, nadawca, dzwoniący, polecający, poręczyciel, świadek, infolinia
        """,
        "cs": """
            firma, firmy, společnost, zaměstnavatel, centrála, pobočka, obchod, dodavatel, prodejce,
            pojišťovna, odesílatel, volající, ručitel, svědek, infolinka
        """,
        "sk": """
            firma, spoločnosť, zamestnávateľ, centrála, pobočka, obchod, dodávateľ, predajca, poisťovňa,
            odosielateľ, volajúci
        """,
        "hu": """
            cég, vállalat, munkáltató, központ, fiók, üzlet, szállító, eladó, biztosító, feladó, hívó, kezes,
            tanú
        """,
        "ro": """
            firmă, companie, angajator, sediu, filială, magazin, furnizor, vânzător, asigurator, expeditor,
            apelant, garant, martor
        """,
        "ru": """
            компания, компании, фирма, фирмы, организация, организации, работодатель, работодателя, офиса,
            филиал, магазин, магазина, поставщик, продавец, продавца, страховая, отправитель, отправителя,
            поручитель, поручителя, свидетель, рекомендатель, горячая линия, справочная, предприятия
        """,
        "uk": """
            компанія, компанії, фірма, організація, роботодавець, філія, магазин, постачальник, продавець,
            відправник, поручитель, гаряча лінія
        """,
        "el": """
            εταιρεία, εταιρείας, εργοδότη, εργοδότης, υποκατάστημα, κατάστημα, προμηθευτή, αποστολέας,
            εγγυητής
        """,
        "tr": """
            şirket, firma, işveren, merkez, şube, mağaza, tedarikçi, satıcı, sigorta, gönderen, arayan, kefil,
            tanık, santral, referans
        """,
        "sv": """
            företag, arbetsgivare, växel, filial, butik, leverantör, säljare, hyresvärd, försäkring,
            avsändare, uppringare, borgensman
        """,
        "da": """
            firma, virksomhed, arbejdsgiver, omstilling, filial, butik, leverandør, sælger, udlejer,
            forsikring, afsender
        """,
        "no": """
            firma, bedrift, arbeidsgiver, sentralbord, filial, butikk, leverandør, selger, utleier,
            forsikring, avsender
        """,
        "fi": """
            yritys, yrityksen, työnantaja, vaihde, toimipiste, myymälä, toimittaja, myyjä, vuokranantaja,
            lähettäjä, soittaja, takaaja
        """,
        "ar": """
            شركة, الشركة, المؤسسة, صاحب العمل, فرع, الفرع, متجر, المورد, البائع, المرسل, المتصل, الكفيل, كفيل
        """,
        "fa": "شرکت, کارفرما, شعبه, فروشگاه, فروشنده, فرستنده, ضامن, معرف",
        "he": "חברה, החברה, מעסיק, סניף, חנות, ספק, מוכר, שולח, ערב, מתקשר",
        "hi": "कंपनी, कम्पनी, नियोक्ता, शाखा, दुकान, विक्रेता, प्रेषक, गारंटर",
        "vi": """
            công ty, chi nhánh, cửa hàng, nhà cung cấp, người bán, người gửi, người bảo lãnh, tổng đài,
            người giới thiệu
        """,
        "id": "perusahaan, majikan, cabang, toko, pemasok, penjual, pengirim, penjamin",
        "th": "บริษัท, นายจ้าง, สาขา, ร้าน, ผู้ขาย, ผู้ส่ง, ผู้ค้ำประกัน",
        "zh": """
            公司, 单位电话, 企业, 企業, 总机, 總機, 分行, 门店, 店铺, 商家, 供应商, 卖家, 寄件人, 发件人,
            主叫, 主叫号码, 担保人, 擔保人, 推荐人, 推薦人, 介绍人, 热线, 熱線
        """,
        "ja": """
            会社代表, 代表, 代表電話, 企業, 店舗, 支店, 本社, 発信者, 発信番号, 差出人, 送り主, 保証人,
            紹介者, 取引先
        """,
        "ko": """
            회사대표, 대표, 대표번호, 대표전화, 기업, 지점, 매장, 발신자, 발신번호, 보내는사람, 보증인, 추천인
        """,
    },
    "another number, which may be somebody else's": {
        "en": """
            alt, alternate, alternative, alternates, secondary, backup, second, additional contact, old,
            previous, former, fallback, spare, invalid, wrong, bad
        """,
        "de": "alternativ, alternative, zweite, zweitnummer, zweit, ersatz, alte, alternativnummer, ausweich",
        "nl": "alternatief, alternatieve, tweede, oud, reserve",
        "fr": "secondaire, alternatif, autre contact, deuxième, second, ancien",
        "es": "alternativo, alterno, secundario, adicional, segundo, anterior",
        "pt": "alternativo, secundário, adicional, segundo, antigo, recado, recados",
        "it": "alternativo, secondario, aggiuntivo, secondo, vecchio",
        "pl": "alternatywny, dodatkowy, zapasowy, drugi, stary",
        "ru": "альтернативный, запасной, резервный, второй, старый",
        "uk": "альтернативний, запасний, резервний, другий, додатковий",
        "tr": "alternatif, ikinci, yedek, ikincil",
        "sv": "alternativ, alternativt, andra, reserv",
        "fi": "vaihtoehtoinen, toinen, vara, toissijainen",
        "ar": "بديل, البديل, آخر بديل, ثانوي, إضافي",
        "zh": "备用, 備用, 其它联系, 第二",
        "ja": "予備, 代替, 第二",
        "ko": "보조, 예비, 추가",
        "vi": "phụ, dự phòng",
        "id": "alternatif, cadangan, kedua",
    },
}
"""Words by which a number is none to call, and why. They win over every word for phones."""
LABEL: Words = {
    "en": "type, types, label, kind, category, class",
    "de": "typ, art, bezeichnung, kategorie",
    "nl": "soort, label, type",
    "fr": "type, libellé, étiquette, genre",
    "es": "tipo, etiqueta",
    "pt": "tipo, etiqueta, rótulo",
    "it": "tipo, etichetta, tipologia",
    "pl": "typ, rodzaj, etykieta",
    "cs": "typ, druh, štítek",
    "ru": "тип, вид, метка",
    "uk": "тип, вид",
    "tr": "tür, türü, tip, etiket",
    "sv": "typ, etikett",
    "da": "type, etiket",
    "fi": "tyyppi, laji",
    "zh": "类型, 類型, 标签, 標籤",
    "ja": "種別, 種類, タイプ, ラベル",
    "ko": "종류, 유형",
}
"""What kind of number the column beside has."""
ABOUT: Words = {
    "en": """
        carrier, verified, verification, valid, validity, validated, status, consent, model, os, brand,
        manufacturer, note, notes, comment, comments, remark, remarks, optin, opt, opted, allowed, permission,
        preference, format, formatted by, date, time, times, timestamp, count, total, calls, attempts, result,
        outcome, duration, plan, contract, provider name, network, app, version, device, lookup, score, hash,
        reason, id, owner, bill, invoice, cost, price, usage, charge, last call, last called, called at,
        email, e mail, mail, address, url, link, name, screen, is, has, do, does, may, can, missing, update,
        updated, created, changed, interview, survey, conversation, script, log, recording, rating, lines,
        minutes, language, known, available, availability, tariff
    """,
    "de": """
        anbieter, netz, status, verifiziert, geprüft, gültig, notiz, notizen, bemerkung, kommentar, datum,
        zeit, zeiten, uhrzeit, anzahl, ergebnis, dauer, vertrag, tarif, modell, gerät, marke, einwilligung,
        zustimmung, erlaubt, name, adresse, mail, rechnung, kosten, gespräch, interview, grund, verfügbar
    """,
    "nl": """
        provider, netwerk, status, geverifieerd, notitie, opmerking, datum, tijd, aantal, resultaat,
        toestemming, naam, adres, merk
    """,
    "fr": """
        opérateur, statut, vérifié, valide, note, notes, remarque, commentaire, date, heure, nombre, résultat,
        durée, consentement, nom, adresse, marque, modèle, forfait
    """,
    "es": """
        operador, operadora, estado, verificado, válido, nota, notas, observaciones, comentario, fecha, hora,
        horario, cantidad, resultado, duración, consentimiento, nombre, dirección, marca, modelo
    """,
    "pt": """
        operadora, estado, verificado, válido, nota, observação, observações, comentário, data, hora, horário,
        quantidade, resultado, duração, consentimento, nome, endereço, marca, modelo
    """,
    "it": """
        operatore, stato, verificato, valido, nota, note, commento, data, ora, orario, quantità, risultato,
        durata, consenso, nome, indirizzo, marca, modello
    """,
    "pl": """
        operator, sieć, zweryfikowany, ważny, notatka, uwagi, komentarz, data, godzina, liczba, wynik, zgoda,
        imię, nazwa, adres, model, marka
    """,
    "ru": """
        статус, проверен, подтвержден, заметка, примечание, комментарий, дата, время, количество, результат,
        согласие, имя, адрес, модель, марка, сеть
    """,
    "tr": """
        durum, durumu, doğrulandı, onay, not, notlar, açıklama, tarih, saat, sayısı, sonuç, ad, adı, isim,
        adres, marka, model
    """,
    "sv": """
        operatör, status, verifierad, anteckning, kommentar, datum, tid, antal, resultat, samtycke, namn,
        adress, märke
    """,
    "zh": "状态, 備註, 备注, 日期, 时间, 次数, 结果, 同意, 姓名, 地址, 型号, 品牌, 运营商, 归属地",
    "ja": "状態, 備考, 日付, 時間, 回数, 結果, 同意, 名前, 住所, 機種, キャリア",
    "ko": "상태, 비고, 날짜, 시간, 횟수, 결과, 동의, 이름, 주소, 기종, 통신사",
}
"""Something about the phone, not its number."""
FILL: Words = {
    "en": """
        a, an, the, of, for, or, and, s, at, on, in, by, with, we, us, please, is the, what is, what, which,
        to reach you on, incl, including, current, new, where, can be reached, best, full, e g, eg, like,
        format, int, intl, international, national, enter, give, provide, during, hours, when, if, you,
        with country code, with area code, incl country code, including country code, w country code,
        with code, first, 1st, one, data, info, details, field, column, list, c, custom, raw, clean, cleaned,
        formatted, standardized, normalized, complete
    """,
    "de": """
        der, die, das, des, dem, den, ein, eine, unter, und, oder, für, von, vom, am, im, mit, ohne, bitte,
        ist, lautet, welche, mit vorwahl, inkl vorwahl, mit ländervorwahl, neue, neu, aktuelle, vollständig
    """,
    "nl": "de, het, een, van, voor, en, of, op, uw, met",
    "fr": "le, la, les, l, de, du, des, d, un, une, à, au, et, ou, pour, avec, en, mon, sur, quel, est",
    "es": "el, la, los, las, de, del, un, una, y, o, para, con, en, a, al, por, favor",
    "pt": """
        o, a, os, as, de, do, da, dos, das, um, uma, e, ou, para, com, em, no, na, por, favor, ddd, com ddd
    """,
    "it": "il, lo, la, i, gli, le, di, del, della, dello, dei, un, una, e, o, per, con, a, al",
    "pl": "do, z, i, lub, na, dla, kontaktowy, kontaktu",
    "cs": "na, do, a, nebo, pro, z",
    "ro": "de, la, și, sau, pentru, cu, al, a",
    "ru": "для, и, или, с, на, по, в, ваш, связи",
    "uk": "для, та, або, з, на",
    "el": "του, της, το, τα, και, ή, για, με, επικοινωνίας",
    "tr": "ve, veya, için, ile",
    "sv": "och, eller, för, till, med",
    "da": "og, eller, for, til, med",
    "no": "og, eller, for, til, med",
    "fi": "ja, tai",
    "ar": "ال, في, من, مع, و",
    "fa": "و, با, از",
    "he": "של, או, עם",
    "hi": "का, की, के, या, और",
    "vi": "của, và, hoặc",
    "id": "yang, dan, atau, untuk, yg",
    "zh": "的, 您的, 您",
    "ja": "の, ご, お",
}
"""Says nothing."""
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
DO_NOT_CALL: Words = {
    "en": """
        do not call, dont call, don t call, donotcall, do not phone, do not contact, do not dial, never call,
        never contact, no call, no calls, dnc, dncl, dnd, do not disturb, opt out, opted out, optout,
        optedout, call opt out, phone opt out, has opted out of calls, blacklist, blacklisted, black listed,
        blocklist, blocked, block list, blocklisted, suppress, suppressed, suppression, unsubscribe,
        unsubscribed, tps, ctps, tps registered, on tps, not to be called, no phone calls, no marketing calls,
        stop calling, calling prohibited, exclude from calls, do not solicit, donot call, donot contact,
        no contact, call block, calls blocked, not call, no telemarketing, litigator, stop call, stop calls,
        excluded from calling
    """,
    "de": """
        nicht anrufen, bitte nicht anrufen, werbesperre, anrufsperre, telefonsperre, sperre, gesperrt,
        sperrliste, kein anruf, keine anrufe, keine werbung, widerspruch, werbewiderspruch, robinson,
        robinsonliste, nicht kontaktieren, kontaktsperre, abgemeldet, schwarze liste, nicht telefonieren,
        opt out
    """,
    "nl": """
        niet bellen, bel me niet, bel mij niet, niet contacteren, bel me niet register, geblokkeerd,
        niet benaderen, uitgeschreven, afgemeld, bnr
    """,
    "fr": """
        ne pas appeler, ne pas contacter, liste rouge, bloctel, opposition, désinscrit, désabonné,
        liste noire, ne plus appeler, ne pas téléphoner, ne pas démarcher, opposé
    """,
    "es": """
        no llamar, no contactar, lista negra, lista robinson, bloqueado, baja, dado de baja, no molestar,
        no llame, excluido
    """,
    "pt": """
        não ligar, não chamar, não contactar, não contatar, não perturbe, bloqueado, lista negra,
        descadastrado, nao ligar, não me ligue, não telefonar
    """,
    "it": """
        non chiamare, non contattare, lista nera, bloccato, registro opposizioni, opposizione, disiscritto,
        non telefonare
    """,
    "pl": """
        nie dzwonić, nie dzwoń, nie kontaktować, zablokowany, czarna lista, sprzeciw, lista robinsonów,
        wypisany, nie dzwonic
    """,
    "cs": "nevolat, nekontaktovat, blokováno, zablokovaný, černá listina, nevolejte, odhlášen, zákaz volání",
    "sk": "nevolať, nekontaktovať, blokovaný, čierna listina, nevolajte, zákaz volania",
    "hu": """
        ne hívja, nem hívható, tiltólista, tiltott, letiltva, ne keresse, ne hívd, robinson lista,
        leiratkozott
    """,
    "ro": "nu suna, nu sunați, nu contactați, blocat, lista neagră, dezabonat",
    "hr": "ne zvati, ne kontaktirati, blokiran, crna lista, ne zovi",
    "sr": "не звати, не контактирати, блокиран, ne zvati",
    "bg": "не звънете, не се обаждай, блокиран, черен списък, не търси",
    "ru": """
        не звонить, не беспокоить, черный список, чс, заблокирован, отписан, отказ от звонков, стоп лист,
        запрет звонков, не связываться, отказался от звонков, запрет на звонки
    """,
    "uk": """
        не дзвонити, не телефонувати, чорний список, заблокований, відмова від дзвінків, не турбувати,
        відписаний
    """,
    "el": "μην καλείτε, να μην κληθεί, μη κλήση, μητρώο 11, αποκλεισμένος, μην καλεσετε",
    "tr": "aramayın, aranmasın, kara liste, engelli, iys ret, ret, arama yapma, aramayin",
    "sv": """
        ring inte, ring ej, ej ring, spärrad, nix, nix registrerad, kontakta inte, spärr, nixad,
        får ej ringas, ej samtal
    """,
    "da": "ring ikke, ringes ikke, robinsonlisten, spærret, kontakt ikke, må ikke ringes, må ikke kontaktes",
    "no": """
        ikke ring, ring ikke, reservert, reservasjon, sperret, ikke kontakt, reservasjonsregisteret,
        kontakt ikke
    """,
    "fi": """
        älä soita, ei soittoa, soittokielto, estetty, markkinointikielto, puhelinmarkkinointikielto,
        ei saa soittaa, suoramarkkinointikielto, kielto
    """,
    "et": "mitte helistada, ära helista, blokeeritud, keelatud",
    "lv": "nezvanīt, bloķēts",
    "lt": "neskambinti, užblokuotas",
    "ar": "عدم الاتصال, لا تتصل, ممنوع الاتصال, محظور, القائمة السوداء, لا يتصل به",
    "fa": "تماس نگیرید, لیست سیاه, مسدود",
    "he": "לא להתקשר, אין להתקשר, חסום, רשימה שחורה, אל תתקשר",
    "hi": "कॉल न करें, कॉल ना करें, काली सूची, अवरुद्ध",
    "vi": "không gọi, đừng gọi, chặn, danh sách đen, từ chối nhận cuộc gọi",
    "id": "jangan hubungi, jangan telepon, jangan ditelepon, daftar hitam, diblokir, jangan dihubungi",
    "ms": "jangan hubungi, jangan telefon, senarai hitam",
    "th": "ห้ามโทร, ไม่ต้องโทร, บัญชีดำ, ไม่รับสาย",
    "zh": """
        请勿致电, 勿拨, 不要拨打, 禁呼, 黑名单, 黑名單, 勿扰, 免打扰, 拒绝来电, 請勿致電, 勿擾, 禁止拨打,
        停止联系, 请勿联系, 谢绝来电
    """,
    "ja": """
        電話不可, 架電禁止, 連絡不可, ブラックリスト, 電話禁止, 架電不可, 架電ng, 電話ng, 拒否, 着信拒否,
        連絡禁止
    """,
    "ko": "전화금지, 전화 금지, 수신거부, 연락금지, 블랙리스트, 두낫콜, 통화금지, 전화거부",
}
DO_NOT_CALL_ALONE: Words = {
    "death": """
        date of death, death date, deceased date, deceased on, deceased at, dod, sterbedatum, todesdatum,
        todestag,
        verstorben am, gestorben am, date de décès, date du décès, fecha de fallecimiento, fecha de defunción,
        data de falecimento, data do óbito, data decesso, data di decesso, overlijdensdatum, datum overlijden,
        data zgonu, datum úmrtí, halál dátuma, data decesului, дата смерти, дата смерті, dödsdatum,
        dødsdato, kuolinpäivä,
        ölüm tarihi, 死亡日期, 死亡日, 사망일
    """,
    "en": """
        stop, stopped, exclude from campaign, exclude from campaigns, exclude, excluded, exclusion,
        ineligible, not eligible, unreachable, not reachable,
        revoked,
        revoke, consent revoked, consent withdrawn, withdrawn, permission withdrawn, wrong number, wrong no,
        wrong person, bad number, deceased, dead, died, disconnected, out of service, number disconnected,
        not in service, invalid number, objected, objection, has objected, refused, refuses calls, declined,
        do not use, remove, removed, remove me, remove from list, never, no longer wants calls, no marketing,
        skip, skipped, skip call, unsub, unsub date, unsub time, unsub reason, unsubscribed at, unsubscribe date,
        unsubscribe time,
        restricted, quit, cease, cease and desist, ndnc, dncr, ncpr, dnd registered, national dnc,
        federal dnc,
        state dnc, internal dnc, company dnc, dncr registered, ncpr registered, mps, wireless dnc,
        known litigator, opt outs, unsubs
    """,
    "de": """
        anrufverbot, sperrkennzeichen, sperrvermerk, werbeverbot, kontaktverbot, telefonverbot,
        anruf verboten, gesperrt am,
        ablehnung,
        abgelehnt, verstorben, gestorben, tot, falsche nummer, nummer falsch, unerreichbar, nicht erreichbar,
        widerrufen, widerruf, kündigung widerruf, ausgeschlossen, ausschluss, werbewiderruf,
        telefonwiderspruch,
        ecg liste, rtr liste, sterneintrag, sterneintrag telefonbuch
    """,
    "nl": """
        belverbod, overleden, verkeerd nummer, fout nummer, onbereikbaar, uitgesloten, uitsluiten, bezwaar,
        verzet,
        ingetrokken, recht van verzet, weigering, geweigerd
    """,
    "fr": """
        ne pas déranger, décédé, décédée, décès, mauvais numéro, faux numéro, numéro erroné, injoignable,
        exclu, exclure,
        exclusion,
        refus, refus d'appel, refuse, révoqué, retiré, opposition téléphonique, interdit d'appel, stop appel,
        stop appels, pacitel
    """,
    "es": """
        fallecido, fallecida, fallecimiento, número equivocado, número erróneo, inalcanzable, ilocalizable,
        excluir,
        excluida, exclusión, revocado, rechazado, rechazo, rechaza, retirado, oposición, robinson, repep,
        reus,
        registro público de usuarios
    """,
    "pt": """
        recusa, recusou, recusado, falecido, falecida, óbito, número errado, inalcançável, incontactável,
        excluir,
        excluído, exclusão, revogado, retirado, oposição, não me perturbe, procon, bloqueio, bloqueio procon,
        opt out
    """,
    "it": """
        deceduto, deceduta, decesso, numero sbagliato, numero errato, irraggiungibile, irreperibile,
        escluso, esclusa,
        escludere, esclusione, revocato, revoca, rifiuto, rifiuta, rifiutato, ritirato, rpo,
        registro delle opposizioni
    """,
    "pl": """
        zmarły, zmarła, zgon, zły numer, błędny numer, nieosiągalny, wykluczony, wyklucz, wykluczenie, odmowa,
        wycofana zgoda, zgoda wycofana, wycofany, sprzeciw wobec połączeń, rezygnacja
    """,
    "cs": """
        zemřel, zemřela, zesnulý, úmrtí, špatné číslo, chybné číslo, nedostupný, vyloučen, vyloučit,
        odmítnutí,
        odmítl, odvolán, odvolaný souhlas, námitka, zákaz
    """,
    "sk": """
        zomrel, zomrela, zosnulý, zlé číslo, nesprávne číslo, nedostupný, vylúčený, odmietnutie, námietka,
        zákaz
    """,
    "hu": """
        elhunyt, meghalt, rossz szám, téves szám, hibás szám, elérhetetlen, nem elérhető, kizárt, kizárva,
        visszavont, visszavonva, elutasítás, elutasította, tiltakozás, ne hívják
    """,
    "ro": """
        decedat, decedată, număr greșit, indisponibil, exclus, excludere, refuz, refuzat, revocat, retras,
        opoziție
    """,
    "hr": "preminuo, umro, pogrešan broj, nedostupan, isključen, odbijanje, odbio, opozvano, zabrana",
    "sl": """
        umrl, pokojni, napačna številka, nedosegljiv, izključen, ne kliči, ne klicati, prepoved klicanja,
        zavrnitev
    """,
    "sr": "преминуо, умро, погрешан број, недоступан, искључен, одбијање, забрана",
    "bg": "починал, грешен номер, недостъпен, изключен, отказ, отказал, забрана, оттеглено",
    "ru": """
        отказ, отказы, отказался, отказалась, отозвано, отозван, опт аут, оптаут, опт-аут, умер, умерла,
        умерший,
        неверный номер, неправильный номер, ошибочный номер, не тот номер, недоступен, исключить, исключен,
        исключение, стоп, запрет, блок, блокировка, не обзванивать, отписка
    """,
    "uk": """
        відмова, відмовився, відкликано, опт аут, помер, померла, невірний номер, неправильний номер,
        помилковий номер,
        недоступний, виключити, виключено, стоп, заборона, не обдзвонювати, відписка
    """,
    "el": """
        αποθανών, απεβίωσε, λάθος αριθμός, μη διαθέσιμος, εξαίρεση, εξαιρείται, άρνηση, ανάκληση,
        μητρώο άρθρου 11
    """,
    "tr": """
        reddetti, reddedildi, iptal, vefat, vefat etti, öldü, yanlış numara, hatalı numara, ulaşılamaz,
        ulaşılamıyor,
        hariç, hariç tut, geri çekildi, iys red, red, iys durumu ret
    """,
    "sv": """
        avliden, död, fel nummer, felaktigt nummer, ej anträffbar, oanträffbar, utesluten, uteslut,
        exkludera, vägran,
        vägrar, återkallat, återkallad, nix telefon, nixtelefon
    """,
    "da": """
        afdød, død, forkert nummer, ikke tilgængelig, utilgængelig, ekskluder, ekskluderet, afslag, afvist,
        tilbagekaldt, trukket tilbage, robinson, frabedt
    """,
    "no": """
        avdød, død, feil nummer, utilgjengelig, ekskluder, ekskludert, avslag, avslått, trukket tilbake,
        tilbakekalt, reservert mot salg
    """,
    "fi": """
        kuollut, vainaja, väärä numero, virheellinen numero, tavoittamaton, ei tavoitettavissa, poissuljettu,
        poissulje, kieltäytyi, kieltäytynyt, peruutettu, peruttu, robinson
    """,
    "et": "surnud, vale number, kättesaamatu, välistatud, keeldus, tagasi võetud, keeld",
    "lv": "miris, nepareizs numurs, nav sasniedzams, izslēgts, atteikums, atsaukts, aizliegts",
    "lt": "miręs, mirusi, neteisingas numeris, nepasiekiamas, neįtraukti, atsisakė, atšauktas, draudžiama",
    "ar": "متوفى, رقم خاطئ, رقم خطأ, غير متاح, مستبعد, استبعاد, رفض, رافض, ملغي, إلغاء الاشتراك, ممنوع",
    "fa": "فوت شده, متوفی, شماره اشتباه, در دسترس نیست, مستثنی, رد, انصراف, لغو شده",
    "he": """
        נפטר, נפטרה, מספר שגוי, מספר לא נכון, לא זמין, להחריג, מוחרג, סירוב, סירב, בוטל, הוסר, הסר,
        אל תתקשרו אליי
    """,
    "hi": "मृत, मृतक, गलत नंबर, अनुपलब्ध, इनकार, मना किया, रद्द, बाहर",
    "vi": "đã mất, qua đời, sai số, không liên lạc được, loại trừ, từ chối, thu hồi, không gọi lại",
    "id": """
        meninggal, almarhum, salah nomor, nomor salah, tidak dapat dihubungi, dikecualikan, menolak,
        dicabut, tolak
    """,
    "ms": """
        meninggal dunia, nombor salah, salah nombor, tidak dapat dihubungi, dikecualikan, menolak,
        ditarik balik
    """,
    "th": "เสียชีวิต, เบอร์ผิด, ติดต่อไม่ได้, ยกเว้น, ปฏิเสธ, ถอนความยินยอม",
    "zh": """
        不要致电, 不要打电话, 不要打電話, 不要致電, 拒接, 拒绝, 拒絕, 已故, 去世, 过世, 過世, 错号, 錯號,
        号码错误, 號碼錯誤, 空号, 空號,
        无法接通, 無法接通, 联系不上, 排除, 退订, 退訂, 撤回, 已撤回, 屏蔽, 勿打, 勿电, 谢绝, 謝絕來電,
        拒绝营销, 停用
    """,
    "ja": """
        連絡ng, 死亡, 逝去, 故人, 番号違い, 間違い番号, 欠番, 不通, 連絡不能, 除外, 対象外, 撤回, 同意撤回, 停止,
        配信停止, 電話しない, 電話拒否,
        架電ストップ, 架電停止, 連絡拒否, 勧誘拒否
    """,
    "ko": """
        사망, 고인, 잘못된 번호, 오번호, 결번, 연락불가, 연락두절, 제외, 제외대상, 거부, 철회, 동의철회,
        전화거절, 수신 거부, 거절
    """,
}
"""Names that say so when they are all that a column is called,
with or without words such as `flag` (FLAG_WORDS);
within another name (`Bus stop`, `Date removed`) they do not."""
FLAG_WORDS: Words = {
    "all": """
        flag, flagged, indicator, status, list, listed, registry, register, registered, match,
        matched, hit, scrub, check, checked, yn, y, n, is, has, was, customer, contact,
        phone, call, calls, kennzeichen, kz, merkmal, eintrag, liste, statut, indicateur,
        indicador, estado, lista, stato, flagga, merkki, флаг, статус, признак, список, 标记, 標記, 标志,
        状态, 名单, フラグ, 区分, 여부, 상태
    """,
}
"""Words beside such a name that say nothing more."""
OTHER_CHANNEL: Words = {
    "en": """
        email, e mail, emails, mail, mailing, newsletter, newsletters, fax, sms, text, texts, text messages,
        post, direct mail, post mail, messages, whatsapp, push, letters, marketing emails, bulk email,
        bulk emails, advertising
    """,
    "de": "email, e mail, newsletter, fax, sms, post, brief, briefe, mailing",
    "fr": "email, mail, courriel, newsletter, sms, courrier",
    "es": "email, correo, correos, newsletter, boletín, sms",
    "pt": "email, e mail, correio, newsletter, sms",
    "it": "email, posta, newsletter, sms",
    "nl": "email, e mail, nieuwsbrief, sms, post",
    "pl": "email, mail, newsletter, sms",
    "ru": "почта, email, рассылка, смс, письма",
    "zh": "邮件, 短信, 電郵",
    "ja": "メール",
    "ko": "이메일, 문자",
}
"""Beside words for do-not-call: somebody said no, but to something else than calls. That is asked."""
PERMISSION: Words = {
    "en": """
        ok to call, okay to call, may call, can call, may we call, can we call, allow calls, allow call,
        allows calls, call allowed, calls allowed, callable, call permission, permission to call,
        phone permission, accepts calls, accept calls, agrees to calls, can be called, may be called, call ok,
        phone ok, may contact, ok to contact, okay to contact, can contact, may we contact you,
        can we contact you, may be contacted, contactable, call consent, phone consent, telephone consent,
        consent to call, consent to calls, consents to calls, opt in, optin, opted in, call opt in,
        phone opt in, consent, consented, has consent, consent given, gdpr consent, tcpa consent,
        marketing consent, consent flag, consent status, voice consent, accepts marketing, marketing opt in,
        permission, subscribed, express consent, written consent, ai call consent, robocall consent,
        marketing, marketing ok, marketing allowed, marketing permission, agreed, agrees, agreed to calls,
        accepts contact, opted in to calls, calls ok, allow marketing, allow contact, gdpr, gdpr ok, tcpa,
        pdpa,
        ccpa, lgpd, rgpd, consent to contact, marketing calls, telemarketing, phone marketing
    """,
    "de": """
        anruf erlaubt, anrufe erlaubt, darf angerufen werden, anrufen erlaubt, telefonisch kontaktierbar,
        telefonische kontaktaufnahme, telefonwerbung erlaubt, einwilligung, werbeeinwilligung, zustimmung,
        einverständnis, werbeerlaubnis, einwilligung telefon, telefoneinwilligung, opt in,
        darf kontaktiert werden, kontakt erlaubt, werbung erlaubt, einverstanden, eingewilligt, zugestimmt,
        anruf ok, darf anrufen, dsgvo, dsgvo einwilligung, datenschutz einwilligung, telefonmarketing
    """,
    "nl": """
        mag gebeld worden, bellen toegestaan, toestemming, mag gebeld, toestemming bellen, opt in, akkoord
    """,
    "fr": """
        appel autorisé, appels autorisés, peut être appelé, consentement, accord, autorisation, opt in,
        accepte les appels, accepte, d'accord, consent
    """,
    "es": """
        llamar permitido, se puede llamar, acepta llamadas, consentimiento, autorización, autoriza,
        autoriza llamadas, opt in, acepta, de acuerdo
    """,
    "pt": """
        pode ligar, aceita ligações, consentimento, autorização, autoriza, autoriza contato, opt in, aceita,
        de acordo
    """,
    "it": """
        chiamata consentita, consenso, autorizzazione, consenso chiamate, consenso marketing, opt in,
        acconsente,
        d'accordo
    """,
    "pl": """
        można dzwonić, zgoda, zgoda na kontakt, zgoda na telefon, zgoda marketingowa,
        zgoda na kontakt telefoniczny
    """,
    "cs": "souhlas, lze volat, souhlas s voláním, souhlasí",
    "sk": "súhlas, možno volať",
    "hu": "hívható, hozzájárulás, hozzájárult",
    "ro": "consimțământ, acord, acceptă apeluri",
    "ru": "можно звонить, согласие, согласие на звонки, согласие на обзвон, разрешение на звонки, согласен",
    "uk": "можна дзвонити, згода, згода на дзвінки",
    "el": "συγκατάθεση, συναίνεση",
    "tr": "aranabilir, onay, izin, iys onay, arama izni, iys izni, rıza, açık rıza",
    "sv": "får ringas, samtycke, får kontaktas",
    "da": "må ringes til, samtykke, må kontaktes",
    "no": "kan ringes, samtykke, kan kontaktes",
    "fi": "saa soittaa, suostumus, lupa soittaa, lupa",
    "ar": "يمكن الاتصال, موافقة, الموافقة",
    "he": "אישור התקשרות, הסכמה, מותר להתקשר",
    "hi": "सहमति",
    "vi": "đồng ý, được gọi",
    "id": "boleh dihubungi, persetujuan, boleh ditelepon",
    "zh": "同意, 可致电, 可联系, 可拨打, 允许联系, 授权",
    "ja": "同意, 電話可, 架電可, 承諾",
    "ko": "동의, 전화가능, 수신동의, 마케팅동의, 통화가능",
}
CONSENT_AT: Words = {
    "en": """
        consent date, consent at, consent time, consent timestamp, consented at, consented on,
        consent given at, consent given on, date of consent, opt in date, opt in time, opt in timestamp,
        optin date, optin at, opted in at, opted in on, opted in date, opt in at, subscription date,
        subscribed at, permission date, date consent given, consent datetime, gdpr consent date, tcpa date,
        tcpa consent date, agreement date, consent received, consent received at, consent recorded at,
        opt in on, agreed at, agreed on, permission given at, permission at, marketing consent date,
        marketing consent at, call consent date, call consent at
    """,
    "de": """
        einwilligungsdatum, datum der einwilligung, einwilligung am, einwilligung vom, zustimmungsdatum,
        opt in datum, einwilligung datum, einwilligungszeitpunkt, zustimmung am, eingewilligt am
    """,
    "nl": "toestemmingsdatum, datum toestemming, toestemming op, opt in datum, datum van toestemming",
    "fr": """
        date de consentement, date du consentement, date consentement, date opt in, consentement le,
        date d'optin, consentement date
    """,
    "es": """
        fecha de consentimiento, fecha consentimiento, fecha del consentimiento, fecha de autorización,
        fecha opt in
    """,
    "pt": """
        data de consentimento, data do consentimento, data consentimento, data opt in, data da autorização
    """,
    "it": "data consenso, data del consenso, data opt in, data di consenso",
    "pl": "data zgody, data wyrażenia zgody, data udzielenia zgody",
    "cs": "datum souhlasu",
    "sk": "dátum súhlasu",
    "hu": "hozzájárulás dátuma, hozzájárulás ideje",
    "ru": "дата согласия, дата получения согласия, согласие дата",
    "uk": "дата згоди",
    "tr": "onay tarihi, izin tarihi, rıza tarihi",
    "sv": "samtyckesdatum, datum för samtycke",
    "da": "samtykkedato, dato for samtykke",
    "no": "samtykkedato, dato for samtykke",
    "fi": "suostumuspäivä, suostumuksen päivämäärä",
    "ar": "تاريخ الموافقة",
    "he": "תאריך הסכמה",
    "zh": "同意日期, 同意时间, 授权日期, 授权时间",
    "ja": "同意日, 同意日時, 承諾日",
    "ko": "동의일, 동의일자, 동의일시, 동의날짜",
}
CONSENT_SOURCE: Words = {
    "en": """
        consent source, source of consent, opt in source, optin source, consent method, opt in method,
        consent channel, consent origin, consent proof, consent url, opt in page, opt in url, consent type,
        consent text, opt in form, permission source, consent form, consent language, consent evidence,
        opt in channel, subscription source, consent id, consent record
    """,
    "de": """
        einwilligungsquelle, quelle der einwilligung, opt in quelle, zustimmungsquelle, einwilligung quelle,
        einwilligungsart
    """,
    "nl": "bron toestemming, toestemmingsbron, bron van toestemming",
    "fr": "source du consentement, source consentement, origine du consentement, source opt in",
    "es": """
        fuente de consentimiento, origen consentimiento, fuente del consentimiento, origen del consentimiento,
        medio de consentimiento
    """,
    "pt": "fonte de consentimento, origem do consentimento, origem consentimento, fonte do consentimento",
    "it": "fonte consenso, origine consenso, fonte del consenso",
    "pl": "źródło zgody",
    "ru": "источник согласия",
    "tr": "onay kaynağı, izin kaynağı",
    "sv": "källa för samtycke, samtyckeskälla",
    "zh": "同意来源, 授权来源",
    "ja": "同意元, 同意方法",
    "ko": "동의출처, 동의경로",
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
TRUE_VALUES: Words = {
    "signs": "1, x, ✓, ✔, ☑, ☒, ×, *, +, ●, checked, on, set",
    "en": """
        true, t, yes, y, yeah, yep, opted out, opt out, dnc, do not call, stop, blocked, never, registered,
        unsubscribed, refused, suppressed, granted, given, opted in, opt in, subscribed, agreed, ok, okay,
        allowed, enabled, active
    """,
    "de": "ja, j, wahr, gesperrt, w",
    "nl": "ja, waar",
    "fr": "oui, o, vrai",
    "es": "sí, si, s, verdadero",
    "pt": "sim, s, verdadeiro",
    "it": "sì, si, s, vero",
    "pl": "tak, t, prawda",
    "cs": "ano, a, pravda",
    "sk": "áno, ano, pravda",
    "hu": "igen, i, igaz",
    "ro": "da, adevărat",
    "hr": "da, istina",
    "sr": "да, da",
    "sl": "da, drži",
    "bg": "да, истина",
    "ru": "да, д, истина, верно",
    "uk": "так, істина",
    "be": "так",
    "el": "ναι, αληθές, αληθής",
    "tr": "evet, e, doğru",
    "az": "bəli",
    "sv": "ja, j, sant",
    "da": "ja, j, sand",
    "no": "ja, j, sann",
    "fi": "kyllä, k, tosi, joo",
    "et": "jah, tõene",
    "lv": "jā, patiess",
    "lt": "taip, tiesa",
    "is": "já",
    "ar": "نعم, صح, صحيح",
    "fa": "بله, آری, درست",
    "ur": "ہاں, جی ہاں",
    "he": "כן, אמת, נכון",
    "hi": "हाँ, हां, जी हाँ, सत्य",
    "bn": "হ্যাঁ",
    "vi": "có, đúng",
    "id": "ya, benar",
    "ms": "ya, benar",
    "th": "ใช่, จริง",
    "zh": "是, 对, 真, 有, 對, 是的",
    "ja": "はい, 有, あり, 済, 可, ○, 〇, 真",
    "ko": "예, 네, 참, 유",
    "sw": "ndiyo",
}
REFUSED_VALUES: Words = {
    "en": """
        denied, withdrawn, revoked, declined, refused, rejected, opted out, opt out, unsubscribed, not given,
        none given, blocked, dnc, do not call, no consent, not granted,
        not opted in, optout, opted-out, opt-out, not agreed, disagreed, disagree, rescinded, objected,
        unsubscribe, suppressed, deny, decline, refuse, reject, disallow, disallowed, forbidden, prohibited,
        unwanted, opposed, do not use
    """,
    "de": """
        verweigert, widerrufen, abgelehnt, nicht erteilt, entzogen, zurückgezogen, unerwünscht, untersagt,
        verboten, widersprochen
    """,
    "fr": "refusé, refusée, retiré, refuse, non donné, interdit, opposé, indésirable, non souhaité",
    "es": "denegado, rechazado, retirado, revocado, prohibido, denegada, revocada, no deseado",
    "pt": "negado, recusado, retirado, revogado, proibido, negada, revogada",
    "it": "negato, rifiutato, revocato, ritirato, vietato, negata, revocata",
    "nl": "geweigerd, ingetrokken, verboden, ongewenst",
    "pl": "odmowa, wycofana, odmówiono",
    "ru": "отказ, отозвано, отказано",
    "tr": "ret, red, reddedildi, geri çekildi, onaysız, yok, izinsiz",
    "uk": "відмова, відкликано, відмовлено",
    "cs": "odvolán, odmítnuto, odvoláno, zamítnuto, odmítl",
    "sk": "odvolané, odmietnuté, zamietnuté",
    "hu": "visszavonva, elutasítva, visszavont, megtagadva",
    "ro": "refuzat, retras, revocat, respins",
    "sv": "återkallat, nekat, avvisat, återkallad, nekad",
    "da": "afvist, trukket tilbage, tilbagekaldt, nægtet",
    "no": "avslått, trukket tilbake, tilbakekalt, nektet",
    "fi": "peruttu, kieltäytyi, evätty, peruutettu",
    "el": "ανακλήθηκε, αρνήθηκε, άρνηση",
    "bg": "отказано, оттеглено, отказ",
    "hr": "odbijeno, povučeno, opozvano",
    "ar": "مرفوض, مسحوب, رفض",
    "he": "סירב, בוטל, נדחה",
    "vi": "từ chối, thu hồi, đã rút",
    "id": "ditolak, dicabut, menolak",
    "th": "ปฏิเสธ, ถอนแล้ว",
    "zh": "拒绝, 拒絕, 已撤回, 撤回, 不同意, 未同意, 取消",
    "ja": "拒否, 撤回, 取消, 同意しない, 不同意, 未同意",
    "ko": "거부, 철회, 동의안함, 미동의, 동의 안함, 취소",
}
"""No, where a column says who may be called: the same words may be a yes to do-not-call."""
UNSETTLED_VALUES: Words = {
    "en": """
        stop, expired, never, cancelled, canceled, removed, terminated, invalid, lapsed, pending, unknown,
        not yet, requested, out
    """,
}
"""A no as well, but only where a column is about consent by its name: elsewhere they say something else."""
AGREED_VALUES: Words = {
    "en": """
        allow, allowed, allows, agree, agreed, agrees, accept, accepted, accepts, consent, consented, consents,
        permit, permitted, permits, authorize, authorized, authorise, authorised, grant, granted, approve,
        approved, opted in, opt in, opt-in, subscribed, welcome, wanted
    """,
    "de": """
        erlaubt, erlaube, erteilt, einverstanden, zugestimmt, stimme zu, zustimmung, erwünscht, gestattet,
        genehmigt, eingewilligt, willige ein
    """,
    "nl": "toegestaan, akkoord, gegeven, gewenst",
    "fr": "autorisé, autorisée, autorise, accepte, accepté, accordé, d'accord, consent, souhaité",
    "es": "autorizo, autorizado, autorizada, autoriza, acepto, acepta, aceptado, permitido, concedido, consiento",
    "pt": "autorizo, autorizado, autoriza, aceito, aceita, aceite, permitido, concedido, consinto",
    "it": "autorizzo, autorizzato, autorizza, accetto, accetta, accettato, consentito, acconsento, concesso",
    "pl": "zgadzam, wyrażam, wyrażona, zezwalam, udzielona",
    "cs": "souhlasím, souhlasí, povoleno, udělen",
    "sk": "súhlasím, súhlasí, povolené, udelený",
    "hu": "engedélyezve, engedélyezem, hozzájárulok, megadva",
    "ro": "accept, acceptat, permis, acordat",
    "hr": "dopušteno, dozvoljeno, slažem, pristajem",
    "ru": "согласен, согласна, разрешаю, разрешено, дано, есть",
    "uk": "згоден, згодна, дозволяю, дозволено, надано",
    "bg": "съгласен, съгласна, разрешено, дадено",
    "sv": "godkänt, godkänd, godkänner, tillåtet, samtycker, accepterar",
    "da": "tilladt, godkendt, samtykker, accepterer, givet",
    "no": "tillatt, godkjent, samtykker, aksepterer, gitt",
    "fi": "sallittu, hyväksyn, hyväksytty, suostun, annettu",
    "tr": "izin verildi, onaylandı, kabul, onaylı, var",
    "el": "επιτρέπεται, συμφωνώ, αποδέχομαι, δόθηκε",
    "ar": "مسموح, موافق, أوافق",
    "he": "מותר, מאושר, מסכים, מאשר",
    "vi": "đồng ý, cho phép",
    "id": "setuju, diizinkan",
    "th": "อนุญาต, ยินยอม",
    "zh": "同意, 允许, 允許, 许可, 許可, 已授权",
    "ja": "同意する, 同意, 許可, 承諾",
    "ko": "동의, 동의함, 허용, 허락",
}
"""A yes that needs no question to be understood; with a word such as not before it, a no."""
NEGATIONS: Words = {
    "all": """
        no, not, don, dont, doesn, cannot, never, non, ne, pas, nicht, kein, keine, nie, niet, geen, nao,
        nem, nu, не, ні, нет, δεν, μη, ej, inte, ikke, ei, degil, لا, غير, لم, אל, לא, नहीं, khong, tidak,
        jangan, ไม่, 不, 未, 안
    """,
}
"""Not, folded."""
DO_NOT_CALL_VALUES: Words = {
    "en": """
        dnc, do not call, do not contact, don't call, do not phone, opted out, opt out, opted-out, opt-out,
        unsubscribed, blacklisted, blacklist, never call, never contact, dncl, on dnc, dnc list, dnc request,
        requested dnc, stop calling, remove from list, do not dial
    """,
    "de": """
        nicht anrufen, nicht kontaktieren, werbesperre, anrufsperre, kontaktsperre, keine anrufe, abgemeldet,
        robinsonliste, widersprochen
    """,
    "nl": "niet bellen, niet benaderen, uitgeschreven, afgemeld, bel-me-niet",
    "fr": "ne pas appeler, ne plus appeler, ne pas contacter, bloctel, désinscrit, désabonné",
    "es": "no llamar, no contactar, lista negra, lista robinson, no desea llamadas",
    "pt": "não ligar, nao ligar, não contatar, não contactar, lista negra, descadastrado",
    "it": "non chiamare, non contattare, registro opposizioni",
    "pl": "nie dzwonić, nie dzwonic, nie kontaktować, czarna lista",
    "cs": "nevolat, nekontaktovat",
    "sk": "nevolať, nekontaktovať",
    "hu": "ne hívja, nem hívható, tiltólista",
    "ro": "nu suna, nu sunați, nu contactați",
    "ru": "не звонить, не беспокоить, черный список, чёрный список, отказ от звонков",
    "uk": "не дзвонити, не телефонувати, чорний список",
    "el": "μην καλείτε",
    "tr": "aramayın, aranmasın, kara liste",
    "sv": "ring inte, ring ej, kontakta inte, nix registrerad",
    "da": "ring ikke, kontakt ikke, robinsonlisten",
    "no": "ikke ring, ring ikke, reservert mot telefonsalg",
    "fi": "älä soita, soittokielto, ei saa soittaa",
    "ar": "عدم الاتصال, لا تتصل, القائمة السوداء",
    "he": "לא להתקשר, אין להתקשר",
    "hi": "कॉल न करें",
    "vi": "không gọi",
    "id": "jangan hubungi, jangan telepon",
    "th": "ห้ามโทร",
    "zh": "请勿致电, 勿拨, 禁呼, 黑名单, 黑名單, 免打扰, 不要拨打",
    "ja": "架電禁止, 電話不可, 架電不可, 電話禁止",
    "ko": "전화금지, 수신거부, 블랙리스트",
}
"""Values of a column such as `Status` that say by themselves that the person must not be called."""
NOT_TO_CALL_MARKS: Words = {
    "more": """
        not to call, not want to be called, doesn't want to be called, don't want to be called,
        t want to be called,
        no longer wants to be called, not wish to be called, wants no calls, not want calls,
        not to be contacted, not want to be contacted, stop contacting, never contact again,
        remove from list, remove from the list, remove from your list, remove from call list, take me off,
        nicht mehr angerufen, nicht mehr kontaktiert, nicht kontaktiert werden, nicht anzurufen,
        nicht mehr anzurufen, keine werbeanrufe, keine weiteren anrufe, keinen anruf mehr, ruft nicht mehr an,
        rufen sie nicht mehr an, nicht mehr telefonieren, niet meer gebeld, niet meer contacteren,
        ne plus être contacté, ne plus l'appeler, ne pas l'appeler, ne plus le contacter,
        ne plus la contacter,
        plus être appelée, plus être contactée, pas être appelée, arrêter d'appeler, cesser d'appeler,
        no le llamen, no la llamen, no lo llamen, no me llamen, no me llame, no le llame, no se le llame,
        no se llame,
        que no le llamen, no quiere que la llamen, no quiere que lo llamen, no quiere recibir llamadas,
        no desea llamada,
        no desea recibir llamadas, no desea ser contactado, no quiere ser contactado, no volver a contactar,
        non chiamatemi, non chiamarmi, non mi chiamate, non chiamarlo, non chiamarla, non vuole chiamate,
        non vuole più essere chiamato, non vuole più essere contattato, non desidera chiamate,
        não me ligue, não me liguem, não lhe liguem, não quer ser contactado, não quer ser contatado,
        não quer mais ligações,
        nie chce być kontaktowany, nie chce rozmów, nie życzy sobie dzwonienia, nepřeje si být kontaktován,
        nechce být volán, vill inte ha samtal, vill inte bli kontaktad, ønsker ikke at blive kontaktet,
        ønsker ikke å bli kontaktet, ei halua soittoja, nu dorește să fie contactat, nu mai doresc apeluri
    """,
    "en": """
        stop, deceased, dead, passed away, disconnected, wrong number, wrong person, revoked, consent revoked,
        consent withdrawn, withdrawn consent, no consent, does not want calls, not to be called, no calls,
        no more calls,
        do not ring, suppressed, suppress, litigator, known litigator, refused calls, refuses calls,
        opted out of calls, suppression, suppression list, do not use, email only, e-mail only, mail only,
        text only, texts only, sms only, post only, by email only, only email, only by email, only text,
        cease and desist, never call again, take off list, remove me, take me off your list, donotcall,
        do-not-call,
        dont call, do not call again, don't call again, please do not call, stop calling me, don't phone,
        no phone calls, do not contact again, out of service, on do not call list, asked not to be called,
        tps registered
    """,
    "de": """
        verstorben, gestorben, anrufverbot, sperrvermerk, falsche nummer, gesperrt, werbewiderspruch,
        telefonsperre,
        nicht mehr anrufen, bitte nicht anrufen, bitte nicht mehr anrufen, nie wieder anrufen,
        will nicht angerufen werden,
        möchte nicht angerufen werden, möchte keine anrufe, keine anrufe mehr, keine anrufe gewünscht,
        wünscht keine anrufe, einwilligung widerrufen, kein anruf, nicht telefonieren,
        nicht mehr kontaktieren,
        anruf unerwünscht, anrufe unerwünscht, darf nicht angerufen werden, kein telefonkontakt
    """,
    "nl": """
        overleden, verkeerd nummer, niet meer bellen, bel niet meer, wil niet gebeld worden,
        niet gebeld worden,
        bel niet, bellen niet toegestaan, geen telefoontjes, nooit meer bellen, toestemming ingetrokken
    """,
    "fr": """
        décédé, décédée, mauvais numéro, faux numéro, ne plus contacter, ne pas téléphoner,
        ne plus téléphoner,
        ne pas rappeler, ne plus rappeler, ne veut pas être appelé, ne veut plus être appelé,
        ne souhaite pas être appelé, ne souhaite plus être appelé, ne m'appelez plus, ne m'appelez pas,
        n'appelez plus, n'appelez pas, ne pas démarcher, ne veux plus être appelé,
        ne veux pas être appelé, ne plus être appelé,
        consentement retiré, refuse les appels,
        opposition bloctel,
        ne souhaite plus être contacté
    """,
    "es": """
        fallecido, fallecida, número equivocado, no llame, no llamen, no llame más, no llamar más,
        no volver a llamar,
        no vuelvan a llamar, no quiere llamadas, no quiere que le llamen, no desea ser llamado,
        no contactar más,
        dejar de llamar, consentimiento revocado, no molestar, no telefonear, no quiere ser llamado
    """,
    "pt": """
        falecido, falecida, número errado, não ligar mais, não ligue, não liguem, não ligue mais, nao ligue,
        não quer ligações, não deseja ligações, não quer receber ligações, não deseja receber ligações,
        não telefonar, não contactar mais, parar de ligar, não perturbe, consentimento revogado
    """,
    "it": """
        deceduto, deceduta, numero sbagliato, non chiamare più, non chiamate, non chiamate più,
        non richiamare,
        non telefonare, non telefonate, non vuole essere chiamato, non vuole essere contattato,
        non desidera essere chiamato, non desidera essere contattato, non contattare più, non disturbare,
        consenso revocato, smettere di chiamare
    """,
    "pl": """
        zmarły, zmarła, nie żyje, zły numer, błędny numer, proszę nie dzwonić, nie dzwonić więcej, nie dzwoń,
        nie dzwońcie, nie telefonować, nie życzy sobie telefonów, nie chce telefonów,
        nie życzy sobie kontaktu,
        zgoda wycofana
    """,
    "cs": """
        zemřel, zemřela, špatné číslo, nevolejte, už nevolat, prosím nevolat, nepřeje si volat,
        nepřeje si hovory, nevolat znovu
    """,
    "sk": "zomrel, zomrela, zlé číslo, nevolajte, už nevolať, prosím nevolať, neželá si hovory",
    "hu": """
        elhunyt, meghalt, téves szám, rossz szám, ne hívják, ne hívjátok, ne hívd, ne hívni, többet ne hívja,
        ne hívják többet, nem kér hívást, ne telefonáljon, ne keressék
    """,
    "ro": """
        decedat, decedată, număr greșit, nu mai suna, nu mai sunați, nu dorește apeluri,
        nu vrea să fie sunat, nu apelați
    """,
    "hr": "preminuo, pogrešan broj, ne zvati, ne zovite, ne zvati više, ne želi pozive",
    "sl": "umrl, napačna številka, ne kličite, ne klicati, ne kliči, ne želi klicev",
    "sr": "преминуо, погрешан број, не звати, не зовите, не зови, ne zvati, ne zovite",
    "bg": """
        починал, грешен номер, не звънете, не се обаждайте, да не се звъни, не желае обаждания, не търсете
    """,
    "ru": """
        умер, умерла, неверный номер, не тот номер, не звоните, больше не звонить, не звонить больше,
        не обзванивать,
        не беспокоить, просит не звонить, просил не звонить, просила не звонить, просьба не звонить,
        не перезванивать,
        отказ от обзвона, отказался от звонков, отозвал согласие, отозвано согласие
    """,
    "uk": """
        помер, померла, не дзвоніть, більше не дзвонити, не телефонуйте, просить не дзвонити, невірний номер,
        не турбувати, відмова від дзвінків
    """,
    "el": """
        απεβίωσε, λάθος αριθμός, μην καλέσετε, να μην κληθεί, μην τηλεφωνείτε, μην ξανακαλέσετε,
        δεν θέλει κλήσεις
    """,
    "tr": """
        vefat etti, öldü, yanlış numara, tekrar aramayın, bir daha aramayın, lütfen aramayın,
        aranmak istemiyor,
        aranmak istemiyorum, arama yapmayın, aramayınız, arama istemiyor
    """,
    "sv": """
        avliden, fel nummer, vill inte bli uppringd, vill ej bli uppringd, ring inte mer, ring aldrig,
        ringer inte,
        får inte ringas, får ej ringas, inga samtal, vill inte ha samtal
    """,
    "da": """
        afdød, forkert nummer, ring ikke igen, ring ikke mere, må ikke ringes op, ønsker ikke opkald,
        ønsker ikke at blive ringet op
    """,
    "no": """
        avdød, feil nummer, ikke ring igjen, ring aldri, ønsker ikke å bli oppringt, ønsker ikke samtaler,
        må ikke ringes
    """,
    "fi": """
        kuollut, väärä numero, ei saa soittaa, älkää soittako, ei halua puheluita, ei soittoja, ei soiteta,
        älä soita enää
    """,
    "et": "surnud, vale number, mitte helistada, ära helista, ärge helistage, ei soovi kõnesid",
    "lv": "miris, nepareizs numurs, nezvanīt, nezvaniet, vairs nezvanīt, lūdzu nezvanīt",
    "lt": "miręs, neteisingas numeris, neskambinti, neskambinkite, daugiau neskambinti, prašome neskambinti",
    "ar": """
        متوفى, رقم خاطئ, لا تتصل, لا تتصلوا, عدم الاتصال, يرجى عدم الاتصال, لا يريد الاتصال, ممنوع الاتصال,
        لا تتصل به
    """,
    "fa": "فوت شده, تماس نگیرید, لطفا تماس نگیرید, زنگ نزنید, شماره اشتباه",
    "he": "נפטר, מספר שגוי, לא להתקשר, אין להתקשר, אל תתקשר, אל תתקשרו, נא לא להתקשר, לא מעוניין בשיחות",
    "hi": """
        मृत, गलत नंबर, कॉल न करें, कॉल ना करें, कॉल मत करें, फोन न करें, फ़ोन न करें, फोन मत करो,
        कॉल मत करो
    """,
    "vi": """
        đã mất, sai số, không gọi, đừng gọi, không gọi lại, đừng gọi nữa, không muốn nhận cuộc gọi,
        không được gọi
    """,
    "id": """
        meninggal, salah nomor, jangan hubungi, jangan telepon, jangan ditelepon, jangan dihubungi,
        jangan hubungi lagi, tidak mau dihubungi
    """,
    "ms": "meninggal dunia, nombor salah, jangan hubungi, jangan telefon, jangan hubungi lagi",
    "th": "เสียชีวิต, เบอร์ผิด, ห้ามโทร, อย่าโทร, ไม่ต้องโทร, ไม่ต้องการรับสาย, กรุณาอย่าโทร",
    "zh": """
        已故, 去世, 打错, 错号, 請勿致電, 请勿致电, 请勿来电, 請勿來電, 不要致电, 不要致電, 不要打电话,
        不要打電話, 勿打电话, 勿打電話,
        别打电话, 別打電話, 别再打, 別再打, 不要再打, 不要联系, 不要聯絡, 不要再联系, 请勿联系, 請勿聯絡,
        不接电话, 拒绝来电, 拒絕來電, 勿拨,
        禁止拨打, 谢绝来电, 不要拨打, 免打扰, 请勿打扰, 黑名单, 黑名單
    """,
    "ja": """
        死亡, 番号違い, 間違い電話, 電話しないで, 電話しない, 電話をかけない, 電話をしない, 電話お断り,
        電話はお断り, お電話はご遠慮, 電話不要, 連絡不要,
        連絡しない, 電話禁止, 架電禁止, 架電不可, 電話不可, 着信拒否, 連絡不可, かけないで
    """,
    "ko": """
        사망, 전화하지 마, 전화하지마, 전화 하지 마, 연락하지 마, 연락하지마, 전화 금지, 전화금지,
        전화 거부, 전화거부, 연락 금지, 연락금지,
        수신거부, 수신 거부, 전화 사절, 전화사절, 전화 원하지 않음
    """,
}
"""What notes, and the words behind a number,
say of somebody who is not to be called. As a whole cell each counts; within
a longer text those of two words and more, and those of scripts without blanks (column_notes.py)."""
WHOLE_CELL_MARKS: Words = {
    "en": """
        dead, suppress, suppressed, suppression, suppression list, litigator, disconnected, blacklist,
        blacklisted, stop, dncl, revoked, do not use
    """,
    "other": "gesperrt, miris, bloctel, abgemeldet, afgemeld, reservert",
}
"""Single words that count as a whole cell only: within a text they may be a name or say something else."""
FALSE_VALUES: Words = {
    "signs": "0, -, –, —, ☐, no value, n/a, na, none, null, nil, nan, n a, #n/a, \\n, off, unset, unchecked",
    "en": """
        false, f, no, n, nope, not opted out, not set, not registered, not blocked, not listed, opted in,
        callable, clean, clear, inactive, disabled
    """,
    "de": "nein, n, falsch",
    "nl": "nee, onwaar, n",
    "fr": "non, n, faux",
    "es": "no, n, falso",
    "pt": "não, nao, n, falso",
    "it": "no, n, falso",
    "pl": "nie, n, fałsz",
    "cs": "ne, n, nepravda",
    "sk": "nie, n, nepravda",
    "hu": "nem, n, hamis",
    "ro": "nu, n, fals",
    "hr": "ne, n, laž",
    "sr": "не, ne",
    "sl": "ne, napačno",
    "bg": "не, лъжа",
    "ru": "нет, н, ложь",
    "uk": "ні, хибність",
    "be": "не",
    "el": "όχι, ψευδές, ψευδής",
    "tr": "hayır, h, yanlış",
    "az": "xeyr, yox",
    "sv": "nej, n, falskt",
    "da": "nej, n, falsk",
    "no": "nei, n, usann",
    "fi": "ei, e, epätosi",
    "et": "ei, väär",
    "lv": "nē, nepatiess",
    "lt": "ne, netiesa",
    "is": "nei",
    "ar": "لا, خطأ",
    "fa": "خیر, نه, نادرست",
    "ur": "نہیں",
    "he": "לא, שקר",
    "hi": "नहीं, असत्य",
    "bn": "না",
    "vi": "không, sai",
    "id": "tidak, tdk, salah",
    "ms": "tidak, palsu",
    "th": "ไม่, ไม่ใช่, เท็จ",
    "zh": "否, 不, 假, 无, 沒有, 没有, 無, 不是",
    "ja": "いいえ, 無, なし, 偽, 不可",
    "ko": "아니오, 아니요, 거짓, 무",
    "sw": "hapana",
}
"""Values of a flag. Those that stand in both lists count as an answer, never as unreadable."""
