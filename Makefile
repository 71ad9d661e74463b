# What a fresh machine needs: python3 (3.11 or newer), a C++ compiler, and PyPI. Everything else goes into .venv.
#
#   PYTHON=python3.12 make test     set .venv up with this interpreter (default: the first that is new enough)
#   CMAKE_ARGS=-DGGML_CUDA=ON make  build llama.cpp with further options; they win over the ones below

SHELL := bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BEGUN := $(VENV)/.begun
ONLY_LLAMA := $(VENV)/only_llama.cmake
SCENE ?= scenarios/sally_anne.yaml

# llama.cpp without its image, HTTPS and command-line parts, which the stage never calls: 74 files to compile, not 178.
# The common library cannot be left out by an option (llama-cpp-python forces it on), so a file that CMake reads within
# the project sets the variable that goes before the forced one (CMAKE_PROJECT_<name>_INCLUDE, policy CMP0126).
OUR_CMAKE_ARGS := -DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF -DCMAKE_PROJECT_llama_cpp_INCLUDE='$(CURDIR)/$(ONLY_LLAMA)'

.PHONY: help play test quick lint lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

play: $(READY) ## perform one scene with the built-in model (SCENE=path for another)
	$(BIN)/stage run '$(SCENE)'

test: lint ## ruff, mypy and every test, those with the real model included
	$(BIN)/python -m pytest --numprocesses=auto

quick: $(READY) ## the tests that need neither the model nor an installation
	$(BIN)/python -m pytest --numprocesses=auto -m 'not model and not install'

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/mypy

lock: $(READY) ## write requirements.lock anew from the newest versions that pyproject.toml allows
	@set -euo pipefail; report="$$(mktemp)"; trap 'rm -f "$$report" requirements.lock.new' EXIT; \
	$(BIN)/python -m pip install --quiet --dry-run --ignore-installed --report "$$report" '.[test]'; \
	{ echo '# Exact versions of all that runs and tests the stage: a constraints file for pip (-c). Made by: make lock'; \
	  $(BIN)/python -c "import json, re, sys; \
	found = [entry['metadata'] for entry in json.load(open(sys.argv[1]))['install']]; \
	pins = {re.sub('[-_.]+', '-', m['name']).lower(): m['version'] for m in found if m['name'] != 'llm-stage'}; \
	print(*[f'{name}=={version}' for name, version in sorted(pins.items())], sep='\n')" "$$report"; } > requirements.lock.new; \
	mv requirements.lock.new requirements.lock; echo 'requirements.lock is written.'

clean: ## remove what tools leave behind; .venv and runs/ stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# The stamp is written last. A first set-up that was cut off leaves $(BEGUN) behind and is thrown away by the next one;
# an environment that was complete once is only ever updated. The lock on pyproject.toml (descriptor 9) keeps two set-ups
# apart and ends with the last process that holds it, however that dies.
$(READY): pyproject.toml requirements.lock
	@set -euo pipefail; \
	unset MAKEFLAGS MFLAGS MAKELEVEL VIRTUAL_ENV PYTHONPATH PYTHONHOME; \
	new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	exec 9< pyproject.toml; \
	lock='import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)'; \
	if command -v python3 >/dev/null && ! python3 -c "$$lock" 2>/dev/null; then \
	  echo "make: waiting until another set-up of $(VENV) is over" >&2; \
	  python3 -c "$${lock/ | fcntl.LOCK_NB/}" 2>/dev/null || true; \
	  if [ $(READY) -nt pyproject.toml ] && [ $(READY) -nt requirements.lock ]; then exit 0; fi; \
	fi; \
	if [ -e $(BEGUN) ] || ! $(BIN)/python -c 'import importlib.metadata as m; m.version("llama-cpp-python")' 2>/dev/null; then \
	  for compiler in "$${CC:-cc gcc clang}" "$${CXX:-c++ g++ clang++}"; do \
	    found=''; \
	    for name in $$compiler; do if command -v "$$name" >/dev/null; then found=yes; break; fi; done; \
	    if [ -z "$$found" ]; then \
	      echo "make: no C/C++ compiler (none of: $$compiler); llama.cpp is compiled during the set-up." >&2; \
	      echo "make: on Debian and Ubuntu install build-essential, on macOS run: xcode-select --install" >&2; \
	      exit 1; \
	    fi; \
	  done; \
	fi; \
	uv="$$(command -v uv || true)"; \
	if [ -e $(BEGUN) ] || ! $(BIN)/python -c "$$new_enough" 2>/dev/null || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  python=''; \
	  for candidate in $${PYTHON:-python3 python3.13 python3.12 python3.11}; do \
	    if "$$candidate" -c "$$new_enough" 2>/dev/null; then python="$$candidate"; break; fi; \
	  done; \
	  if [ -z "$$python" ] && { [ -z "$$uv" ] || [ -n "$${PYTHON:-}" ]; }; then \
	    python="$${PYTHON:-python3}"; \
	    echo "make: the stage needs Python 3.11 or newer; $$python is $$("$$python" --version 2>/dev/null || echo 'not there')." >&2; \
	    echo "make: install a newer Python, or name one: PYTHON=/path/to/python3.12 make ..." >&2; \
	    exit 1; \
	  fi; \
	  echo "Setting up $(VENV); the first time llama.cpp is compiled, which takes a few minutes." >&2; \
	  rm -rf $(VENV); mkdir $(VENV); touch $(BEGUN); \
	  if [ -n "$$uv" ]; then \
	    "$$uv" venv --quiet --allow-existing --seed --python "$${python:->=3.11}" $(VENV); \
	  elif ! "$$python" -m venv $(VENV); then \
	    echo "make: '$$python -m venv' failed; on Debian and Ubuntu install python3-venv, or install uv." >&2; \
	    exit 1; \
	  fi; \
	fi; \
	echo 'set(LLAMA_BUILD_COMMON OFF)' > $(ONLY_LLAMA); \
	export CMAKE_ARGS="$(OUR_CMAKE_ARGS) $${CMAKE_ARGS:-}"; \
	export CMAKE_BUILD_PARALLEL_LEVEL="$${CMAKE_BUILD_PARALLEL_LEVEL:-$$(getconf _NPROCESSORS_ONLN)}"; \
	if [ -n "$$uv" ]; then \
	  "$$uv" pip install --python $(BIN)/python --constraint requirements.lock --editable '.[test]'; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[test]'; \
	fi; \
	rm -f $(BEGUN); \
	touch $(READY)
