# Everything a person types. Each target does its own set-up; nothing but
# Python >= 3.11 and make is needed beforehand.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# The demo and the tests use embedded services whatever the shell has set.
FOREIGN := $(shell env | sed -n 's/^\(PG[A-Z]*\|KAFKA_[A-Z_]*\|ROI_[A-Z_]*\|LOADER_[A-Z_]*\|DAGSTER_HOME\|DBT_[A-Z_]*\)=.*/-u \1/p')
ISOLATED := env $(FOREIGN)

.PHONY: help setup demo test test-browser lint lock clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) ## Build .venv from requirements.lock

demo: $(READY) ## The whole path on simulated traffic: Kafka, Postgres, dbt, report
	@$(ISOLATED) $(BIN)/roi demo $(ARGS)

test: $(READY) lint ## Lint, and every test that needs no more than this machine
	@$(ISOLATED) $(BIN)/pytest -m "not browser" -n 2 --dist loadfile $(ARGS)
	@echo "Left out: tests in a real browser. With Chromium and chromedriver: make test-browser"

test-browser: $(READY) ## Tests in a real browser (needs chromium and chromedriver)
	@$(ISOLATED) $(BIN)/pytest -m browser $(ARGS)

lint: $(READY) ## ruff, mypy, sqlfluff
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/sqlfluff lint --disable-progress-bar models macros tests/dbt

lock: $(READY) ## Resolve the dependencies anew into the lock files
	@. .venv/uv; \
	for file in pyproject.toml requirements-uv.in; do \
	    case $$file in pyproject.toml) set -- --group dev -o requirements.lock ;; \
	        *) set -- -o requirements-uv.lock ;; esac; \
	    $$UV pip compile --quiet --upgrade --universal --python-version 3.11 \
	        --generate-hashes --no-header $$file "$$@" || exit 1; \
	done

clean: ## Stop the embedded services and delete them with their data, and .venv
	@if [ -x $(BIN)/roi ]; then $(BIN)/roi down; fi
	rm -rf .roi .venv .uv target logs

$(READY): requirements.lock requirements-uv.lock pyproject.toml .ci/setup.sh
	@PYTHON=$(PYTHON) sh .ci/setup.sh
	@touch $@
