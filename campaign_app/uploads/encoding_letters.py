"""Letters of languages: by which an unnamed encoding is recognized. Data only.

A text that is decoded by the wrong codec has letters that no one language has together, signs within words, or
capitals after small letters; decoded by the right one it has these.
"""

from __future__ import annotations

LETTERS: dict[str, str] = {
    # Latin: letters beside a to z, the frequent ones first.
    "fr": "éèàêçôîûâùïëœ",
    "de": "üäöß",
    "es": "óíáéñúü",
    "pt": "ãçáéíóêõúâàô",
    "it": "èàòùéì",
    "ca": "àóèéíòúçïü",
    "nl": "ëïéöüè",
    "sv": "äöåé",
    "fi": "äöå",
    "da": "øåæéö",
    "is": "áíðéóúýþæö",
    "sq": "ëç",
    "pl": "łęąóżśćńź",
    "cs": "íáéěřýčžšůúťňďó",
    "sk": "áíéčšžýúľťňôďäóĺŕ",
    "hu": "áéöőóíüúű",
    "ro": "ăîâșțşţ",
    "hr": "čšžćđ",
    "sl": "čšž",
    "tr": "ıüşğöçâî",
    "et": "äõüöšž",
    "lv": "āīēšūņļžģčķ",
    "lt": "ėųšžįūčąę",
    "vi": "đáàâôăêơưãéíóúạảấầậắếềệìòốồộớờủứừựýẻẽỉịọỏổỗởỡợụũửữỳỵỷỹèùõĩằẳẵặẩẫểễ",
    # Other scripts: all letters, the frequent ones first.
    "ru": "оеаинтсрвлкмдпугяызбйьчхжцшюэщфёъ",
    "uk": "оаніирвтесклудмпзяьбгйчхцїжєюшщфґ",
    "be": "анеіоырстлкудмвпязьбгйчўшцхжюэфё",
    "bg": "аиоентрсвлкдпмзгяъубчцйжщхшюфь",
    "sr": "аиоенрсуткјвдмплгзбцшчћжљњхђфџ",
    "mk": "аоиентврскдпулмјзгцбшчжќњфхѓљџѕ",
    "el": "ατοιενρσκηπςυμλίόάγέδήωχθύφώβξζψϊϋ",
    "he": "יוהלרבתמאשנעםדקחפסכגטצןזךץף",
    "ar": "اليمونرتبةعدسفهكقأحجشطصىخإضذزثئغظآؤء",
    "fa": "ايردنهومتبسلکكشزفگعخقجآپحطصچژ",
    "th": "านรอกเงมยลวดทสตะปบคหแจพชขใไโธณภผซถญศษฉฐฎฏฑฒฌฆฮฬฤ",
}
MARKS = {
    "th": "่้ิีึืุู็์ัำๆฯํ",
    "he": "ְִֵֶַָֹֻּׁׂ",
    "ar": "ًٌٍَُِّْ",
    "vi": "\u0300\u0301\u0303\u0309\u0323",
}
"""Accents and vowels above and below letters, each a character of its own."""

