# Paths are relative, so that a folder with a space in its name will do. PYTHON=python3.12 chooses a Python.
BIN := .venv/bin
export PYTHON

.PHONY: help release test peers bench audit-accuracy clean
help:  ## list what there is
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 24

release:  ## rehearse a release against the offline Apple
	@.ci/environment
	@$(BIN)/lane run release

test:  ## formatting, lint, types, import contracts and tests
	@.ci/environment test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto

peers:  ## install other people's clients, which the tests then hold the sandbox against
	@.ci/peers

bench:  ## measure against named peers, and print ratios
	@.ci/environment test,bench
	$(BIN)/python -m tests.benchmarks

audit-accuracy:  ## say how right `lane audit` is on labelled Fastfiles (CORPUS=folder: on those there)
	@.ci/environment test
	@$(BIN)/python -m tests.lane_fastfile.audit_accuracy $(if $(CORPUS),"$(CORPUS)")

clean:  ## remove the environment and what runs have left
	rm -rf .venv .peers .lane
