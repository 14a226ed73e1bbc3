"""Mappings as a client sends them: what is no number of a column, or says two things at once, is refused."""

from __future__ import annotations

import io

import pytest

from tests.api.asking import Api

FILE = b"phone,name\n+442079460123,Ada\n"


@pytest.mark.parametrize(
    "mapping, said",
    [
        ('{"columns": [{"index": true, "role": "number"}]}', "integer"),
        ('{"columns": [{"index": 0.0, "role": "number"}]}', "integer"),
        ('{"columns": [{"index": "0", "role": "number"}]}', "integer"),
        ('{"columns": [{"index": 0, "index": 1, "role": "number"}]}', "twice"),
        ('{"columns": [{"index": 0, "role": "number"}], "columns": []}', "twice"),
        ('{"columns": [{"index": 0, "role": "number"}, {"index": 0, "role": "language"}]}', "already"),
        ('{"columns": [{"index": 0, "role": "number", "sort": 1}]}', "sort"),
        ('{"delimiter": "tabs"}', "use one character, such as , or ; or “tab” or “space”"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(api: Api, mapping: str, said: str) -> None:
    campaign = api.campaign()
    answer = api.ask(
        "POST",
        f"/campaigns/{campaign['id']}/imports",
        status=422,
        data={"file": (io.BytesIO(FILE), "people.csv"), "mapping": mapping},
        content_type="multipart/form-data",
    )
    assert said in answer.text


@pytest.mark.parametrize("name, delimiter", [("tab", "\t"), ("Space", " ")])
def test_a_delimiter_may_be_named(api: Api, name: str, delimiter: str) -> None:
    campaign = api.campaign()
    file = FILE.replace(b",", delimiter.encode())
    answer = api.ask(
        "POST",
        f"/campaigns/{campaign['id']}/imports",
        data={"file": (io.BytesIO(file), "people.csv"), "mapping": f'{{"delimiter": "{name}"}}'},
        content_type="multipart/form-data",
    )
    found = answer.get_json()
    assert found["delimiter"] == delimiter
    assert [column["name"] for column in found["columns"]] == ["phone", "name"]
