"""The two downloads are the two files of the run, also where the page lies alone."""

import json

import pytest


def _download(report, selector):
    folder = report.browser.downloads
    for old in folder.iterdir():
        old.unlink()
    report.browser.click(selector)

    def arrived():
        files = list(folder.iterdir())
        return files[0] if len(files) == 1 and files[0].suffix in {".json", ".csv"} else None

    return report.browser.until(arrived, f"{selector} downloads").read_bytes()


@pytest.mark.parametrize("alone", [False, True], ids=["beside the run", "page alone"])
def test_downloads_are_the_files_of_the_run(report, many, tmp_path, alone):
    _, folder = many
    page = report.path
    if alone:
        page = tmp_path / "elsewhere.html"
        page.write_bytes(report.path.read_bytes())
    report.open(path=page)
    assert json.loads(_download(report, "#download-json")) == json.loads(
        (folder / "results.json").read_bytes()
    )
    assert _download(report, "#download-csv") == (folder / "classes.csv").read_bytes()
