PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: check quick setup test coverage lint format sample archive pictures template schema problems bench fuzz oracle readers lock kit mutants

# What CI runs: everything, in a clean copy of the tracked files, with environments of its own.
check:
	bash .ci/run

# Between two edits: the same lint, types, contracts and coverage, in this tree's .venv.
quick: lint coverage

# .venv with the package (editable), test and dev tools; made anew where pyproject.toml is newer.
setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e '.[test,dev]'
	touch $@

# The suite. One package: .venv/bin/python -m pytest -n0 tests/engine
test: $(READY)
	$(BIN)/python -m pytest

# The suite, and every branch of the packages that decide.
coverage: $(READY)
	$(BIN)/python -m pytest --cov --cov-report=
	$(BIN)/python -m coverage report --fail-under=100

# Style, format, types, contracts; changes nothing.
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# What ruff can mend by itself.
format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What is committed though a script can make it; tests hold each of these against its script.

# The year of invented exports, the answers planted in them, and the survey of the year before.
sample: $(READY)
	$(BIN)/python tools/make_sample_data.py sample_data
	$(BIN)/python tools/make_activity_data.py sample_data --before tests/examples/year_before

# 2022 closed, as of a fixed time. Only to be made anew where the sample itself changed.
archive: $(READY)
	$(BIN)/python tools/make_archive.py

# The pictures of the manual and README: terminals, and pages where LibreOffice, poppler and Chromium are. PICTURES='verify page'
pictures: $(READY)
	$(BIN)/python tools/make_pictures.py $(PICTURES)

# The review document's page, fonts and styles.
template: $(READY)
	$(BIN)/python tools/make_template.py itss_kpi/render/review.docx

# The catalogue's JSON Schema, from its models.
schema: $(READY)
	$(BIN)/itss-kpi catalogue --schema > .venv/catalogue.schema.json
	mv .venv/catalogue.schema.json docs/catalogue.schema.json

# docs/problems.md, from the table of codes: after a code was added or its words changed.
problems: $(READY)
	$(BIN)/itss-kpi check --explain all > .venv/problems.md
	mv .venv/problems.md docs/problems.md

# Measures, and writes the table into docs/benchmarks.md. BENCH='--beside FOLDER': this checkout beside another one
bench: $(READY)
	$(BIN)/python benchmarks/run.py $(BENCH)

# Changed files through the reader, and what may come of each; one seed gives the same files. FUZZ='--seed 2 --runs 20000 --keep /tmp/kept'
FUZZ ?= --seed 1 --runs 2000
fuzz: $(READY)
	$(BIN)/python tests/kit/mutate.py $(FUZZ)

# Every cell of workbooks by every writer that is installed, against other readers. READERS='--rows 2000 FOLDER'
READERS ?= --rows 40
readers: $(READY)
	rm -rf .venv/readers
	$(BIN)/python tools/compare_readers.py --make .venv/readers $(READERS)

# A second implementation over small random worlds of files with slips; half an hour. ORACLE='--seed 75 --worlds 1 --show'
ORACLE ?= --seed 1 --worlds 20000
oracle: $(READY)
	$(BIN)/python tests/outside/second_opinion.py $(ORACLE)

# The versions of everything that the program needs, on Windows and Linux, as wheels.
lock: $(READY)
	$(BIN)/python tools/make_lock.py

# The offline kit for Windows, into dist/. KIT='--python python-3.12.10-embed-amd64.zip', downloaded from python.org
kit: $(READY)
	$(BIN)/python tools/make_kit.py $(KIT)

# Small changes of core, engine and tables, and whether the tests notice; an hour. MUTANTS='--seed 2 --only engine/bounds'
MUTANTS ?= --seed 1 --count 500
mutants: $(READY)
	$(BIN)/python tools/mutants.py $(MUTANTS)
