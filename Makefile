# `make chat` and `make test` set up all they need; both are safe to repeat.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= ../shared/data

.PHONY: chat test test-page lint format scorer reader reader-report screenshots clean

# torch comes first and by its exact pin, so that pip can take a CPU build from wherever it is set up to look. On Linux,
# `PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make chat` saves the gigabytes of the CUDA build.
TORCH := torch==$(shell sed -n 's/^torch==//p' constraints.txt)

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Footnote needs Python 3.11 or newer: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet $(TORCH) -c constraints.txt
	$(BIN)/python -m pip install --quiet --editable . -c constraints.txt
	touch $@

.venv/dev: .venv/ready
	$(BIN)/python -m pip install --quiet --group dev -c constraints.txt
	touch $@

chat: .venv/ready
	$(BIN)/footnote serve --browser

test: .venv/dev
	$(BIN)/python -m pytest -m "not browser"

test-page: .venv/dev
	@test -x /usr/bin/chromium || (apt-get update -qq && apt-get install -y -qq chromium) || \
		echo "There is no /usr/bin/chromium, and it cannot be installed: the tests that need it are skipped."
	$(BIN)/python -m pytest -m browser

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Fits qa/sentence_scorer.json again from the question-answering data (about 20 minutes on two cores).
scorer: .venv/dev
	$(BIN)/python -m qa.fit --data $(DATA)

# Trains qa/reader/ again (more than an hour on two cores), and measures it.
reader: .venv/dev
	$(BIN)/python -m qa.reader.train --data $(DATA) --out build/reader

reader-report: .venv/dev
	$(BIN)/python -m qa.reader.evaluate --data $(DATA)

screenshots: .venv/dev
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
