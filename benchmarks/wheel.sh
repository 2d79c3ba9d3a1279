#!/usr/bin/env bash
# Does the wheel hold all that an audit needs? Builds it, installs it in an empty environment, and audits the
# demo in an empty folder, out of reach of this checkout. Needs uv.
#
#     benchmarks/wheel.sh [extra arguments of `uv pip install`]
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT

uv build --quiet --wheel --out-dir "$place/dist" "$root" </dev/null
uv venv --quiet "$place/env"
uv pip install --quiet --python "$place/env" "$@" "$place"/dist/*.whl </dev/null

mkdir "$place/empty"
cd "$place/empty"
"$place/env/bin/python" -c 'import audit, sys; assert audit.__file__.startswith(sys.prefix), audit.__file__'
"$place/env/bin/audit" run demo --preset quick </dev/null
test -s reports/demo/index.html
test -s reports/demo/results.json
[[ "$(ls -A)" == reports ]]
echo "the wheel audits the demo by itself ($(du -h "$place"/dist/*.whl | cut -f1))"
