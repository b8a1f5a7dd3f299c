.PHONY: help setup run test check fuzz bench bench-gpu train evaluate

# libtorch and the build are kept in the user's cache, so that a fresh clone does not build them again.
cache := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vaxloom
export CARGO_TARGET_DIR ?= $(cache)/target
export PATH := $(cache)/tools/bin:$(PATH)
data ?= ../shared/data

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

setup: ## libtorch into the user's cache (543 MB), checked by SHA-256; does nothing the second time
	@scripts/setup-libtorch.sh

run: setup ## The sample cohort into the lake at ./lake: ranked constructs, a page a patient
	cargo build
	$(CARGO_TARGET_DIR)/debug/vaxloom run --samples data-samples/samples.csv --records data-samples/records --lake lake

test: setup ## Every test
	cargo test --workspace

check: setup ## Format, lints, documentation, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
	command -v cargo-deny >/dev/null || cargo install --quiet --locked --root $(cache)/tools cargo-deny
	cargo deny --workspace check bans licenses sources

targets := vcf csq gff maf hgvs
time := 60
fuzz: export CARGO_TARGET_DIR = $(cache)/fuzz
fuzz: ## Every fuzz target for $(time) seconds (fuzz/README.md)
	command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --root $(cache)/tools cargo-fuzz
	cd fuzz && for target in $(targets); do \
		mkdir -p corpus/$$target && cargo fuzz run --sanitizer none $$target corpus/$$target seeds/$$target -- \
			-max_total_time=$(time) -timeout=25 -dict=dictionaries/$$target.dict || exit 1; \
	done

bench: setup ## Time and memory of whole runs and of predictions
	cargo build --release
	scripts/bench.sh
	scripts/bench-predict.sh
	scripts/bench-consequence.sh
	scripts/bench-mrna.sh
	scripts/bench-records.sh 1000

bench-gpu: setup ## That a GPU gives the scores of the CPU, and how fast it is
	cargo build --release
	scripts/bench-gpu.sh

models := mhc1-presentation mhc2-presentation
release := $(CARGO_TARGET_DIR)/release/vaxloom
train: setup ## The predictors, from the tables in $(data)
	cargo build --release
	for model in $(models); do \
		OMP_WAIT_POLICY=passive $(release) train models/$$model/base/recipe.toml --data $(data) || exit 1; \
	done
	$(release) train models/immunogenicity/base/recipe.toml --data $(data)

evaluate: setup ## The predictors beside their peers, on the benchmarks in $(data)
	cargo build --release
	$(release) evaluate --benchmark $(data)/presentation-benchmark --data $(data)
	$(release) evaluate --benchmark $(data)/mhcflurry-kim-blind --data $(data)
	$(release) evaluate --task mhc2-presentation --benchmark $(data)/class2-benchmark --data $(data)
	$(release) evaluate --immunogenicity models/immunogenicity/base/recipe.toml --data $(data)