REGIONS: dict[str, str] = {
    "ru": "RU BY KZ KG UA MD UZ TJ TM AM AZ GE EE LV LT",
    "uk": "UA",
    "be": "BY",
    "bg": "BG",
    "sr": "RS ME BA",
    "mk": "MK",
    "el": "GR CY",
    "he": "IL",
    "ar": "SA AE EG MA DZ TN LY SD IQ JO LB SY KW QA BH OM YE PS MR IL",
    "fa": "IR AF",
    "th": "TH",
    "tr": "TR CY",
    "pl": "PL",
    "cs": "CZ",
    "sk": "SK",
    "hu": "HU RO SK",
    "ro": "RO MD",
    "hr": "HR BA ME RS",
    "sl": "SI",
    "sq": "AL XK MK",
    "et": "EE",
    "lv": "LV",
    "lt": "LT",
    "vi": "VN",
    "ja": "JP",
    "ko": "KR KP",
    "zh": "CN SG",
    "zh-hant": "TW HK MO",
    "fr": "FR BE CH CA LU MC SN CI CM MA DZ TN RE GP MQ GF NC PF HT ML BF NE TG BJ CD CG GA MG",
    "de": "DE AT CH LI LU",
    "es": "ES MX AR CO PE VE CL EC GT CU BO DO HN PY SV NI CR PA UY PR GQ US",
    "pt": "PT BR AO MZ CV GW ST",
    "it": "IT CH SM VA",
    "ca": "ES AD",
    "nl": "NL BE SR CW AW",
    "sv": "SE FI AX",
    "fi": "FI",
    "da": "DK NO GL FO SJ",
    "is": "IS",
    "en": "US GB IE AU NZ CA ZA IN NG KE GH PH SG MT JM",
}
"""Where a language is written."""
CALLING_CODES: dict[str, str] = {
    "7": "ru", "380": "uk", "375": "be", "359": "bg", "381": "sr", "382": "sr", "389": "mk", "30": "el", "357": "el",
    "972": "he", "966": "ar", "971": "ar", "20": "ar", "212": "ar", "213": "ar", "216": "ar", "962": "ar", "964": "ar",
    "965": "ar", "974": "ar", "98": "fa", "66": "th", "90": "tr", "48": "pl", "420": "cs", "421": "sk", "36": "hu",
    "40": "ro", "373": "ro", "385": "hr", "386": "sl", "387": "hr", "355": "sq", "372": "et", "371": "lv", "370": "lt",
    "84": "vi", "81": "ja", "82": "ko", "86": "zh", "886": "zh-hant", "852": "zh-hant", "853": "zh-hant", "33": "fr",
    "49": "de", "43": "de", "41": "de", "34": "es", "52": "es", "54": "es", "57": "es", "51": "es", "56": "es",
    "58": "es", "593": "es", "351": "pt", "55": "pt", "39": "it", "31": "nl", "32": "fr", "46": "sv", "358": "fi",
    "45": "da", "47": "da", "354": "is",
}  # fmt: skip
"""Which language the people speak whose numbers begin so."""

CODECS: tuple[tuple[str, str, str, float], ...] = (
    # codec, label, languages, how usual it is
    ("cp1252", "Western European (Windows-1252)", "fr de es pt it ca nl sv fi da is sq en", 0.10),
    ("cp1250", "Central European (Windows-1250)", "pl cs sk hu ro hr sl", 0.05),
    ("cp1251", "Cyrillic (Windows-1251)", "ru uk be bg sr mk", 0.06),
    ("cp1253", "Greek (Windows-1253)", "el", 0.05),
    ("cp1254", "Turkish (Windows-1254)", "tr", 0.06),
    ("cp1255", "Hebrew (Windows-1255)", "he", 0.05),
    ("cp1256", "Arabic (Windows-1256)", "ar fa", 0.05),
    ("cp1257", "Baltic (Windows-1257)", "lt lv et", 0.04),
    ("cp1258", "Vietnamese (Windows-1258)", "vi", 0.0),
    ("cp874", "Thai (Windows-874)", "th", 0.05),
    ("cp932", "Japanese (Shift-JIS)", "ja", 0.06),
    ("euc_jp", "Japanese (EUC-JP)", "ja", 0.0),
    ("cp949", "Korean (EUC-KR)", "ko", 0.05),
    ("gb18030", "Chinese, simplified (GBK, GB18030)", "zh", 0.06),
    ("cp950", "Chinese, traditional (Big5)", "zh-hant", 0.05),
    ("big5hkscs", "Chinese, traditional (Big5-HKSCS)", "zh-hant", -0.02),
    ("iso8859_15", "Western European (ISO-8859-15)", "fr de es pt it ca nl sv fi da is sq en", -0.02),
    ("iso8859_2", "Central European (ISO-8859-2)", "pl cs sk hu ro hr sl", 0.0),
    ("iso8859_16", "Romanian (ISO-8859-16)", "ro", -0.05),
    ("iso8859_5", "Cyrillic (ISO-8859-5)", "ru bg sr mk be", -0.02),
    ("iso8859_6", "Arabic (ISO-8859-6)", "ar", -0.02),
    ("iso8859_7", "Greek (ISO-8859-7)", "el", 0.0),
    ("iso8859_8", "Hebrew (ISO-8859-8)", "he", -0.02),
    ("iso8859_9", "Turkish (ISO-8859-9)", "tr", 0.0),
    ("iso8859_13", "Baltic (ISO-8859-13)", "lt lv et", -0.02),
    ("koi8_r", "Russian (KOI8-R)", "ru", 0.02),
    ("koi8_u", "Ukrainian (KOI8-U)", "uk", 0.0),
    ("cp866", "Cyrillic (DOS 866)", "ru be uk", 0.0),
    ("cp850", "Western European (DOS 850)", "fr de es pt it ca nl sv fi da is en", 0.0),
    ("cp437", "Western European (DOS 437)", "de fr es it sv", -0.06),
    ("cp852", "Central European (DOS 852)", "pl cs sk hu ro hr sl", 0.0),
    ("cp857", "Turkish (DOS 857)", "tr", -0.02),
    ("cp737", "Greek (DOS 737)", "el", -0.02),
    ("cp775", "Baltic (DOS 775)", "lt lv et", -0.04),
    ("cp862", "Hebrew (DOS 862)", "he", -0.04),
    ("mac_roman", "Western European (Mac)", "fr de es pt it ca nl sv fi da en", 0.0),
    ("mac_latin2", "Central European (Mac)", "pl cs sk hu hr sl", -0.02),
    ("mac_cyrillic", "Cyrillic (Mac)", "ru bg sr uk", -0.02),
    ("mac_greek", "Greek (Mac)", "el", -0.04),
    ("mac_turkish", "Turkish (Mac)", "tr", -0.04),
)
ALWAYS: tuple[tuple[str, str], ...] = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-16-le", "Unicode (UTF-16, little-endian)"),
    ("utf-16-be", "Unicode (UTF-16, big-endian)"),
    ("utf-32-le", "Unicode (UTF-32, little-endian)"),
    ("utf-32-be", "Unicode (UTF-32, big-endian)"),
    ("iso2022_jp", "Japanese (ISO-2022-JP)"),
)
"""Encodings that are known by their bytes alone."""

