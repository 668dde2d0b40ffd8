# The virtual environment is made from this Python.
PYTHON ?= python3
RUN := .venv/bin/python
# Tests that go on at a time.
WORKERS ?= 6
PYTEST := $(RUN) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder
CHECK = $(MAKE) --no-print-directory --jobs=3 --output-sync \
	pyright mypy docs lint imports contract compatible check-generated
READY := .venv/.ready
DATA_READY := .venv-data/.ready
# Images of Python set it; then each of the tests' hundreds of processes would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run fetch test test-long test-integrations test-kubernetes test-kubernetes-short check pyright mypy lint imports contract compatible generate check-generated docs bench serve dist clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup  ## run examples/quickstart.py on a local runtime
	@$(RUN) examples/quickstart.py
	@echo "Next, a prompt in a sandbox: .venv/bin/cognitora --local repl"

test: setup  ## check everything, then run the tests
	+@$(CHECK) fetch
	@$(PYTEST) $(ARGS)

test-long: setup  ## the tests that take long too (ARGS: passed to pytest, as in `make test`)
	+@$(CHECK) fetch
	@$(PYTEST) -m "long or not long" $(ARGS)

test-integrations: setup  ## test cognitora.integrations with the frameworks (ARGS="mcp deepagents": those alone)
	@$(RUN) -m scripts.integrations $(ARGS)

test-kubernetes: setup  ## test on a real cluster, built once in 7 minutes, as root on Debian (ARGS: passed to pytest)
	@$(RUN) -m scripts.kubernetes build
	@$(RUN) -m pytest tests/kubernetes -m "long or not long" $(ARGS)

test-kubernetes-short: setup  ## the part of that which shows the most in 5 minutes; where there can't be a cluster, says why
	@$(RUN) -m scripts.kubernetes build; status=$$?; test $$status = 3 && exit 0; test $$status = 0 || exit $$status; \
	$(RUN) -m pytest tests/kubernetes -m short $(ARGS)

check: $(READY)  ## all that doesn't run the code: the six below, the documentation, and whether the generated code is fresh
	+@$(CHECK)

fetch: $(READY)  ## get what the tests need of Debian and PyPI, once
	@$(RUN) -m tests.fetch

pyright: $(READY)  ## types, as editors check them
	@$(RUN) -m pyright

mypy: $(READY)  ## types
	@$(RUN) -m mypy

lint: $(READY)  ## mistakes and layout
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet

imports: $(READY)  ## do they run as docs/architecture.md says, and is every file short?
	@.venv/bin/lint-imports --no-logo --no-cache >.venv/imports || { cat .venv/imports; exit 1; }
	@$(RUN) -m scripts.lint_size

contract: $(READY)  ## is openapi.yaml what it should be?
	@$(RUN) -m openapi_spec_validator openapi.yaml
	@$(RUN) -m scripts.lint_spec

compatible: $(READY)  ## does what was written for the last release still work? (AGAINST=main: for a commit)
	@$(RUN) -m scripts.compatibility $(AGAINST:%=--against %)

generate: $(READY)  ## write what follows from openapi.yaml and cognitora/_async
	@$(RUN) -m scripts.generate

check-generated: $(READY)  ## fail where the generated code is not what they say
	@$(RUN) -m scripts.generate --check

docs: $(READY)  ## build the documentation, strictly, into build/site
	@$(RUN) -m scripts.docs && echo "The documentation: build/site/index.html"

bench: setup  ## measure against other clients (ARGS="sync async-64 --rounds 3", or "--list")
	@$(RUN) -m benchmarks $(ARGS)

serve: setup  ## start a local runtime (ARGS="--port 8700 --image NAME=REFERENCE …")
	@$(RUN) -m scripts.serve $(ARGS)

dist: setup  ## make what is published, in dist/, and try it on every Python that is here (of the commit)
	@$(RUN) -m scripts.dist $(ARGS)

setup: $(READY) $(DATA_READY)  ## install what is needed: .venv, and what sandboxes and containers need of the system
	@scripts/bootstrap

$(READY): pyproject.toml scripts/setup
	@PYTHON=$(PYTHON) scripts/setup

$(DATA_READY): $(READY)
	@[ -e $@ ] && [ ! $@ -ot $< ] || PYTHON=$(PYTHON) scripts/setup

clean:  ## remove what the other targets have made
	rm -rf .venv .venv-data .venv-dist .venv-integrations .cache .mypy_cache .pytest_cache .ruff_cache .generate-* build dist quickstart-output data-analysis-output scripts/redocly/node_modules tests/axe/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
