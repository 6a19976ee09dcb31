# Paths are relative, so that a folder with a space in its name will do.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help release test bench clean
help:  ## list what there is
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 16

release: .venv/installed  ## rehearse a release against the offline Apple
	@$(BIN)/lane run release

test: .venv/tested  ## formatting, lint, types, import contracts and tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto

bench: .venv/benched  ## measure against named peers, and print ratios
	$(BIN)/python -m tests.benchmarks

clean:  ## remove the environment and what runs have left
	rm -rf .venv .lane

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/tested: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ .venv/installed

.venv/benched: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[test,bench]'
	@touch $@ .venv/installed .venv/tested
