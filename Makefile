# Every target sets itself up in .venv: a machine needs Python 3.11, 3.12 or 3.13 (with its venv module), make and git.
#   make dashboard            the dashboard in a browser
#   make test                 the tests on the checkout, then on the built wheel
# Another interpreter: make PYTHON=/path/to/python3.12 test

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help dashboard test test-wheel test-all goldens lint lint-style lint-format lint-types lint-imports lint-complexity lint-notebooks lint-commits format docs bench clean focus-validator

# The first interpreter of a version the project runs on; a name that only pretends to be there is passed over.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo "$$p"; break; }; done)

BIN   := .venv/bin
PIP   := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PINS  := pyproject.toml constraints.txt
WHEEL := .venv-wheel
CODE  := $(wildcard costmodel dashboard docs tests benchmarks notebooks)
TYPED := $(wildcard costmodel dashboard)
NOTES := $(wildcard notebooks/*.ipynb)

JOBS     ?= 2
COVERAGE ?=
ARGS     ?=

help:
	@sed -n '1,4s/^# \{0,1\}//p' Makefile
	@echo "Others: test-all (the long ones too), goldens, lint, format, docs (into build/site), bench, focus-validator, clean"

# ------------------------------------------------------------------ environments, one stamp each
.venv/created:
	@if [ -z "$(PYTHON)" ]; then \
		echo "costmodel needs Python 3.11, 3.12 or 3.13, and none is on the PATH. Install one (Debian, Ubuntu: python3 and" >&2; \
		echo "python3-venv), or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13. Name one that is: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module, which this project's environment needs. Debian, Ubuntu: install python3-venv." >&2; exit 1; }
	@echo "Creating .venv with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear .venv
	@touch $@

.venv/run: .venv/created $(PINS)
	@echo "Installing costmodel and its dashboard into .venv"
	@$(PIP) --editable '.[dashboard]'
	@$(BIN)/python -m compileall -q costmodel dashboard
	@touch $@

.venv/docs: .venv/run
	@echo "Installing what the documents need into .venv"
	@$(PIP) --editable '.[dashboard,docs]'
	@touch $@

.venv/dev: .venv/run
	@echo "Installing what tests, lint, notebooks and documents need into .venv"
	@$(PIP) --editable '.[dashboard,docs,notebooks,dev]'
	@touch $@

# The wheel gets an environment of its own, with what the project says it needs and nothing else.
$(WHEEL)/needs: .venv/created $(PINS)
	@echo "Installing the wheel's own needs into $(WHEEL)"
	@$(BIN)/python -m venv --clear $(WHEEL)
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > $(WHEEL)/needs.txt
	@$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement $(WHEEL)/needs.txt
	@touch $@

# What make bench measures beside ours.
.venv-peer/needs: .venv/created benchmarks/peer.txt
	@echo "Installing the peer of the benchmarks into .venv-peer"
	@$(BIN)/python -m venv --clear .venv-peer
	@.venv-peer/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peer.txt
	@touch $@

# ------------------------------------------------------------------ run
dashboard: .venv/run
	@$(BIN)/costmodel dashboard $(ARGS)

# ------------------------------------------------------------------ check
test: .venv/dev focus-validator
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -rs -m "not long and not wheel" $(COVERAGE) $(ARGS)
	@$(MAKE) --no-print-directory test-wheel

# Built, installed and asked from an empty folder: nothing of the checkout may be needed.
test-wheel: .venv/dev $(WHEEL)/needs
	@rm -rf build/wheel && $(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > build-wheel.log 2>&1 \
		|| { cat build-wheel.log >&2; exit 1; }; rm -f build-wheel.log
	@$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/wheel/*.whl
	@here="$$PWD"; away="$$(mktemp -d)"; cd "$$away" && COSTMODEL_WHEEL="$$here/$(WHEEL)/bin" \
		"$$here/$(BIN)/python" -m pytest -rs -m wheel -p no:cacheprovider --rootdir "$$here" -c "$$here/pyproject.toml" "$$here/tests/smoke"; \
		status=$$?; rm -rf "$$away"; exit $$status

test-all: .venv/dev focus-validator
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -rs -m "not wheel" --cov --cov-report=term $(ARGS)
	@$(MAKE) --no-print-directory test-wheel

# What every command prints, kept in tests/goldens: read the difference before it is committed.
goldens: .venv/dev
	COSTMODEL_GOLDENS=write $(BIN)/python -m pytest -n $(JOBS) -q tests/cli/test_goldens.py $(ARGS)

# Prepared before the tests start, so that no test waits for an installation; says aloud what the machine cannot hold.
focus-validator: .venv/dev
	@$(BIN)/python -m tests.support.focus_validator

lint: lint-style lint-format lint-types lint-imports lint-complexity lint-notebooks lint-commits
lint-style: .venv/dev
	$(BIN)/ruff check --output-format concise $(CODE)
lint-format: .venv/dev
	$(BIN)/ruff format --check --output-format concise $(CODE)
lint-types: .venv/dev
	$(BIN)/mypy $(TYPED)
lint-imports: .venv/dev
	$(BIN)/lint-imports
# No function may exceed a cognitive complexity of 15.
lint-complexity: .venv/dev
	@$(BIN)/complexipy $(TYPED) --max-complexity-allowed 15 --failed --plain
lint-notebooks: .venv/dev
	@$(if $(NOTES),$(BIN)/nbstripout --verify $(NOTES),true)

# The commits since this check exists. A copy of the project without its history has none to check.
lint-commits:
	@since="$$(git log --diff-filter=A --format=%H -- .githooks/commit-msg 2>/dev/null | tail -1)"; \
	if [ -n "$$since" ]; then .githooks/commit-msg "$$since..HEAD"; else echo "No history: commit subjects are not checked."; fi

format: .venv/dev
	$(BIN)/ruff check --fix --exit-zero $(CODE)
	$(BIN)/ruff format $(CODE)
	$(if $(NOTES),$(BIN)/nbstripout $(NOTES))

# Every block of docs/ runs, and one that fails ends it; the site loads nothing from another host.
docs: .venv/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The documents are in build/site: open index.html, or for its search too: $(BIN)/python -m http.server --directory build/site"

bench: .venv/dev .venv-peer/needs
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv $(WHEEL) .venv-focus .venv-peer build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
