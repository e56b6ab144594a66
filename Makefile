# `make run` and `make test` need Python 3.11+ and make; everything else comes from the lock files.
# A target is redone when what it is made of changed, so a second run starts at once.
# Paths are relative throughout: the checkout's own path may contain spaces.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:

PY   := .venv/bin/python
NODE := $(PY) .ci/node.py

# A virtual environment holds absolute paths: moved with its checkout, or left behind by a Python
# that is gone, it is made again.
MOVED := $(shell [ -x $(PY) ] && [ "$$(cat .venv/checkout 2>/dev/null)" = "$$(pwd -P)" ] || echo moved)

# Folders count too: deleting a file changes nothing but its folder's time.
FRONTEND := $(shell find web/frontend -mindepth 1 -name node_modules -prune -o -print 2>/dev/null)

.PHONY: help build run dev test soak check mutants pictures bytes bench newcomer lock sbom clean moved

help:
	@echo 'make run       install what is missing and start everything on http://localhost:8080'
	@echo 'make build     only install: .venv, the packages of requirements.lock, the front end'
	@echo 'make test      run every test; installs a Chromium if there is none'
	@echo 'make soak      the requirements at full numbers, hours; PART=2 one part, under half an hour'
	@echo 'make check     formatting, lint, types, import contracts, documentation'
	@echo 'make mutants   whether the tests notice small changes to the code that guards secrets; takes an hour'
	@echo 'make pictures  screenshots of every state of the pages'
	@echo 'make bytes     what the share page loads before the click, and whether it is small enough'
	@echo 'make bench     how fast it is, against the goals of docs/performance.md; QUICK=1 in 3 minutes'
	@echo 'make newcomer  the README in an empty folder: seconds from the first command to a revealed secret'
	@echo 'make lock      remake the lock files; UPGRADE=1 takes the newest versions'
	@echo 'make sbom      what runs, as CycloneDX lists in build/, and whether it has known flaws; asks PyPI and npm'
	@echo 'make clean     remove what these made; your data/ stays'

build: .venv/runtime web/static/.built

run: build
	@exec .venv/bin/slash-secret run

# What building and testing need together.
dev: .venv/dev web/frontend/node_modules/.dev web/static/.built

# One worker more than cores, since half of the time a test waits for a disk or a browser, and at most
# four; they take tests over from each other. A store that TEST_REDIS_URL names is emptied by each
# test, so it gets one. Some tests measure time, and neighbours can hold them up: what failed is run
# once more, alone, and fails the target if it fails again.
WORKERS = $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))
PYTEST = $(PY) -m pytest $(if $(TEST_REDIS_URL),-n 0,-n $(WORKERS) --maxprocesses 4 --dist worksteal)
ALONE := -n 0 --last-failed --last-failed-no-failures none

# The front end's tests first: they take seconds, and pytest's summary is then the last line.
# Both always run; either failing fails the target.
test: dev
	@chromium=$$(.ci/chromium.sh) && export CHROMIUM="$$chromium" || exit 1; \
	failed=0; \
	$(NODE) npm test --silent || failed=1; \
	$(PYTEST) || $(PY) -m pytest $(ALONE) || failed=1; \
	exit $$failed

# Kills, power cuts and floods: in parts, so that each can run alone. The table stays in build/soak.md.
soak: dev
	@chromium=$$(.ci/chromium.sh) && export CHROMIUM="$$chromium" || exit 1; \
	$(PY) -m tests.soak $(PART)

check: dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(NODE) npm run --silent format-check
	$(NODE) npm run --silent check
	@if [ -d tests/docs ]; then set -x; $(PY) -m pytest -q tests/docs; fi

pictures: dev
	@chromium=$$(.ci/chromium.sh) && export CHROMIUM="$$chromium" || exit 1; \
	$(PY) -m tests.pictures

bytes: dev
	@$(PY) -m tests.bytes

# On two cores with nothing else running; PUBLISH=1 puts the figures into docs/.
bench: dev
	@chromium=$$(.ci/chromium.sh) && export CHROMIUM="$$chromium" || exit 1; \
	$(PY) -m tests.bench $(if $(QUICK),--quick) $(if $(PUBLISH),--publish)

newcomer: dev
	@chromium=$$(.ci/chromium.sh) && export CHROMIUM="$$chromium" || exit 1; \
	$(PY) -m tests.newcomer

# uv resolves for every platform and Python version at once; pip cannot. It lives in a folder of its
# own, and is told to look at PyPI only, so nothing of this machine gets into the locks.
UV_VERSION := 0.13.9
UV := env -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS -u UV_INDEX -u UV_DEFAULT_INDEX \
	build/uv/bin/uv pip compile pyproject.toml --quiet --no-config --universal \
	--python-version 3.11 --default-index https://pypi.org/simple --generate-hashes \
	--custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

lock: .venv/runtime
	@test -x build/uv/bin/uv || $(PY) -m pip install --quiet --target build/uv uv==$(UV_VERSION)
	$(UV) --extra build --output-file requirements.lock
	$(UV) --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(NODE) npm $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --registry=https://registry.npmjs.org

sbom: dev
	@.ci/sbom.sh

# In a copy below build/, since mutmut leaves its changed sources beside the ones it reads.
mutants: dev
	@$(PY) .ci/mutants.py

clean:
	rm -rf .venv build dist web/static web/frontend/node_modules bot/locales
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find bot web storage tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/runtime: requirements.lock pyproject.toml .ci/venv.sh $(MOVED)
	@echo 'Installing the packages of requirements.lock into .venv ...'
	@.ci/venv.sh requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock | .venv/runtime
	@echo 'Installing the tools of requirements-dev.lock into .venv ...'
	@.ci/venv.sh requirements-dev.lock
	@touch $@

# No package's install script runs: esbuild's binary arrives as an optional dependency of its own.
NPM_CI := npm ci --ignore-scripts --loglevel=error
NPM_LOCK := web/frontend/package.json web/frontend/package-lock.json

# A full install holds the runtime half as well.
web/frontend/node_modules/.runtime: $(NPM_LOCK) | .venv/runtime
	@echo 'Installing the front end build tool ...'
	@$(NODE) $(NPM_CI) --omit=dev
	@touch $@

web/frontend/node_modules/.dev: $(NPM_LOCK) | .venv/runtime
	@echo 'Installing the front end tools ...'
	@$(NODE) $(NPM_CI)
	@touch web/frontend/node_modules/.runtime $@

web/static/.built: $(FRONTEND) .ci/locales.py web/frontend/node_modules/.runtime
	@echo 'Building the front end ...'
	@$(PY) .ci/locales.py
	@$(NODE) npm run --silent build
	@touch $@

moved:
