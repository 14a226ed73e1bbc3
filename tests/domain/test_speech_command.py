"""The template of the speech command: what it takes, and that nothing slips into it."""

from __future__ import annotations

import pytest

from campaign_app.domain.speech_command import DEFAULT, is_name, parse_speech_command


def test_a_voice_comes_first_then_the_language_then_english() -> None:
    command = parse_speech_command(DEFAULT)
    assert command.argv("en-gb+f3", "fr", "/x/o.wav") == [
        "espeak-ng",
        "-v",
        "en-gb+f3",
        "-w",
        "/x/o.wav",
        "--stdin",
    ]
    assert command.argv(None, "fr-FR")[2] == "fr-FR"
    assert command.argv(None, None)[2] == "en"


def test_a_command_may_have_quotes_and_places_within_words() -> None:
    command = parse_speech_command("piper --model '/opt/my voices/{language}.onnx' --output_file={output}")
    assert command.argv(None, "de", "o.wav") == [
        "piper",
        "--model",
        "/opt/my voices/de.onnx",
        "--output_file=o.wav",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "--help",
        "-w",
        "../x",
        "/etc/passwd",
        "a b",
        "",
        "a;b",
        "a\nb",
        "en\0",
        "é",
        "x" * 65,
        "{output}",
        "..",
    ],
)
def test_a_voice_can_be_no_option_no_path_and_no_place(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(ValueError, match="neither a voice nor a language"):
        parse_speech_command(DEFAULT).argv(name, None)
    with pytest.raises(ValueError, match="neither a voice nor a language"):
        parse_speech_command(DEFAULT).argv(None, name)


@pytest.mark.parametrize(
    "template,why",
    [
        ("", "a program and its arguments"),
        ("espeak-ng --stdin", "{output}"),
        ("{voice} -w {output}", "a program"),
        ("espeak-ng -w {output} {text}", "{text}"),
        ("espeak-ng -w '{output}", "quotes"),
    ],
)
def test_a_template_that_cannot_work_is_refused_with_the_reason(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("{", r"\{").replace("}", r"\}")):
        parse_speech_command(template)
