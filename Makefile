# make          lists what there is
# make demo     sets everything up and runs the whole chain   (DATA=FOLDER, SERVE=no)
# make test     sets everything up and passes the tests       (SLOW=yes: also those marked slow)

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
DATA ?=
SERVE ?= yes
BIN = .venv/bin
WORKERS = --numprocesses 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL = help
.PHONY: help demo test test-slow check lock clean

help:
	@sed -n 's/^# //p' Makefile
	@echo "make test-slow runs the tests marked slow alone"
	@echo "make check     lint, types, import contracts"
	@echo "make lock      writes the lock files anew"

demo: .venv/ready
	$(BIN)/catamnesis demo $(if $(DATA),--data "$(DATA)") $(if $(filter no,$(SERVE)),--no-serve)

test: .venv/ready-for-tests
	$(BIN)/pytest $(if $(filter yes,$(SLOW)),,-m "not slow") $(WORKERS)

test-slow: .venv/ready-for-tests
	$(BIN)/pytest -m slow $(WORKERS)

check: .venv/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# uv is quick; where only pip is configured for the registry (mirror, proxy), pip does it.
INSTALL = $(BIN)/uv pip install --quiet --system-certs --compile-bytecode --require-hashes -r
INSTALL_SLOWLY = $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r

.venv/bin/uv: locks/setup.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (python3 on the PATH)."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/setup.txt
	@touch $@

.venv/ready: .venv/bin/uv locks/run.txt pyproject.toml
	@echo "Installing what it runs on (once; about a minute with a fast network) …"
	$(INSTALL) locks/run.txt || $(INSTALL_SLOWLY) locks/run.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-for-tests: .venv/ready locks/test.txt tests/browser.sh
	$(INSTALL) locks/test.txt || $(INSTALL_SLOWLY) locks/test.txt
	sh tests/browser.sh
	@touch $@

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: .venv/bin/uv
	printf 'setuptools>=80\nuv>=0.11\n' | $(LOCK) - -o locks/setup.txt
	$(LOCK) pyproject.toml -o locks/run.txt
	$(LOCK) --extra test -c locks/run.txt pyproject.toml -o locks/test.txt

clean:
	rm -rf .venv .catamnesis build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
