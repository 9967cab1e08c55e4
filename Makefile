# `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

APT_PACKAGES := ca-certificates git libargon2-dev libcurl4-openssl-dev libsqlite3-dev libzstd-dev pkg-config python3 python3-venv zlib1g-dev
RELEASE := .build/release/tiebeam
DATA ?= ./data
API_PORT ?= 3000
SYNC_PORT ?= 3001
FUZZ_SECONDS ?= 60
FIRST ?= 1
SEEDS ?= 5000
CHAOS_SECONDS ?= 600
CHAOS_SEED ?=
sudo := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install the system packages that the build and the tests need (Debian).
	@missing=$$(for p in $(APT_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "Installing" $$missing; \
		$(sudo) apt-get update -qq && $(sudo) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

.PHONY: build
build: deps ## Build everything for debugging.
	swift build

.PHONY: release
release: deps ## Build the optimised `tiebeam`. It runs without the Swift toolchain.
	swift build -c release --product tiebeam --static-swift-stdlib

.PHONY: run
run: release ## Start one node on embedded defaults (DATA, API_PORT, SYNC_PORT).
	exec $(RELEASE) serve --data $(DATA) --api-port $(API_PORT) --sync-port $(SYNC_PORT)

.PHONY: demo
demo: release ## Send a building to region A, mirror it to B, receive it from B, compare every byte.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Demo/run.sh

.PHONY: test
test: APT_PACKAGES += chromium fonts-dejavu-core gcc spin
test: CHAOS_SECONDS := 15
test: CHAOS_SEED := 1
test: lint deps-check unit conformance clients browser demo models chaos ## Run every check. This is what CI runs.

.PHONY: unit
unit: deps ## Run the Swift tests.
	SWIFT_DETERMINISTIC_HASHING=1 swift test

.PHONY: conformance
conformance: release ## Compare GraphQL and the sync protocol with independent implementations.
	swift build --product graphql-harness
	TIEBEAM_BINARY=$(abspath $(RELEASE)) GRAPHQL_HARNESS=$$(swift build --show-bin-path)/graphql-harness \
		Tests/Conformance/run.sh

.PHONY: clients
clients: release ## Run the tests with real Speckle clients.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Tests/Clients/run.sh

.PHONY: browser
browser: APT_PACKAGES += chromium fonts-dejavu-core
browser: release ## Do on the node's pages what people do, in a real browser; pictures are in .build-pages.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Tests/Browser/run.sh

.PHONY: models
models: APT_PACKAGES += gcc spin
models: deps ## Check the small models of the protocol (spin).
	Tests/Models/run.sh

.PHONY: chaos
chaos: release ## Regions and an edge behind bad links, killed at random, written to all the time (CHAOS_SECONDS, CHAOS_SEED).
	TIEBEAM_BINARY=$(abspath $(RELEASE)) CHAOS_SECONDS=$(CHAOS_SECONDS) CHAOS_SEED=$(CHAOS_SEED) Tests/Chaos/run.sh

.PHONY: bench
bench: APT_PACKAGES += curl gcc libssl-dev procps
bench: release ## Measure against git, HTTP and the floor; interleaved runs, medians, ratios.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Benchmarks/run.sh bench.py

.PHONY: bench-sync
bench-sync: APT_PACKAGES += curl gcc iproute2 libssl-dev procps rsync util-linux
bench-sync: release ## Hold sync to its targets: bytes, time, memory; BENCH="--large" for a million objects.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Benchmarks/run.sh bench_sync.py $(BENCH)

.PHONY: bench-replication
bench-replication: APT_PACKAGES += curl gcc iproute2 libssl-dev procps util-linux
bench-replication: release ## Hold regions to their targets: lag, operations a second, convergence.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Benchmarks/run.sh bench_replication.py $(BENCH)

.PHONY: bench-api
bench-api: APT_PACKAGES += gcc libssl-dev
bench-api: release ## Hold the API to its targets: queries, objects up and down, memory, subscribers.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Benchmarks/run.sh bench_api.py $(BENCH)

.PHONY: bench-webhooks
bench-webhooks: APT_PACKAGES += gcc libssl-dev
bench-webhooks: release ## Hold webhooks to their target: 10,000 deliveries, receivers that hang, a crash.
	TIEBEAM_BINARY=$(abspath $(RELEASE)) Benchmarks/run.sh bench_webhooks.py $(BENCH)

.PHONY: fuzz
fuzz: release ## Feed the parsers and machines mutated bytes (FUZZ_SECONDS each, FUZZ_TARGETS).
	FUZZ_SECONDS=$(FUZZ_SECONDS) Fuzz/run.sh

.PHONY: fuzz-replay
fuzz-replay: release ## Feed the fuzz targets the inputs that broke a rule before.
	Fuzz/run.sh replay

.PHONY: sim
sim: deps ## Run regions with every fault at once (SEEDS, FIRST).
	swift build -c release --product simulate
	SWIFT_DETERMINISTIC_HASHING=1 .build/release/simulate $(FIRST) $(SEEDS)

.PHONY: mutants
mutants: deps ## Put deliberate bugs into a copy of the sources; the simulation must find each.
	Tests/Mutants/mutants.py --write docs/verification/mutants.md

.PHONY: lint
lint: ## Check the format of the Swift sources.
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz

.PHONY: format
format: ## Format the Swift sources.
	swift format --in-place --recursive --parallel Package.swift Sources Tests Fuzz

.PHONY: deps-check
deps-check: deps ## Build with undeclared imports between targets as errors.
	swift build --build-tests --explicit-target-dependency-import-check error

.PHONY: clean
clean: ## Remove what was built.
	rm -rf .build .build-* .venv-* Benchmarks/.build-*
