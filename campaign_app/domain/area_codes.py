"""Area codes: which states the codes of North America and Brazil serve, and zones that number data lacks, as data.

A code of North America counts as a whole: people keep their numbers when they move within it, and its newer prefixes
are in no list. An overlay serves the area of an older code, so it has that code's zones.
"""

from __future__ import annotations

from functools import lru_cache

NORTH_AMERICAN_CODES = """
US-AK 907
US-AL 205 251 256 334 483 659 938
US-AR 327 479 501 870
US-AS 684
US-AZ 480 520 602 623 928
US-CA 209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747
US-CA 760 805 818 820 831 837 840 858 909 916 925 949 951
US-CO 303 719 720 748 970 983
US-CT 203 475 860 959
US-DC 202 771
US-DE 302
US-FL 239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954
US-GA 229 404 470 478 678 706 762 770 912 943
US-GU 671
US-HI 808
US-IA 319 515 563 641 712
US-ID 208 986
US-IL 217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872
US-IN 219 260 317 463 574 765 812 930
US-KS 316 620 785 913
US-KY 270 364 502 606 859
US-LA 225 318 337 457 504 985
US-MA 339 351 413 508 617 774 781 857 978
US-MD 227 240 301 410 443 667
US-ME 207
US-MI 231 248 269 313 517 586 616 679 734 810 906 947 989
US-MN 218 320 507 612 651 763 924 952
US-MO 235 314 417 557 573 636 660 816 975
US-MP 670
US-MS 228 471 601 662 769
US-MT 406
US-NC 252 336 472 704 743 828 910 919 980 984
US-ND 701
US-NE 308 402 531
US-NH 603
US-NJ 201 551 609 640 732 848 856 862 908 973
US-NM 505 575
US-NV 702 725 775
US-NY 212 315 329 332 347 363 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934
US-OH 216 220 234 283 326 330 380 419 436 440 513 567 614 740 937
US-OK 405 539 572 580 918
US-OR 458 503 541 971
US-PA 215 223 267 272 412 445 484 570 582 610 717 724 814 835 878
US-PR 787 939
US-RI 401
US-SC 803 821 839 843 854 864
US-SD 605
US-TN 423 615 629 731 865 901 931
US-TX 210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972
US-TX 979
US-UT 385 435 801
US-VA 276 434 540 571 686 703 757 804 826 948
US-VI 340
US-VT 802
US-WA 206 253 360 425 509 564
US-WI 262 274 353 414 534 608 715 920
US-WV 304 681
US-WY 307
CA-AB 368 403 587 780 825
CA-BC 236 250 257 604 672 778
CA-MB 204 431 584
CA-NB 428 506
CA-NL 709 879
CA-NS 782 902
CA-NT 867
CA-NU 867
CA-ON 226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 905 942
CA-PE 782 902
CA-QC 263 273 354 367 418 438 450 468 514 579 581 819 873
CA-SK 306 474 639
CA-YT 867
"""
"""A line is a state (ISO 3166-2) and its codes. A code that is in no line, because it is newer, has no known state."""
SHARED_AREAS = (
    "208 986",
    "250 236 257 672 778",
    "270 364",
    "281 346 621 713 832",
    "306 474 639",
    "313 679",
    "402 531",
    "418 273 367 581",
    "541 458",
    "709 879",
    "812 930",
    "850 448",
)
"""Codes that serve one area: each has the zones of all. Only areas with more than one clock, and codes that are newer
than the data on numbers, need to be here."""
NORTH_AMERICAN_EXTRAS = {
    "250": "America/Fort_Nelson America/Creston",
    "306": "America/Edmonton",
    "402": "America/Denver",
    "418": "America/Blanc-Sablon",
    "807": "America/Atikokan",
    "867": "America/Atikokan America/Inuvik America/Whitehorse",
}
"""Zones of smaller places that the data on numbers lacks, such as Creston, Lloydminster and Cody in Nebraska."""
WRONG_AREA_ZONES = {"689": "America/New_York"}
"""Codes whose only zone in the data on numbers is not theirs: 689 is Orlando."""
TOLL_FREE_CODES = frozenset({"800", "822", "833", "844", "855", "866", "877", "888"})
BRAZILIAN_CODES = """
AC 68
AL 82
AM 92 97
AP 96
BA 71 73 74 75 77
CE 85 88
DF 61
ES 27 28
GO 61 62 64
MA 98 99
MG 31 32 33 34 35 37 38
MS 67
MT 65 66
PA 91 93 94
PB 83
PE 81 87
PI 86 89
PR 41 42 43 44 45 46
RJ 21 22 24
RN 84
RO 69
RR 95
RS 51 53 54 55
SC 47 48 49
SE 79
SP 11 12 13 14 15 16 17 18 19
TO 63
"""
EXTRA_ZONES = {
    "AU": {
        # 08 is everything from Broken Hill to Perth; 07 reaches into New South Wales.
        "617": "Australia/Brisbane Australia/Sydney",
        "618": "Australia/Adelaide Australia/Darwin Australia/Perth",
    },
    "CD": {"243": "Africa/Kinshasa Africa/Lubumbashi"},
    "CL": {
        "5632": "Pacific/Easter",
        "5661": "America/Punta_Arenas",
        "5667": "America/Coyhaique",
        # Mobile numbers, which phonenumbers does not tell from landlines here.
        "569": "America/Coyhaique America/Punta_Arenas Pacific/Easter",
    },
    "CN": {"8690": "Asia/Urumqi", "8699": "Asia/Urumqi"},
    "MX": {
        # Quintana Roo.
        **dict.fromkeys(("52983", "52984", "52987", "52997", "52998"), "America/Cancun"),
        # Chihuahua, which left Mountain time in 2022, and its border with the United States.
        **dict.fromkeys(
            (
                *(
                    "52614",
                    "52621",
                    "52625",
                    "52626",
                    "52627",
                    "52628",
                    "52629",
                    "52635",
                    "52636",
                    "52639",
                    "52648",
                ),
                *("52649", "52652", "52656", "52657", "52659"),
            ),
            "America/Chihuahua America/Ciudad_Juarez America/Ojinaga",
        ),
        # Municipalities at the border of Coahuila, Nuevo León and Tamaulipas, which change with Texas.
        **dict.fromkeys(
            (
                *(
                    "52862",
                    "52864",
                    "52867",
                    "52868",
                    "52873",
                    "52877",
                    "52878",
                    "52891",
                    "52892",
                    "52894",
                    "52897",
                ),
                *("52898", "52899"),
            ),
            "America/Matamoros America/Monterrey",
        ),
        "52322": "America/Bahia_Banderas America/Mazatlan",
        "52329": "America/Bahia_Banderas America/Mazatlan",
        "52616": "America/Tijuana",
        "52646": "America/Tijuana",
        "52663": "America/Tijuana",
    },
    "PF": {"6894": "Pacific/Gambier Pacific/Marquesas Pacific/Tahiti"},
    "PG": {"67597": "Pacific/Bougainville"},
    "RU": {
        "7411": "Asia/Yakutsk Asia/Vladivostok Asia/Srednekolymsk",
        "7845": "Europe/Saratov",
    },
}
"""Zones of numbers that begin so, with the country's calling code, where phonenumbers lacks them."""
WRONG_ZONES = {("RU", "Europe/Bucharest"): "Europe/Kaliningrad"}
"""What phonenumbers calls a zone by another country's, which had the same clock once."""


@lru_cache(maxsize=1)
def list_states_by_area_code() -> dict[str, tuple[str, ...]]:
    """States (ISO 3166-2) by the area codes of North America, three digits."""
    return _read_codes(NORTH_AMERICAN_CODES, "")


@lru_cache(maxsize=1)
def list_brazilian_states() -> dict[str, tuple[str, ...]]:
    """States (ISO 3166-2) by the area codes of Brazil, two digits."""
    return _read_codes(BRAZILIAN_CODES, "BR-")


@lru_cache(maxsize=1024)
def list_codes_of_area(code: str) -> tuple[str, ...]:
    """The code and the others that serve its area, where it has more than one clock."""
    return next((tuple(row.split()) for row in SHARED_AREAS if code in row.split()), (code,))


def _read_codes(text: str, before: str) -> dict[str, tuple[str, ...]]:
    states: dict[str, set[str]] = {}
    for row in text.strip().splitlines():
        state, *codes = row.split()
        for code in codes:
            states.setdefault(code, set()).add(before + state)
    return {code: tuple(sorted(names)) for code, names in states.items()}
