"""Notes that say, in plain words of many languages, that somebody must not be called."""

from __future__ import annotations

import pytest

from campaign_app.domain.column_notes import may_say_do_not_call, says_do_not_call


@pytest.mark.parametrize(
    "text",
    [
        *(
            "DNC",
            "Please do not call again, thanks",
            "Don't call",
            "VIP. Don’t call!",
            "deceased",
            "wrong number",
        ),
        *("bitte nicht mehr anrufen", "Herr Müller: bitte nicht mehr anrufen!", "Kunde verstorben 2021"),
        *("ne plus appeler", "Je ne veux plus être appelé", "décédé", "n'appelez plus"),
        *("no llamar", "NO LLAMAR MÁS", "cliente fallecido", "non chiamare", "Si prega di non chiamare più"),
        *("não ligar", "NAO LIGAR", "niet meer bellen", "proszę nie dzwonić", "ring inte", "älä soita"),
        *("не звонить", "Просила больше не звонить", "не дзвонити", "μην καλείτε", "aramayın", "nu sunați"),
        *("請勿致電", "不要致电，谢谢", "電話しないでください", "전화하지 마세요", "ห้ามโทร", "कॉल न करें"),
        *("لا تتصل بي", "אל תתקשרו", "không gọi", "jangan hubungi lagi", "nevolat", "ne hívják"),
    ],
)
def test_a_text_that_says_not_to_call_is_heard(text: str) -> None:
    assert may_say_do_not_call(f"Ann {text}")
    assert says_do_not_call(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Ann Calloway", "No. 5 Main St", "wants a call", "called, no answer", "call him tomorrow"),
        *(
            "Dead Poets Inc",
            "Nix",
            "Robinson",
            "Herr Nicht",
            "Plus GmbH",
            "Nie",
            "bitte anrufen",
            "王小明",
            "電話",
            "Не",
        ),
        *(
            "Baja California",
            "Stop Shop Ltd",
            "not yet called",
            "noch nicht angerufen",
            "по телефону",
            "Contact: Ann",
        ),
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert not says_do_not_call(text)
