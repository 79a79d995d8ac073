# Walras: everything that a developer runs. Each target sets up its own .venv when it is
# missing or when pyproject.toml or constraints.txt changed. Needs Python 3.11+ and make.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SERVICE := .venv/.walras-service
DEV := .venv/.walras-dev
BROWSER := .venv/.walras-browser
CHROMIUM := @test -x /usr/bin/chromium || { apt-get update && apt-get install --yes --no-install-recommends chromium; }

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser screenshots lint drill bench clean

help:  ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(SERVICE)  ## Play a market day of two states, show its numbers, and let the market live on in the browser until Ctrl-C
	$(BIN)/walras demo two-states

# Tests start the service in dozens of processes: it is compiled once.
test drill: export PYTHONDONTWRITEBYTECODE :=

test: $(DEV)  ## Run all tests but the drills, about ten minutes on two cores
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not drill and not browser"

test-browser: $(BROWSER)  ## Walk through the console in headless Chromium, which is installed where it is missing
	$(CHROMIUM)
	$(BIN)/python -m pytest tests/browser -m browser

screenshots: $(BROWSER)  ## Take a picture of every page of the console, into docs/images/console
	$(CHROMIUM)
	$(BIN)/python docs/make_screenshots.py

lint: $(DEV)  ## Check style, format, types and the law of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

drill: $(DEV)  ## Run the long runs; their figures are kept in docs/drills.md
	$(BIN)/python -m pytest -m drill --capture=no

bench: $(DEV)  ## Measure phases on the markets of the benchmark registry
	$(BIN)/python benchmarks/run.py

clean:  ## Remove the environment and everything that was built
	rm -rf .venv build dist out walras-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf src/*.egg-info

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Walras needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(SERVICE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[service]'
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $(SERVICE) $@

$(BROWSER): $(DEV)
	$(PIP) --editable '.[browser]'
	@touch $@
