"""The script of the grid speaks of the fields, filters and orders that the page gives to it."""

import re
from importlib import resources

import pytest

from audit.report.page import asset
from audit.report.tiles import Tile

ADDED = {"node", "row", "detail"}
"""What the script itself adds to a tile."""


@pytest.fixture(scope="module")
def script():
    return "".join(asset(f"{name}.js") for name in ("address", "grid"))


def block(script, name):
    return re.search(rf"const {name} = {{(.*?)}};", script, re.DOTALL)[1]


def keys(text):
    return set(re.findall(r"(?:^|[{,])\s*(\w+):", text, re.MULTILINE))


def test_every_field_that_is_read_is_a_tiles(script):
    read = set(re.findall(r"\btile\.(\w+)", script)) - ADDED
    assert {"probability", "transfer_model", "badge"} <= read <= set(Tile.__annotations__)


def test_every_filter_has_a_place_in_the_address(script):
    remembered = keys(block(script, "NOTHING"))
    assert keys(block(script, "controls")) <= remembered
    assert set(re.findall(r"\bstate\.(\w+)", script)) <= remembered | {"anchor"}


def test_every_order_and_control_of_the_page_is_known_to_the_script(script):
    html = (resources.files("audit.report") / "templates" / "classes.html.j2").read_text(encoding="utf-8")
    offered = set(re.findall(r'<option value="(\w+)"', html.split('id="order">')[1].split("</select>")[0]))
    assert {"index", "worst", "transfer"} <= offered <= keys(block(script, "orders"))
    ids = set(re.findall(r'byId\("([\w-]+)"\)', block(script, "controls")))
    form = html.split('<form class="tools"')[1].split("</form>")[0]
    assert set(re.findall(r'<(?:input|select)[^>]* id="([\w-]+)"', form)) == ids
