# Everything from nothing but Python 3.11+, make and a C compiler. What is made along the way is kept in
# $XDG_CACHE_HOME/regcred (default ~/.cache/regcred); deleting that costs time and nothing else.

# A name on PATH may be a version manager's shim that only fails, so each candidate is tried.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 \
	$(sort $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/*/bin/python3))
PYTHON ?= $(shell for python in $(CANDIDATES); do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

DO = $(or $(PYTHON),$(error no working Python 3.11 or newer found; put one on PATH or say which: make PYTHON=/path/to/python3)) \
	-m tests.environment

.DEFAULT_GOAL := help
.PHONY: help demo lint lint-quick sanity unit oracle e2e reliability integration test test-matrix benchmark clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## a real cluster on this machine and the collection at work on it
	@$(DO) demo $(ARGS)

lint: ## ruff, mypy, ansible-lint, yamllint, antsibull and the house rules
	@$(DO) lint

lint-quick: ## the linters that take seconds, for a hook before each commit
	@$(DO) lint-quick

sanity: ## ansible-test sanity on every Python that is here
	@$(DO) sanity

unit: ## pytest of all that needs no cluster; ARGS="tests/unit -k name" for a part
	@$(DO) unit $(ARGS)

oracle: ## our answers beside the kubelet's own; ARGS="--cases 200000" for more
	@$(DO) oracle $(ARGS)

e2e: ## the modules against a cluster; ARGS="tests/e2e/test_leaks.py" for a part
	@$(DO) e2e $(ARGS)

reliability: ## modules under random faults; ARGS="--seed new --rounds 20" for more
	@$(DO) reliability $(ARGS)

integration: ## ansible-test integration against a cluster; TARGET=name for one target
	@$(DO) integration $(TARGET)

test: ## lint, unit, oracle, sanity, e2e, reliability, integration, demo: as CI does
	@$(DO) test

test-matrix: ## the tests on every ansible-core and Kubernetes; ARGS="2.18 1.34" for some
	@$(DO) test-matrix $(ARGS)

benchmark: ## how fast, on thousands of namespaces
	@$(DO) benchmark $(ARGS)

clean: ## remove what the tests left in this folder
	@$(DO) clean
