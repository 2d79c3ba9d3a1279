import json
import re

import pytest


@pytest.fixture
def tiles(html):
    return json.loads(re.search(r'<script type="application/json" id="tiles"[^>]*>([^<]*)<', html)[1])


def test_there_is_a_tile_for_every_class_in_order(tiles, run):
    assert [tile["i"] for tile in tiles] == [entry.label.index for entry in run[0].classes]


def test_a_search_finds_number_name_id_and_synonyms(tiles, run):
    for tile, entry in zip(tiles, run[0].classes, strict=True):
        assert tile["text"].startswith(f"{entry.label.index} ")
        assert tile["name"].lower() in tile["text"]
    assert "another word" in tiles[0]["text"]


def test_a_tile_counts_the_findings_of_its_class(tiles, run):
    for tile in tiles:
        about = [finding for finding in run[0].findings if tile["i"] in finding.classes]
        assert tile["findings"] == len(about)
        assert set(tile["checks"]) == {finding.check for finding in about}
        assert set(tile["verdicts"]) == {finding.verdict for finding in about}


def test_accuracy_is_given_only_where_photographs_are_enough(tiles, run):
    for tile, entry in zip(tiles, run[0].classes, strict=True):
        photos = entry.photographs
        assert (tile["accuracy"] is not None) is photos.enough
        if photos.enough:
            assert tile["accuracy"] == pytest.approx(photos.correct.value, rel=1e-4)
