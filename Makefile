# Every target sets up what it needs; a fresh machine needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TORCH := torch==2.13.0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := true

.PHONY: help install demo browser postgresql node test lint format soak screenshots docs clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@# Without a GPU the registry's default torch brings gigabytes of CUDA; the pinned one may be a CPU build.
	@$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[local,korean,documents,ray,dev]'
	@touch $@

install: $(STAMP) postgresql ## Make .venv with everything chatmill needs here
	@$(BIN)/chatmill --version
	@echo "Try it: make demo    Use it: $(BIN)/chatmill --help"

demo: $(STAMP) ## Take the sample chats to a tuned chatbot and a report (about 15 minutes on two cores)
	$(BIN)/chatmill demo demo

browser: $(STAMP)
	@sh scripts/install-browser.sh

postgresql: $(STAMP)
	@sh scripts/install-postgresql.sh

node: $(STAMP)
	@NODE_MAY_MISS=$(NODE_MAY_MISS) sh scripts/install-node.sh $(BIN)/python

test: $(STAMP) browser postgresql node ## Run the tests, a short real training and a real browser included
	$(BIN)/python -m pytest -m "not soak and not alone" --numprocesses 2 --dist loadfile
	$(BIN)/python -m pytest -m "alone and not soak"

lint: $(STAMP) ## ruff, mypy strict, the layers, and that every module is listed
	$(BIN)/ruff check src tests benchmarks docs scripts
	$(BIN)/ruff format --check src tests benchmarks docs scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/module_list.py

format: $(STAMP) ## Rewrite the code in the house format
	$(BIN)/ruff check --fix-only --quiet src tests benchmarks docs scripts
	$(BIN)/ruff format src tests benchmarks docs scripts

soak: $(STAMP) browser postgresql ## What takes longer: kill loops, fuzzing, full training
	$(BIN)/python -m pytest -m soak -s --timeout 7200

clean: ## Remove what was built, not what was downloaded
	rm -rf demo dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
