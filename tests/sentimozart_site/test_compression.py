"""Text is sent compressed, nothing else is, and what a browser has already is not sent again."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from sentimozart_site.compression import TextCompression

SCRIPT = "/static/js/words.js"
ASKING = {"accept-encoding": "gzip"}


def sent(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_a_script_comes_compressed_to_those_who_can_read_that() -> None:
    plain, packed = Client().get(SCRIPT), Client().get(SCRIPT, headers=ASKING)
    assert (plain.has_header("Content-Encoding"), packed["Content-Encoding"]) == (False, "gzip")
    assert packed["Vary"] == "Accept-Encoding"
    whole, compressed = sent(plain), sent(packed)
    assert gzip.decompress(compressed) == whole
    assert len(compressed) < len(whole) / 2


def test_a_script_that_the_browser_has_is_not_sent_again() -> None:
    etag = Client().get(SCRIPT, headers=ASKING)["ETag"]
    assert etag.startswith("W/")
    assert Client().get(SCRIPT, headers=ASKING | {"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize(("kind", "status"), [("audio/mpeg", 200), ("image/png", 200), ("text/html", 206)])
def test_sound_pictures_and_parts_stay_as_they_are(kind: str, status: int) -> None:
    answer = HttpResponse(b"a" * 1000, content_type=kind, status=status)
    request = RequestFactory().get("/", headers=ASKING)
    TextCompression(lambda _: answer).process_response(request, answer)
    assert answer.content == b"a" * 1000
