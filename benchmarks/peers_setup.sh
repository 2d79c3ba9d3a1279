#!/usr/bin/env bash
# An environment in which this project and its peers import together, for benchmarks/peers.py.
#
#     benchmarks/peers_setup.sh [FOLDER]      then: AUDIT_ASSETS=... FOLDER/bin/python benchmarks/peers.py
#
# Everything of the project's own environment (`make test` makes it) is seen through one .pth file, so that both
# use the same torch. Packages are installed without their own requirements: torch-lucent asks for a kornia that
# needs an old torch, and what only shows pictures (IPython, matplotlib) is replaced in code.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
export PATH="$PATH:$root/.venv/bin" # make leaves uv there where the machine has none
place="${1:-${TMPDIR:-/tmp}/peers-venv}"

uv venv --quiet --allow-existing --python "$root/.venv/bin/python" "$place"
sites='import sysconfig; print(sysconfig.get_paths()["purelib"])'
echo "import site; site.addsitedir('$("$root/.venv/bin/python" -c "$sites")')" \
  >"$("$place/bin/python" -c "$sites")/project.pth"
uv pip install --quiet --python "$place/bin/python" --no-deps torch-lucent==0.1.8 horama==0.3.0 \
  kornia==0.9.0 kornia-rs==0.2.0 einops==0.8.2 decorator==5.3.1 tqdm==4.70.1 </dev/null
"$place/bin/python" -c 'import audit, kornia, torch, tqdm; print("torch", torch.__version__, "kornia", kornia.__version__)'
echo "$place/bin/python"
