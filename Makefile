# Two targets matter: `make dataset` and `make test`. Each makes the environment it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help collect dataset report notebooks release test test-forum test-crash format evaluate compare train bench docs lock hooks clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

dataset: $(VENV)/.runtime ## build data/processed from every source under data/raw
	@$(BIN)/threadrx build || test $$? -eq 1 # 1: built, some inputs left out, as it says

collect: $(VENV)/.runtime ## bring in the pages of SOURCE=name, or of every source with a [collect] table
	@$(BIN)/threadrx collect $(SOURCE) || test $$? -eq 1 # 1: some pages wait or were left out, as it says

notebooks: dataset $(VENV)/.dev ## run the notebooks into data/processed/notebooks (they show posts: for those who may see them)
	@mkdir -p data/processed/notebooks
	@$(BIN)/jupyter-execute notebooks/*.ipynb --output='../data/processed/notebooks/{notebook_name}'

release: dataset ## write the public and the restricted tier into releases/
	@$(BIN)/threadrx release

report: dataset ## write the explorer, a site that opens from disk, to data/report
	@$(BIN)/threadrx report

test: $(VENV)/.dev ## style, types, layering, tests: what CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q

test-forum: $(VENV)/.dev ## collect and parse a real forum program, django-machina (which gets an environment of its own)
	@test -x .forum/bin/python || { $(PYTHON) -m venv .forum && .forum/bin/pip install -q --disable-pip-version-check -r tests/forum/requirements.txt; }
	THREADRX_FORUM_PYTHON=.forum/bin/python $(BIN)/pytest -q -s tests/forum

test-crash: $(VENV)/.dev ## kill 200 builds at random instants and see that nothing is lost (a quarter of an hour)
	$(BIN)/python -m training.crash --kills 200

format: $(VENV)/.dev ## mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

evaluate: $(VENV)/.dev ## scores on the marked posts in training/, or of FILE=corrected.json
	$(BIN)/python -m training.evaluate $(if $(FILE),--file $(FILE))

compare: $(VENV)/.dev ## medspaCy's default ConText beside ours on marked threads (it gets an environment of its own)
	@test -x .medspacy/bin/python || { $(PYTHON) -m venv .medspacy && .medspacy/bin/pip install -q --disable-pip-version-check medspacy==1.3.1; }
	@$(BIN)/python -m training.context --medspacy .medspacy/bin/python --set blind --set probes

train: $(VENV)/.dev ## train the encoder on training/threads and training/text (an hour on two cores) and write pipeline/models
	@test -x .train/bin/python || { $(PYTHON) -m venv .train && .train/bin/pip install -q --disable-pip-version-check -r requirements-train.txt; }
	.train/bin/python -m training.encoder.train --out .train/encoder
	.train/bin/python -m training.encoder.export .train/encoder
	$(BIN)/python -m training.ablation --rules
	$(BIN)/python -m training.trust
	$(BIN)/python -m training.confidence

SIZES ?= 1000,10000
bench: $(VENV)/.dev ## speed of parsing and growth of builds of SIZES threads, beside others' (with environments of their own): docs/SCALE.md
	@test -x .bench/bin/python || { $(PYTHON) -m venv .bench && .bench/bin/pip install -q --disable-pip-version-check harvest-webforum==1.1.0; }
	@test -x .medspacy/bin/python || { $(PYTHON) -m venv .medspacy && .medspacy/bin/pip install -q --disable-pip-version-check medspacy==1.3.1; }
	@$(BIN)/python -m training.bench --harvest .bench/bin/python
	@$(BIN)/python -m training.scale --sizes $(SIZES) --harvest .bench/bin/python --medspacy .medspacy/bin/python

docs: $(VENV)/.dev ## write DATA_DICTIONARY.md, datapackage.json, the outputs shown in README.md and the notebooks anew
	@$(BIN)/threadrx dictionary
	@UPDATE_DOCS=1 $(BIN)/pytest -q tests/test_docs.py tests/test_notebooks.py -k "readme_shows or written"

# The lock names versions, never where they come from: whoever installs has their own index.
COMPILE := $(BIN)/pip-compile --quiet --constraint constraints.txt --upgrade --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

lock: ## pin newest allowed versions into requirements.txt and requirements-dev.txt
	@test -x $(BIN)/pip-compile || { $(PYTHON) -m venv $(VENV) && $(BIN)/pip install -q pip-tools; }
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --constraint requirements.txt --extra dev --extra cluster --output-file requirements-dev.txt pyproject.toml

hooks: $(VENV)/.dev ## check style before every commit
	$(BIN)/pre-commit install

clean: ## remove the environment and everything built
	rm -rf $(VENV) .bench .train .forum .medspacy data/processed data/report .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info

# A stamp is newer than the lock it was installed from; the dev set holds the runtime set.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@echo "installing the libraries of requirements.txt into $(VENV): a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --disable-pip-version-check --no-deps -e . # setuptools warns of flat layouts
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "installing the tools of requirements-dev.txt into $(VENV)"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@