COMMON_CHINESE = """
    的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多
    定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由
    其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意
    建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统
    接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理府研世车
    王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余杜叶魏苏吕丁卢姚沈钟姜崔谭陆范汪廖石
    金韦贾夏付邹熊白孟秦邱侯江尹薛闫段雷龙史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤康易乔赖施葛牛樊倪温芦俞洪柴
    伟芳娜秀英敏静丽磊洋勇艳杰娟涛超兰霞刚桂辉玲丹萍红玉鹏华飞健斌波宇浩凯鑫俊帆雪婷慧莹佳琳琪瑶欣怡梅洁云莲真爱香
    媛珊莎锦青倩颖露晶妍秋菊春志国庆東海燕峰鸣远博轩子涵梓晨思雨诗梦
    姓名话号码机址城市邮箱备注司省县性龄客户联系收件货单位职务北京上海广州深圳天津重庆成都杭武汉南西安
"""
COMMON_TRADITIONAL = """
    的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多
    定行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由
    其些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意
    建月公無系軍很情者最立代想已通並提直題黨程展五果料象員位入常文總次品式活設及管特件長求老頭基資邊流路級少圖山統
    陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范宋鄧杜傅侯
    曹薛丁卓馬阮董唐藍石蔣古紀姚連馮歐湯田康姜白汪鄒尤巫鐘黎塗龔嚴韓袁金童陸夏柳凃邵
    志明美玲淑芬雅婷豪怡君俊宏惠宗翰冠宇承恩詩涵佳穎欣嘉雯麗秀英華珍玉娟鳳蘭琴雲龍強偉傑豐榮福祥德輝賢慧靜芳
    姓名話號碼址城市郵箱備註司省縣客戶聯絡收件貨單位職務臺台北中南高雄灣新竹桃園九龍島區街巷樓室
"""
COMMON_JAPANESE = """
    佐藤鈴木高橋田中伊渡辺邊山本村小林加吉井松口斎齋清水崎森阿部池下石川前後岡長谷近遠青坂福太三浦西島原和竹金上野増
    安東平千葉岩菅丸今河内武久保市杉大塚工酒宮新柴菊横飯荒土関服荻須矢星馬場熊永堀桜黒白古沢澤秋春夏冬北南尾根
    一二三四五六七八九十郎子美恵花健真由香奈優翔陽裕介樹貴博之正男雄明広光幸代直隆智浩信義孝誠洋弘彦良和哉也拓海斗
    名前電話番号氏住所都道府県区町郡携帯会社備考様方連絡先郵便年月日時分円人客当者件東京阪神戸横浜名屋札幌
    国本出行見生間今学入気来女午百書水半語校国車食何毎高母父友聞読話外休
"""
COMMON_KOREAN = """
    김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지나엄채원천방공현함변염여추도소석선설
    마길연위표명기반라왕금옥육인맹제모탁국어은편용예경봉사부수영철희미준호숙자순동재상혜태승훈규란아혁빈율다가리대시를로의에
    는을름화번락처휴폰핸드객울산광구읍면군회직급급님비고메일생월
"""
