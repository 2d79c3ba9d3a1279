import json

import jsonschema
import pytest

from audit.report.write import schema


def test_results_json_fulfils_the_schema(run):
    _, folder = run
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())


@pytest.mark.parametrize(
    "break_it", [lambda d: d.pop("verdict"), lambda d: d.update(extra=1), lambda d: d["run"].update(seed="x")]
)
def test_another_document_does_not(run, break_it):
    _, folder = run
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    break_it(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())
