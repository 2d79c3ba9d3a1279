"""The records arranged as the page shows them."""

from audit.report.thumbnails import Thumbnails
from audit.report.view import GALLERY, View, wanted


def test_the_gallery_starts_with_the_worst_and_links_to_them(run, html):
    results, folder = run
    view = View(results, Thumbnails(folder, wanted(results)))
    drawn = [entry.result.label.index for entry in view.look_first if entry.natural]
    shown = [entry.result.label.index for entry in view.gallery]
    assert shown[: len(drawn)] == drawn[:GALLERY]
    assert len(shown) <= GALLERY
    part = html[html.index('class="gallery"') :]
    part = part[: part.index("</ul>")]
    assert [f'href="#class-{index}"' in part for index in shown] == [True] * len(shown)
