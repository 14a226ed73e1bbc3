"""State tables: the subdivisions of countries with several clocks or rules by state, as data.

A line is the code of ISO 3166-2 without its country, the English name, other names after a slash, and behind a colon
the time zones; no colon means the country's zones, all of them.
"""

from __future__ import annotations

STATE_TABLES = {
    "US": """
AK Alaska: America/Anchorage America/Adak
AL Alabama: America/Chicago
AR Arkansas: America/Chicago
AS American Samoa: Pacific/Pago_Pago
AZ Arizona: America/Phoenix America/Denver
CA California: America/Los_Angeles
CO Colorado: America/Denver
CT Connecticut: America/New_York
DC District of Columbia: America/New_York
DE Delaware: America/New_York
FL Florida: America/New_York America/Chicago
GA Georgia: America/New_York
GU Guam: Pacific/Guam
HI Hawaii: Pacific/Honolulu
IA Iowa: America/Chicago
ID Idaho: America/Denver America/Los_Angeles
IL Illinois: America/Chicago
IN Indiana: America/New_York America/Chicago
KS Kansas: America/Chicago America/Denver
KY Kentucky: America/New_York America/Chicago
LA Louisiana: America/Chicago
MA Massachusetts: America/New_York
MD Maryland: America/New_York
ME Maine: America/New_York
MI Michigan: America/New_York America/Chicago
MN Minnesota: America/Chicago
MO Missouri: America/Chicago
MP Northern Mariana Islands: Pacific/Saipan
MS Mississippi: America/Chicago
MT Montana: America/Denver
NC North Carolina: America/New_York
ND North Dakota: America/Chicago America/Denver
NE Nebraska: America/Chicago America/Denver
NH New Hampshire: America/New_York
NJ New Jersey: America/New_York
NM New Mexico: America/Denver
NV Nevada: America/Los_Angeles America/Denver
NY New York: America/New_York
OH Ohio: America/New_York
OK Oklahoma: America/Chicago
OR Oregon: America/Los_Angeles America/Denver
PA Pennsylvania: America/New_York
PR Puerto Rico: America/Puerto_Rico
RI Rhode Island: America/New_York
SC South Carolina: America/New_York
SD South Dakota: America/Chicago America/Denver
TN Tennessee: America/Chicago America/New_York
TX Texas: America/Chicago America/Denver
UT Utah: America/Denver
VA Virginia: America/New_York
VI U.S. Virgin Islands/US Virgin Islands/Virgin Islands: America/St_Thomas
VT Vermont: America/New_York
WA Washington/Washington State: America/Los_Angeles
WI Wisconsin: America/Chicago
WV West Virginia: America/New_York
WY Wyoming: America/Denver
""",
    "CA": """
AB Alberta: America/Edmonton
BC British Columbia/Colombie-Britannique: America/Vancouver America/Edmonton America/Fort_Nelson America/Creston
MB Manitoba: America/Winnipeg
NB New Brunswick/Nouveau-Brunswick: America/Moncton
NL Newfoundland and Labrador/Terre-Neuve-et-Labrador: America/St_Johns America/Goose_Bay
NS Nova Scotia/Nouvelle-Écosse: America/Halifax
NT Northwest Territories/Territoires du Nord-Ouest: America/Edmonton America/Inuvik
NU Nunavut: America/Iqaluit America/Rankin_Inlet America/Cambridge_Bay America/Resolute America/Atikokan
ON Ontario: America/Toronto America/Winnipeg America/Atikokan
PE Prince Edward Island/Île-du-Prince-Édouard: America/Halifax
QC Quebec/Québec: America/Toronto America/Halifax America/Blanc-Sablon
SK Saskatchewan: America/Regina America/Edmonton America/Winnipeg
YT Yukon/Yukon Territory: America/Whitehorse
""",
    "AU": """
ACT Australian Capital Territory: Australia/Sydney
NSW New South Wales: Australia/Sydney Australia/Broken_Hill Australia/Lord_Howe
NT Northern Territory: Australia/Darwin
QLD Queensland: Australia/Brisbane
SA South Australia: Australia/Adelaide
TAS Tasmania: Australia/Hobart
VIC Victoria: Australia/Melbourne
WA Western Australia: Australia/Perth Australia/Eucla
""",
    "BR": """
AC Acre: America/Rio_Branco
AL Alagoas: America/Maceio
AM Amazonas: America/Manaus America/Eirunepe
AP Amapá: America/Belem
BA Bahia: America/Bahia
CE Ceará: America/Fortaleza
DF Distrito Federal/Federal District/Brasília: America/Sao_Paulo
ES Espírito Santo: America/Sao_Paulo
GO Goiás: America/Sao_Paulo
MA Maranhão: America/Fortaleza
MG Minas Gerais: America/Sao_Paulo
MS Mato Grosso do Sul: America/Campo_Grande
MT Mato Grosso: America/Cuiaba
PA Pará: America/Belem America/Santarem
PB Paraíba: America/Fortaleza
PE Pernambuco: America/Recife America/Noronha
PI Piauí: America/Fortaleza
PR Paraná: America/Sao_Paulo
RJ Rio de Janeiro: America/Sao_Paulo
RN Rio Grande do Norte: America/Fortaleza
RO Rondônia: America/Porto_Velho
RR Roraima: America/Boa_Vista
RS Rio Grande do Sul: America/Sao_Paulo
SC Santa Catarina: America/Sao_Paulo
SE Sergipe: America/Maceio
SP São Paulo: America/Sao_Paulo
TO Tocantins: America/Araguaina
""",
    "CL": """
AI Aysén/Aisén/Aysén del General Carlos Ibáñez del Campo: America/Coyhaique
AN Antofagasta: America/Santiago
AP Arica y Parinacota: America/Santiago
AR Araucanía/La Araucanía: America/Santiago
AT Atacama: America/Santiago
BI Biobío/Bío-Bío: America/Santiago
CO Coquimbo: America/Santiago
LI O’Higgins/Libertador General Bernardo O’Higgins: America/Santiago
LL Los Lagos: America/Santiago
LR Los Ríos: America/Santiago
MA Magallanes/Magallanes y de la Antártica Chilena: America/Punta_Arenas
ML Maule: America/Santiago
NB Ñuble: America/Santiago
RM Santiago/Región Metropolitana/Metropolitana/Región Metropolitana de Santiago: America/Santiago
TA Tarapacá: America/Santiago
VS Valparaíso: America/Santiago Pacific/Easter
""",
    "DE": """
BB Brandenburg
BE Berlin
BW Baden-Württemberg/Baden-Wuerttemberg
BY Bavaria/Bayern/Freistaat Bayern
HB Bremen
HE Hesse/Hessen
HH Hamburg
MV Mecklenburg-Western Pomerania/Mecklenburg-Vorpommern
NI Lower Saxony/Niedersachsen
NW North Rhine-Westphalia/Nordrhein-Westfalen/NRW
RP Rhineland-Palatinate/Rheinland-Pfalz
SH Schleswig-Holstein
SL Saarland
SN Saxony/Sachsen/Freistaat Sachsen
ST Saxony-Anhalt/Sachsen-Anhalt
TH Thuringia/Thüringen/Thueringen/Freistaat Thüringen
""",
    "ES": """
AN Andalusia/Andalucía/Almería/Cádiz/Córdoba/Granada/Huelva/Jaén/Málaga/Sevilla/Seville: Europe/Madrid
AR Aragon/Aragón/Huesca/Teruel/Zaragoza: Europe/Madrid
AS Asturias/Principado de Asturias: Europe/Madrid
CB Cantabria: Europe/Madrid
CE Ceuta: Africa/Ceuta
CL Castile and León/Castilla y León/Ávila/Burgos/León/Palencia/Salamanca/Segovia/Soria/Valladolid/Zamora: Europe/Madrid
CM Castilla–La Mancha/Castilla-La Mancha/Albacete/Ciudad Real/Cuenca/Guadalajara/Toledo: Europe/Madrid
CN Canary Islands/Canarias/Islas Canarias/Las Palmas/Santa Cruz de Tenerife/Tenerife: Atlantic/Canary
CT Catalonia/Cataluña/Catalunya/Barcelona/Girona/Gerona/Lleida/Lérida/Tarragona: Europe/Madrid
EX Extremadura/Badajoz/Cáceres: Europe/Madrid
GA Galicia/A Coruña/La Coruña/Lugo/Ourense/Orense/Pontevedra: Europe/Madrid
IB Balearic Islands/Baleares/Islas Baleares/Illes Balears: Europe/Madrid
MC Murcia/Región de Murcia: Europe/Madrid
MD Madrid/Comunidad de Madrid: Europe/Madrid
ML Melilla: Africa/Ceuta
NC Navarre/Navarra/Comunidad Foral de Navarra: Europe/Madrid
PV Basque Country/País Vasco/Euskadi/Álava/Araba/Vizcaya/Bizkaia/Guipúzcoa/Gipuzkoa: Europe/Madrid
RI La Rioja: Europe/Madrid
VC Valencian Community/Comunidad Valenciana/Comunitat Valenciana/Alicante/Castellón/Castelló/Valencia: Europe/Madrid
""",
    "ID": """
AC Aceh: Asia/Jakarta
BA Bali: Asia/Makassar
BB Bangka Belitung Islands/Kepulauan Bangka Belitung/Bangka Belitung: Asia/Jakarta
BE Bengkulu: Asia/Jakarta
BT Banten: Asia/Jakarta
GO Gorontalo: Asia/Makassar
JA Jambi: Asia/Jakarta
JB West Java/Jawa Barat: Asia/Jakarta
JI East Java/Jawa Timur: Asia/Jakarta
JK Jakarta/DKI Jakarta: Asia/Jakarta
JT Central Java/Jawa Tengah: Asia/Jakarta
KB West Kalimantan/Kalimantan Barat: Asia/Pontianak
KI East Kalimantan/Kalimantan Timur: Asia/Makassar
KR Riau Islands/Kepulauan Riau: Asia/Jakarta
KS South Kalimantan/Kalimantan Selatan: Asia/Makassar
KT Central Kalimantan/Kalimantan Tengah: Asia/Pontianak
KU North Kalimantan/Kalimantan Utara: Asia/Makassar
LA Lampung: Asia/Jakarta
MA Maluku: Asia/Jayapura
MU North Maluku/Maluku Utara: Asia/Jayapura
NB West Nusa Tenggara/Nusa Tenggara Barat: Asia/Makassar
NT East Nusa Tenggara/Nusa Tenggara Timur: Asia/Makassar
PA Papua: Asia/Jayapura
PB West Papua/Papua Barat: Asia/Jayapura
PD Southwest Papua/Papua Barat Daya: Asia/Jayapura
PE Highland Papua/Papua Pegunungan: Asia/Jayapura
PS South Papua/Papua Selatan: Asia/Jayapura
PT Central Papua/Papua Tengah: Asia/Jayapura
RI Riau: Asia/Jakarta
SA North Sulawesi/Sulawesi Utara: Asia/Makassar
SB West Sumatra/Sumatera Barat: Asia/Jakarta
SG Southeast Sulawesi/Sulawesi Tenggara: Asia/Makassar
SN South Sulawesi/Sulawesi Selatan: Asia/Makassar
SR West Sulawesi/Sulawesi Barat: Asia/Makassar
SS South Sumatra/Sumatera Selatan: Asia/Jakarta
ST Central Sulawesi/Sulawesi Tengah: Asia/Makassar
SU North Sumatra/Sumatera Utara: Asia/Jakarta
YO Yogyakarta/DI Yogyakarta/Daerah Istimewa Yogyakarta: Asia/Jakarta
""",
    "MX": """
AGU Aguascalientes: America/Mexico_City
BCN Baja California: America/Tijuana
BCS Baja California Sur: America/Mazatlan
CAM Campeche: America/Merida
CHH Chihuahua: America/Chihuahua America/Ciudad_Juarez America/Ojinaga
CHP Chiapas: America/Mexico_City
CMX Mexico City/Ciudad de México/CDMX: America/Mexico_City
COA Coahuila/Coahuila de Zaragoza: America/Monterrey America/Matamoros
COL Colima: America/Mexico_City
DUR Durango: America/Monterrey
GRO Guerrero: America/Mexico_City
GUA Guanajuato: America/Mexico_City
HID Hidalgo: America/Mexico_City
JAL Jalisco: America/Mexico_City
MEX State of Mexico/México: America/Mexico_City
MIC Michoacán/Michoacán de Ocampo: America/Mexico_City
MOR Morelos: America/Mexico_City
NAY Nayarit: America/Mazatlan America/Bahia_Banderas
NLE Nuevo León: America/Monterrey America/Matamoros
OAX Oaxaca: America/Mexico_City
PUE Puebla: America/Mexico_City
QUE Querétaro: America/Mexico_City
ROO Quintana Roo: America/Cancun
SIN Sinaloa: America/Mazatlan
SLP San Luis Potosí: America/Mexico_City
SON Sonora: America/Hermosillo
TAB Tabasco: America/Mexico_City
TAM Tamaulipas: America/Monterrey America/Matamoros
TLA Tlaxcala: America/Mexico_City
VER Veracruz/Veracruz de Ignacio de la Llave: America/Mexico_City
YUC Yucatán: America/Merida
ZAC Zacatecas: America/Mexico_City
""",
    "NZ": """
AUK Auckland: Pacific/Auckland
BOP Bay of Plenty: Pacific/Auckland
CAN Canterbury: Pacific/Auckland
CIT Chatham Islands: Pacific/Chatham
GIS Gisborne: Pacific/Auckland
HKB Hawke’s Bay/Hawkes Bay: Pacific/Auckland
MBH Marlborough: Pacific/Auckland
MWT Manawatū-Whanganui/Manawatu-Wanganui: Pacific/Auckland
NSN Nelson: Pacific/Auckland
NTL Northland: Pacific/Auckland
OTA Otago: Pacific/Auckland
STL Southland: Pacific/Auckland
TAS Tasman: Pacific/Auckland
TKI Taranaki: Pacific/Auckland
WGN Wellington: Pacific/Auckland
WKO Waikato: Pacific/Auckland
WTC West Coast: Pacific/Auckland
""",
    "PT": """
01 Aveiro: Europe/Lisbon
02 Beja: Europe/Lisbon
03 Braga: Europe/Lisbon
04 Bragança: Europe/Lisbon
05 Castelo Branco: Europe/Lisbon
06 Coimbra: Europe/Lisbon
07 Évora: Europe/Lisbon
08 Faro/Algarve: Europe/Lisbon
09 Guarda: Europe/Lisbon
10 Leiria: Europe/Lisbon
11 Lisbon/Lisboa: Europe/Lisbon
12 Portalegre: Europe/Lisbon
13 Porto: Europe/Lisbon
14 Santarém: Europe/Lisbon
15 Setúbal: Europe/Lisbon
16 Viana do Castelo: Europe/Lisbon
17 Vila Real: Europe/Lisbon
18 Viseu: Europe/Lisbon
20 Azores/Açores: Atlantic/Azores
30 Madeira: Atlantic/Madeira
""",
    "RU": """
AD Adygea/Адыгея/Республика Адыгея: Europe/Moscow
AL Altai Republic/Республика Алтай: Asia/Barnaul
ALT Altai Krai/Алтайский край: Asia/Barnaul
AMU Amur Oblast/Амурская область: Asia/Yakutsk
ARK Arkhangelsk Oblast/Архангельская область: Europe/Moscow
AST Astrakhan Oblast/Астраханская область: Europe/Astrakhan
BA Bashkortostan/Башкортостан/Республика Башкортостан: Asia/Yekaterinburg
BEL Belgorod Oblast/Белгородская область: Europe/Moscow
BRY Bryansk Oblast/Брянская область: Europe/Moscow
BU Buryatia/Бурятия/Республика Бурятия: Asia/Irkutsk
CE Chechnya/Чеченская Республика/Чечня: Europe/Moscow
CHE Chelyabinsk Oblast/Челябинская область: Asia/Yekaterinburg
CHU Chukotka/Чукотский автономный округ: Asia/Anadyr
CU Chuvashia/Чувашская Республика/Чувашия: Europe/Moscow
DA Dagestan/Дагестан/Республика Дагестан: Europe/Moscow
IN Ingushetia/Ингушетия/Республика Ингушетия: Europe/Moscow
IRK Irkutsk Oblast/Иркутская область: Asia/Irkutsk
IVA Ivanovo Oblast/Ивановская область: Europe/Moscow
KAM Kamchatka Krai/Камчатский край: Asia/Kamchatka
KB Kabardino-Balkaria/Кабардино-Балкарская Республика: Europe/Moscow
KC Karachay-Cherkessia/Карачаево-Черкесская Республика: Europe/Moscow
KDA Krasnodar Krai/Краснодарский край: Europe/Moscow
KEM Kemerovo Oblast/Кемеровская область/Кузбасс: Asia/Novokuznetsk
KGD Kaliningrad Oblast/Калининградская область: Europe/Kaliningrad
KGN Kurgan Oblast/Курганская область: Asia/Yekaterinburg
KHA Khabarovsk Krai/Хабаровский край: Asia/Vladivostok
KHM Khanty-Mansi/Ханты-Мансийский автономный округ: Asia/Yekaterinburg
KIR Kirov Oblast/Кировская область: Europe/Kirov
KK Khakassia/Хакасия/Республика Хакасия: Asia/Krasnoyarsk
KL Kalmykia/Калмыкия/Республика Калмыкия: Europe/Moscow
KLU Kaluga Oblast/Калужская область: Europe/Moscow
KO Komi/Коми/Республика Коми: Europe/Moscow
KOS Kostroma Oblast/Костромская область: Europe/Moscow
KR Karelia/Карелия/Республика Карелия: Europe/Moscow
KRS Kursk Oblast/Курская область: Europe/Moscow
KYA Krasnoyarsk Krai/Красноярский край: Asia/Krasnoyarsk
LEN Leningrad Oblast/Ленинградская область: Europe/Moscow
LIP Lipetsk Oblast/Липецкая область: Europe/Moscow
MAG Magadan Oblast/Магаданская область: Asia/Magadan
ME Mari El/Марий Эл/Республика Марий Эл: Europe/Moscow
MO Mordovia/Мордовия/Республика Мордовия: Europe/Moscow
MOS Moscow Oblast/Московская область: Europe/Moscow
MOW Moscow/Москва: Europe/Moscow
MUR Murmansk Oblast/Мурманская область: Europe/Moscow
NEN Nenets/Ненецкий автономный округ: Europe/Moscow
NGR Novgorod Oblast/Новгородская область: Europe/Moscow
NIZ Nizhny Novgorod Oblast/Нижегородская область: Europe/Moscow
NVS Novosibirsk Oblast/Новосибирская область: Asia/Novosibirsk
OMS Omsk Oblast/Омская область: Asia/Omsk
ORE Orenburg Oblast/Оренбургская область: Asia/Yekaterinburg
ORL Oryol Oblast/Орловская область: Europe/Moscow
PER Perm Krai/Пермский край: Asia/Yekaterinburg
PNZ Penza Oblast/Пензенская область: Europe/Moscow
PRI Primorsky Krai/Приморский край: Asia/Vladivostok
PSK Pskov Oblast/Псковская область: Europe/Moscow
ROS Rostov Oblast/Ростовская область: Europe/Moscow
RYA Ryazan Oblast/Рязанская область: Europe/Moscow
SA Sakha/Yakutia/Саха/Якутия/Республика Саха (Якутия): Asia/Yakutsk Asia/Vladivostok Asia/Srednekolymsk
SAK Sakhalin Oblast/Сахалинская область: Asia/Sakhalin
SAM Samara Oblast/Самарская область: Europe/Samara
SAR Saratov Oblast/Саратовская область: Europe/Saratov
SE North Ossetia/Северная Осетия/Республика Северная Осетия — Алания: Europe/Moscow
SMO Smolensk Oblast/Смоленская область: Europe/Moscow
SPE Saint Petersburg/St Petersburg/Санкт-Петербург: Europe/Moscow
STA Stavropol Krai/Ставропольский край: Europe/Moscow
SVE Sverdlovsk Oblast/Свердловская область: Asia/Yekaterinburg
TA Tatarstan/Татарстан/Республика Татарстан: Europe/Moscow
TAM Tambov Oblast/Тамбовская область: Europe/Moscow
TOM Tomsk Oblast/Томская область: Asia/Tomsk
TUL Tula Oblast/Тульская область: Europe/Moscow
TVE Tver Oblast/Тверская область: Europe/Moscow
TY Tuva/Тыва/Республика Тыва: Asia/Krasnoyarsk
TYU Tyumen Oblast/Тюменская область: Asia/Yekaterinburg
UD Udmurtia/Удмуртская Республика/Удмуртия: Europe/Samara
ULY Ulyanovsk Oblast/Ульяновская область: Europe/Ulyanovsk
VGG Volgograd Oblast/Волгоградская область: Europe/Volgograd
VLA Vladimir Oblast/Владимирская область: Europe/Moscow
VLG Vologda Oblast/Вологодская область: Europe/Moscow
VOR Voronezh Oblast/Воронежская область: Europe/Moscow
YAN Yamalo-Nenets/Ямало-Ненецкий автономный округ: Asia/Yekaterinburg
YAR Yaroslavl Oblast/Ярославская область: Europe/Moscow
YEV Jewish Autonomous Oblast/Еврейская автономная область: Asia/Vladivostok
ZAB Zabaykalsky Krai/Забайкальский край: Asia/Chita
""",
}
"""By ISO 3166 alpha-2 code of the country."""
