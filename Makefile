# One verb each. `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help audit test check bench calibrate clean
.DEFAULT_GOAL := help

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

audit: $(READY) ## audit the classifier that ships with the project; ends with the path of the report
	$(BIN)/python -m audit.planted.demo_photographs reports/demo-photographs
	$(BIN)/python -m audit.planted.demo_photographs reports/demo-counterexamples --counterexamples
	$(BIN)/audit run demo --preset thorough --images reports/demo-photographs --counterexamples dumbbell=reports/demo-counterexamples

# One process more than cores: many tests wait for a process of their own or for the browser.
test: $(READY) ## run all tests, on every core
	$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(min(8, os.cpu_count() or 1) + 1)') --dist worksteal

check: $(READY) ## lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(READY) ## run every benchmark; some need AUDIT_ASSETS, the folder of real networks and photographs
	@for script in $$(grep -l __main__ benchmarks/*.py); do \
	  echo "== $$script"; $(BIN)/python "$$script" </dev/null || exit 1; \
	done

# Two shards of one core each, and hours. Records that are there are kept: remove benchmarks/planted to begin anew.
calibrate: $(READY) ## measure the suite of planted flaws again, make the null table and print the rates
	@suite() { for shard in 0/2 1/2; do $(BIN)/python benchmarks/planted_suite.py "$$@" --shard $$shard --cache reports/planted & done; wait %1 && wait %2; }; \
	set -em; \
	for half in tuning evaluation; do suite measure --half $$half; done; \
	$(BIN)/python benchmarks/planted_judge.py table; \
	for half in tuning evaluation; do suite prove --half $$half; done; \
	$(BIN)/python benchmarks/planted_judge.py rates; \
	for half in tuning evaluation; do suite measure --withheld --half $$half; done; \
	for verb in table rates; do $(BIN)/python benchmarks/planted_judge.py $$verb --name scenes; done; \
	$(BIN)/python benchmarks/planted_judge.py judge --half evaluation

clean: ## remove .venv, caches and built files; reports stay
	rm -rf .venv build dist .pytest_cache .ruff_cache ./*.egg-info
	find audit tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# uv chooses a torch and a torchvision that belong together; plain pip may mix their variants.
$(READY): pyproject.toml
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing .venv; \
	else \
	  $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; \
	fi
	@uv="$$(command -v uv || echo $(BIN)/uv)"; "$$uv" pip install --quiet --python $(BIN)/python -e . --group dev
	@touch $@
