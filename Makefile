# Two commands do everything: `make run` and `make test`. `make` alone says what else there is.
# Recipes read settings from the environment, quoted, so that any path and any value is safe in them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

export PORT ?= 8080
export REPO ?= .
export WORKERS ?= auto
BIN := .venv/bin

.PHONY: help run test test-quick test-thorough coverage lint setup bench report check fmt lock clean
PYTEST = $(BIN)/python -m pytest -n "$$WORKERS" --dist worksteal
QUICK = not (engine or service or judges or web)

help: ## Show this list
	@printf 'Toolcrib: a Git repository of small Python tools, served to people and to models.\n\n'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1~\2/p' Makefile | while IFS='~' read -r name text; do \
		printf '%-22s %s\n' "$$name" "$$text"; done
	@printf '\nSettings: PORT=%s REPO=%s WORKERS=%s (tests at once) ARGS= (for pytest), PYTHON= (to make .venv with)\n' \
		"$$PORT" "$$REPO" "$$WORKERS"
	@printf 'For example:\n  make run PORT=9000 REPO=/srv/our-tools\n  make test ARGS="tests/setup -k lock"\n'
	@printf 'One test without any set-up:\n  $(BIN)/python -m pytest tests/registry/test_config.py -k empty\n'

run: ## Set everything up, then serve the tools of REPO on http://127.0.0.1:PORT
	@setup/all
	@exec $(BIN)/toolcrib serve --repo "$$REPO" --port "$$PORT"

test: ## Set everything up, then run linters, type checks and every test
	@setup/all dev
	@$(MAKE) --no-print-directory lint
	$(PYTEST) $(ARGS)

test-quick: ## Run the tests of units and of the app: no engine, no service, no browser
	@setup/venv dev
	$(PYTEST) -m "$(QUICK)" $(ARGS)

test-thorough: ## The same as test, with ten times as many examples in each property test
	@$(MAKE) --no-print-directory test ARGS="--hypothesis-profile=thorough $(ARGS)"

coverage: ## Measure what of the code and of the tests the quick tests run, and fail below what it was
	@setup/venv dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n "$$WORKERS" --dist worksteal -m "$(QUICK)" $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: ## Check style, types, the walls of imports, and the page (needs no engine and no browser)
	@setup/venv dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@setup/page check

setup: ## Set everything up for running and testing, and do nothing else
	@setup/all dev

bench: ## Measure the service beside its baselines and print both (ARGS="--json FILE" writes them too)
	@setup/all dev
	$(BIN)/python -m tests.bench $(ARGS)

report: ## Do to a service what must not break it, print what held and what broke (ARGS=--list names the cases)
	@setup/all dev
	$(BIN)/python -m tests.report $(ARGS)

check: ## Check every tool and toolset and show all findings
	@setup/venv
	$(BIN)/toolcrib check tools toolsets

fmt: ## Put the code in its standard form
	@setup/venv dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## Recompile the lock files after a change of pyproject.toml (UPGRADE=1 takes newer versions)
	@setup/venv dev
	setup/lock $(if $(UPGRADE),--upgrade)

clean: ## Remove .venv and every cache (the engine and its images stay)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* dist web/dist web/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
