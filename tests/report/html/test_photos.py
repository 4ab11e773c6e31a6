from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from matcher.errors import InputError
from matcher.report.html.photos import PhotoSheet


def test_equal_pictures_share_a_number(make_portrait: Callable[[int], bytes]) -> None:
    one, two = make_portrait(1), make_portrait(2)
    sheet = PhotoSheet({"A": one, "B": two, "C": bytes(one), "D": two})
    assert [sheet.number_of(record_id) for record_id in "ABCDE"] == [0, 1, 0, 1, None]
    assert [base64.b64decode(uri.split(",")[1]) for _, uri in sheet.uris()] == [one, two]


def test_pictures_that_nobody_asked_for_stay_out(make_portrait: Callable[[int], bytes]) -> None:
    sheet = PhotoSheet({"A": make_portrait(1), "B": make_portrait(2)})
    sheet.number_of("B")
    assert len(list(sheet.uris())) == 1


@pytest.mark.parametrize("picture", [b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n"])
def test_only_jpeg_gets_in(picture: bytes) -> None:
    with pytest.raises(InputError, match="thumbnail of record A: starts with"):
        PhotoSheet({"A": picture}).number_of("A")
