# GNU make 3.81 and newer, Python 3.11 and newer with venv. Everything is installed into .venv, nothing elsewhere.
#
#   make run     a demonstration helpline on http://127.0.0.1:8116/ with its practice phones
#   make test    everything that is checked; SEED=... replays, TESTS=... runs some, WORKERS=... at once
#   make faults  real faults (kill -9, power cut, ...), ROUNDS=... times each; make test has a short round of them
#   make simulate  seeded runs of the whole; SEEDS=... how many, START=... from which
#   make bench   what is fast, measured
#   make check   the configuration, as the environment sets it
#   make clean   removes what was installed and built; never ./data

# The first Python on this machine that is new enough, unless PYTHON names one.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; exit; }; \
	done; echo python3)
endif
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
TESTS ?=
SEED ?=
ROUNDS ?= 100

.PHONY: run test simulate faults bench check clean

run: $(VENV)/.ready-to-run
	@exec $(BIN)/python -m helpline serve --practice

test: $(VENV)/.ready-to-test
	@echo "format, lint, types, arrows, catalogues"
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports >.lint-imports.txt || { cat .lint-imports.txt; rm -f .lint-imports.txt; exit 1; }
	@rm -f .lint-imports.txt
	@for catalogue in helpline/locale/*/LC_MESSAGES/*.po; do \
		test -e "$$catalogue" || continue; \
		locale=$$(basename "$$(dirname "$$(dirname "$$catalogue")")"); \
		$(BIN)/pybabel --quiet compile -i "$$catalogue" -o /dev/null -l "$$locale" || exit 1; \
	done
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(if $(SEED),--seed=$(SEED)) $(TESTS)

simulate: $(VENV)/.ready-to-test
	@exec $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),200) --start $(or $(START),0) $(if $(STORY),--story)

faults: $(VENV)/.ready-to-test
	@HELPLINE_TESTS_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest --durations=10 \
		$(if $(SEED),--seed=$(SEED)) tests/faults tests/integration/test_several.py

bench: $(VENV)/.ready-to-test
	@exec $(BIN)/python -m bench

check: $(VENV)/.ready-to-run
	@exec $(BIN)/python -m helpline check

clean:
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is made once, and brought up to date when what it must hold has changed.
$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
		echo "Python is missing. Debian and Ubuntu: apt-get install python3 python3-venv. macOS: brew install python"; \
		exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$("$(PYTHON)" --version) is too old: this needs 3.11 or newer. Install one, or name it: make PYTHON=python3.12"; \
		exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing. Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.ready-to-run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV)"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.ready-to-test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV)"
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	@touch $(VENV)/.ready-to-run $@
