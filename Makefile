# fastpipe. Needs Python >= 3.11 and make; everything else is installed into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RECORDING := sample_data/fake_pulsar.fil
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs score clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(VENV)/installed ## search the sample recording; catalogue and plots go to demo/
	@echo "== Searching $(RECORDING), a small fake recording with one pulsar in it (see sample_data/README.md)"
	@echo "== The first search on a machine compiles its kernels, which takes a minute or two; later ones do not."
	@mkdir -p demo
	$(BIN)/fastpipe search $(RECORDING) -o demo/catalogue.h5 --plots demo
	@echo "== Done. Look at the plots in demo/, or at one candidate: $(BIN)/fastpipe show demo/catalogue.h5 1"

test: $(VENV)/installed-test ## run the tests
	@echo "== Running the tests; those of real recordings are skipped where the recordings are absent"
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/installed-lint ## check style, types and the borders between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/installed-test ## measure the kernels beside what the machine allows
	$(BIN)/python -m pytest benchmarks --benchmark-enable -s

docs: $(VENV)/installed-docs ## build the documentation into docs/_build/html
	$(BIN)/python -m sphinx --quiet --jobs auto --fail-on-warning --keep-going --fresh-env docs docs/_build/html
	$(BIN)/python docs/check_site.py docs/_build/html
	@echo "== Open docs/_build/html/index.html"

SCORE_SET := score_set.h5
SCORE_RECORDINGS ?= 1300
REAL_RECORDINGS ?= ../shared/data

score: $(VENV)/installed-training ## train the model of the score anew (about a quarter of an hour on two cores)
	$(BIN)/python -m training.make_candidates -o $(SCORE_SET) --recordings $(SCORE_RECORDINGS) --seed 2 --jobs 2 $(if $(wildcard $(REAL_RECORDINGS)/recordings),--real $(REAL_RECORDINGS))
	$(BIN)/python -m training.fit_score $(SCORE_SET) -o fastpipe/io/score_model.json --figures docs/score $(if $(wildcard $(REAL_RECORDINGS)/candidates/HTRU_2.csv),--htru2 $(REAL_RECORDINGS)/candidates/HTRU_2.csv)

clean: ## remove .venv and what make demo and make docs wrote
	rm -rf $(VENV) demo docs/_build

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "found no $(PYTHON), expected Python 3.11 or newer; install it or run: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"found Python {sys.version.split()[0]}, expected 3.11 or newer; run: make PYTHON=python3.11")'
	@echo "== Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "could not create $(VENV); on Debian and Ubuntu install python3-venv" >&2; exit 1; }

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "== Installing fastpipe and what it needs into $(VENV)"
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-%: $(VENV)/installed
	@echo "== Installing the $* tools into $(VENV)"
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@
