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
