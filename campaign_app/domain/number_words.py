"""Number words: how people call columns of numbers, whose they are and what stands beside them. Data only, written as
in column_words.py."""

from __future__ import annotations

from .column_words import Words

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
