import base64
import gzip
import json

from audit.report.embedded import as_json, blocks, packed, shown, with_pictures


def test_a_packed_text_comes_back_and_has_the_same_bytes_each_time():
    text = "</script> é 猫 " * 100
    assert gzip.decompress(base64.b64decode(packed(text))).decode() == text
    assert packed(text) == packed(text)
    assert base64.b64decode(packed(text))[4:8] == bytes(4), "the time stands in it"


def test_json_cannot_leave_its_element():
    value = {"name": "</script><!-- & \u2028", "n": [1, None, 0.5]}
    text = as_json(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028") & set(text)


def test_pictures_that_stand_in_the_markup_have_no_block():
    html = '<img data-img="1" alt="a"><p>&lt;img data-img="0"</p><img data-img="1" alt="b">'
    pictures = ["AAAA", "BBBB", "CCCC"]
    assert shown(html) == {1}
    assert with_pictures(html, pictures).count('src="data:image/webp;base64,BBBB"') == 2
    assert "AAAA" not in with_pictures(html, pictures)
    inert = blocks(pictures, {1})
    assert ">AAAA<" in inert
    assert ">CCCC<" in inert
    assert "BBBB" not in inert
