# `make` alone lists what there is. Everything is set up when it is first needed.

PYTHON ?= python3
PYTEST_ARGS ?= -n auto --maxprocesses=4

VENV := .venv
PY := $(VENV)/bin/python
TO_RUN := $(VENV)/.ready-to-run
TO_TEST := $(VENV)/.ready-to-test

# For every system and every Python that Scrip runs on. What is in a list already keeps its version.
WITH_HASHES := $(VENV)/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command 'make requirements'

# A virtual environment that lost its Python, by an upgrade for example, is made again.
$(shell [ ! -e $(VENV) ] || $(PY) -c 'import pip' 2>/dev/null || rm -f $(TO_RUN))

# Tests compiled once and kept: where this is set, as in many containers, each run compiles them.
unexport PYTHONDONTWRITEBYTECODE

# What make soak runs.
SOAKED := crashes migrations_killed migrations_item_types import_killed backup api_contract racing_admins \
	publishing_at_random drafts_stay_hidden worker ledger_races ledger_random \
	purchases_races purchases_at_random purchases_killed purchases_refunds_at_random failover \
	database_gone sign_in_flood recovery_at_random

.DEFAULT_GOAL := help
.PHONY: help install run test test-all soak lint bench bench-ledger translations screenshots architecture
.PHONY: requirements

help: ## Show this list
	@echo 'Scrip sells prepaid credits. Commands:'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

install: $(TO_RUN) ## Set up what running needs, and nothing else

run: $(TO_RUN) ## Set up what is missing, then serve at http://127.0.0.1:8000 (PORT=… changes it)
	@exec $(PY) -m flask --app app start

test: $(TO_TEST) ## Set up what is missing, browser, PostgreSQL and nginx too, then run the tests (PYTEST_ARGS=… to choose)
	@$(PY) -m tools.scripts.install_browser
	@$(PY) -m tools.scripts.install_postgres
	@$(PY) -m tools.scripts.install_nginx
	@$(PY) -m pytest $(PYTEST_ARGS)

test-all: ## Run the tests of pages, and the long ones, on PostgreSQL too; look at pages in all ways
	@$(MAKE) test PYTEST_ARGS='$(PYTEST_ARGS) --all-on-both'

soak: $(TO_TEST) ## Kill, race and guess at length: 50 kills in Apply Changes on each database, and more
	@$(PY) -m tools.scripts.install_postgres
	@SOAK_KILLS=50 SOAK_WORKER_KILLS=20 SOAK_STRIDE=1 SOAK_IMPORT_STRIDE=1 SOAK_BACKUPS=10 SOAK_OPERATIONS=500 \
		SOAK_SEQUENCES=20 SOAK_SPENDS=2000 SOAK_PRESSES=100 SOAK_LIVES=200 SOAK_FAILOVERS=4 SOAK_FLOOD=5 \
		SOAK_RESTORES=20 \
		$(PY) -m pytest -s --hypothesis-profile=soak $(SOAKED:%=tests/test_%.py)

lint: $(TO_TEST) ## Check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: $(TO_TEST) ## Measure what admins and buyers wait for, against floors of the same run
	@$(PY) -m tools.scripts.install_postgres
	@$(PY) -m tools.bench

bench-ledger: $(TO_TEST) ## Measure the ledger alone, and verify 1,000,000 postings; writes nothing
	@$(PY) -m tools.scripts.install_postgres
	@BENCH_POSTINGS=1000000 $(PY) -m tools.bench.ledger

translations: $(TO_RUN) ## Bring translations/ up to date with the texts in code and templates
	@$(PY) -m tools.scripts.translations

screenshots: $(TO_TEST) ## Make the pictures in docs/ again
	@$(PY) -m tools.scripts.install_browser
	@$(PY) -m tools.scripts.screenshots

architecture: $(TO_RUN) ## Draw docs/architecture.svg again, from the imports in the code
	@$(PY) -m tools.scripts.architecture

requirements: ## Write requirements.txt and requirements-dev.txt again, from the lists that end in .in
	@[ -x $(VENV)/bin/uv ] || $(MAKE) $(TO_TEST)
	@$(WITH_HASHES) requirements.in --output-file requirements.txt
	@$(WITH_HASHES) requirements-dev.in --output-file requirements-dev.txt

# Stamps are written last, so whatever was interrupted is done again.
$(TO_RUN): requirements.txt
	@PYTHON='$(PYTHON)' tools/scripts/install_packages requirements.txt
	@touch $@

$(TO_TEST): $(TO_RUN) requirements-dev.txt
	@PYTHON='$(PYTHON)' tools/scripts/install_packages requirements-dev.txt
	@touch $@
