# Every target is one script of scripts/; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: bench help run build test test-quick test-setup lint fmt

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Build quickly and serve on http://localhost:8420 (PORT=… for another)
	@scripts/run

build: ## Build the release binary, target/release/masthead
	@scripts/build

test: ## Run every test, on SQLite and PostgreSQL
	@scripts/test

test-quick: ## Run the tests on SQLite alone
	@scripts/test-quick

test-setup: ## Install what the tests lack here (LINT=1: and what `make lint` uses)
	@scripts/setup

bench: build ## Measure the release binary beside nginx and sharp (needs wrk, nginx and Node.js)
	@bench/run.py
	@bench/media.py
	@bench/search.py

lint: ## Check formatting, clippy, dependencies and scripts
	@scripts/lint

fmt: ## Format the Rust code
	@cargo fmt --all
