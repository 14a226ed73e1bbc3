"""Permission words: how people say in their files that somebody may be called, or may not, and yes or no. Data only,
written as in column_words.py."""

from __future__ import annotations

from .column_words import Words

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
