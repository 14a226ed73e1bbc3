"""Postal tables: states by ranges of postal codes, and zones of codes in states with several clocks, as data."""

from __future__ import annotations

POSTAL_RANGES = {
    # Three digits of a ZIP code.
    "US": """
AK 995-999
AL 350-352 354-369
AR 716-729
AZ 850-853 855-857 859-860 863-865
CA 900-908 910-928 930-961
CO 800-816
CT 060-069
DC 200 202-205 569 888
DE 197-199
FL 320-339 341-342 344 346-347 349
GA 300-319 398-399
HI 967-968
? 969
IA 500-516 520-528
ID 832-838
IL 600-620 622-629
IN 460-479
KS 660-662 664-679
KY 400-427
LA 700-701 703-708 710-714
MA 010-027 055
MD 206-212 214-219
ME 039-049
MI 480-499
MN 550-551 553-567
MO 630-631 633-641 644-658
MS 386-397
MT 590-599
NC 270-289
ND 580-588
NE 680-681 683-693
NH 030-038
NJ 070-089
NM 870-884
NV 889-891 893-895 897-898
NY 005 100-149
OH 430-459
OK 730-731 734-741 743-749
OR 970-979
PA 150-196
PR 006-007 009
RI 028-029
SC 290-299
SD 570-577
TN 370-385
TX 733 750-770 772-799 885
UT 840-847
VA 201 220-246
VI 008
VT 050-054 056-059
WA 980-986 988-994
WI 530-532 534-535 537-549
WV 247-268
WY 820-831
""",
    # Four digits.
    "AU": """
ACT 0200-0299 2601-2617 2900-2920
ACT/NSW 2600 2618-2620
NSW 1000-2599 2621-2898 2921-2999
? 2899
NSW/QLD 4375-4385
NSW/VIC 3585-3586 3644 3691 3707
NT/QLD/SA/WA 0872
NT 0800-0871 0873-0999
NT/QLD 4825-4830
QLD 4000-4374 4386-4824 4831-4999 9000-9999
SA 5000-5999
TAS 7000-7999
VIC 3000-3584 3587-3643 3645-3690 3692-3706 3708-3999 8000-8999
WA 6000-6797 6800-6999
? 6798-6799
""",
    # Five digits of eight.
    "BR": """
AC 69900-69999
AL 57000-57999
AM 69000-69299 69400-69899
AP 68900-68999
BA 40000-48999
CE 60000-63999
DF 70000-72799 73000-73699
ES 29000-29999
GO 72800-72999 73700-76799
MA 65000-65999
MG 30000-39999
MS 79000-79999
MT 78000-78899
PA 66000-68899
PB 58000-58999
PE 50000-56999
PI 64000-64999
PR 80000-87999
RJ 20000-28999
RN 59000-59999
RO 76800-76999 78900-78999
RR 69300-69399
RS 90000-99999
SC 88000-89999
SE 49000-49999
SP 01000-19999
TO 77000-77999
""",
    # Two digits of five.
    "MX": """
AGU 20
BCN 21-22
BCS 23
CAM 24
CHH 31-33
CHP 29-30
CMX 00-16
COA 25-27
COL 28
DUR 34-35
GRO 39-41
GUA 36-38
HID 42-43
JAL 44-49
MEX 50-57
MIC 58-61
MOR 62
NAY 63
NLE 64-67
OAX 68-71
PUE 72-75
QUE 76
ROO 77
SIN 80-82
SLP 78-79
SON 83-85
TAB 86
TAM 87-89
TLA 90
VER 91-96
YUC 97
ZAC 98-99
""",
    # Two digits of five.
    "ES": """
AN 04 11 14 18 21 23 29 41
AR 22 44 50
AS 33
CB 39
CE 51
CL 05 09 24 34 37 40 42 47 49
CM 02 13 16 19 45
CN 35 38
CT 08 17 25 43
EX 06 10
GA 15 27 32 36
IB 07
MC 30
MD 28
ML 52
NC 31
PV 01 20 48
RI 26
VC 03 12 46
""",
    # Three digits of six; a state only where its clock differs from those beside it.
    "RU": """
MOW/MOS 101-144
KGD 236-238
VGG 400-404
SAR 410-413
AST 414-416
TA/ME 420-425
UD 426-427
CU/MO 428-431
ULY 432-433
PNZ 440-442
SAM 443-446
BA 450-453
CHE 454-457
ORE 460-462
PER 614-619
SVE 620-624
TYU/KHM/YAN 625-629
NVS 630-633
TOM 634-636
KGN 640-641
OMS 644-646
KYA 647-648 660-663
AL/ALT 649 656-659
KEM 650-654
KK 655
IRK 664-666
TY 667-668
BU 670-671
ZAB 672-674
AMU 675-676
SA 677-678
YEV 679
KHA 680-682
KAM 683-684 688
MAG 685-686
CHU 689
PRI 690-692
SAK 693-694
? 145-235 239-399 405-409 417-419 434-439 447-449 458-459 463-613 637-639 642-643 669 687
""",
}
"""A line is the states, then ranges; "?" is another country, or a state that is not known here."""
POSTAL_EXCEPTIONS = {
    "US": {
        "AR/MO": "72643",
        "AS": "96799",
        "GU": "96910 96911 96912 96913 96914 96915 96916 96917 96919 96921 96923 96928 96929 96931 96932",
        "MD": "20588",
        "MP": "96950 96951 96952",
        "NY": "06390",
        "OK/TX": "73960",
        "VA": "20598",
        "WY": "83414",
    }
}
"""Codes in the middle of another state's range. The rest of 969 is Palau, Micronesia and the Marshall Islands."""
_EAST, _CENTRAL, _MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
POSTAL_ZONES = {
    "US": {
        _CENTRAL: """
            325
            370 371 372 375 380 381 382 383 384 385
            420 421 422 423 424
            464 476 477
            660 661 662 664 665 666 667 668 669 670 671 672 673 674 675 676 679
            680 681 683 684 685 686 687 688 689
            570 571 572 573 574
            580 581 582 583 584
            733 750 751 752 753 754 755 756 757 758 759 760 761 762 763 764 765 766 767 768 769 770 772 773 774 775
            776 777 778 779 780 781 782 783 784 785 786 787 788 789 790 791 792 793 794 795 796 797
            """,
        _EAST: """
            320 321 322 323 326 327 328 329 330 331 332 333 334 335 336 337 338 339 341 342 344 346 347 349
            374 376 379
            400 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 418
            460 461 462 466 467 468 470 471 472 473 474 478
            480 481 482 483 484 485 486 487 488 489 490 491 492 493 494 495 496 497
            """,
        _MOUNTAIN: "577 693 799 885 832 833 834 836 837",
        "America/Los_Angeles": "838 970 971 972 973 974 975 976 977 978 889 890 891 893 894 895 897",
        # Navajo country, which has daylight time, is in 860 and 865.
        "America/Phoenix": "850 851 852 853 855 856 857 859 863 864",
        "America/Anchorage": "996 997 998 999",
    },
    "AU": {
        "Australia/Adelaide": "2880",
        "Australia/Lord_Howe": "2898",
        "Australia/Sydney": " ".join(str(number) for number in range(200, 288)),
    },
    "RU": {
        "Europe/Moscow": " ".join(
            str(number) for number in (*range(145, 236), *range(239, 400), *range(600, 614))
        ),
    },
}
"""Zones of codes by their first digits, where they are fewer than those of the state."""
CANADA_LETTERS = {
    "A": "NL",
    "B": "NS",
    "C": "PE",
    "E": "NB",
    "G": "QC",
    "H": "QC",
    "J": "QC",
    "K": "ON",
    "L": "ON",
    "M": "ON",
    "N": "ON",
    "P": "ON",
    "R": "MB",
    "S": "SK",
    "T": "AB",
    "V": "BC",
    "X": "NT NU",
    "Y": "YT",
}
"""Provinces by the first letter."""
_PACIFIC, _TORONTO, _PRAIRIE = "America/Vancouver", "America/Toronto", "America/Regina"
CANADA_ZONES = {
    "A1": "America/St_Johns",
    "A2": "America/St_Johns",
    **{f"G{digit}": _TORONTO for digit in range(1, 10)},
    "G4T": "America/Halifax",
    "H": _TORONTO,
    "J": _TORONTO,
    "K": _TORONTO,
    "L": _TORONTO,
    "M": _TORONTO,
    "N": _TORONTO,
    **{f"P{digit}": _TORONTO for digit in range(1, 8)},
    **{f"S{digit}": _PRAIRIE for digit in (3, 4, 6, 7)},
    **{f"V{digit}": _PACIFIC for digit in range(2, 10)},
}
"""Zones by the first characters, where they are fewer than those of the province."""
