# The two commands: `make demo` and `make test`. Everything else serves them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test install check clean

demo: install
	$(BIN)/matcher demo

test: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt reference-packages.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[insightface]" --group dev
	$(BIN)/python -m pip install --quiet --no-deps --requirement reference-packages.txt
	touch $(STAMP)

clean:
	rm -rf $(VENV) demo-output
