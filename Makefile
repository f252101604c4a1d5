# make run     serve the site at http://127.0.0.1:8000 (PORT and BIND change it), until Ctrl-C
# make test    every test, two files at a time
# make bench   every benchmark
# make lint    ruff and mypy
# make setup   what all of these do first: .venv with the pinned packages, and Debian's packages for sound
#
# Started by root, PostgreSQL runs as the user pgserver, which is made if it is missing; the folders above the
# repository are then opened for passing through (o+x).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.SILENT:
.PHONY: help setup packages piano test-packages run test bench lint

PYTHON ?= python3
FACENET := facenet-pytorch==2.6.0# pins an old torch and numpy in vain, so it comes without what it asks for
SOUND := fluidsynth fluid-soundfont-gm
PIANO := musescore-general-soundfont-small
BROWSER := chromium
SERVERS := postgresql redis-server nginx-light

help:
	sed -n 's/^# \(make .*\)/\1/p' Makefile

# Done again only when the requirements, the Python or the folder changed: the stamp holds their hash.
setup: packages piano
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || {
	  echo "error: Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)" >&2; exit 2; }
	wanted=$$( (cat requirements.txt; echo '$(FACENET)'; $(PYTHON) --version; pwd) | sha256sum)
	words='.venv/bin/python -m sentimozart_site.messages compile'
	if [ "$$(cat .venv/installed 2> /dev/null || true)" = "$$wanted" ]; then exec $$words; fi
	if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
	  $(PYTHON) -m venv .venv > /dev/null || {
	    rm -rf .venv
	    echo "error: $(PYTHON) cannot make a virtual environment: apt-get install python3-venv" >&2; exit 2; }
	fi
	echo "Installing the Python packages into .venv, once. What is missing is downloaded from PyPI: with torch come"
	echo "CUDA's libraries, several gigabytes in all, so this can take a while."
	.venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
	.venv/bin/python -m pip install --disable-pip-version-check --no-deps '$(FACENET)'
	.venv/bin/python -m ml.music.soundfonts > /dev/null || true
	.venv/bin/python -m ml.mtcnn
	$$words
	echo "$$wanted" > .venv/installed

# $(call debian,PACKAGES,what goes on without them): install what is missing, or say so and go on.
define debian
	command -v dpkg-query > /dev/null || { command -v $(firstword $(1)) > /dev/null || echo "Please install: $(1)" >&2; exit 0; }
	missing=
	for package in $(1); do
	  dpkg-query -W -f '$${Status}' $$package 2> /dev/null | grep -q 'ok installed' || missing="$$missing $$package"
	done
	[ -n "$$missing" ] || exit 0
	if [ "$$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2> /dev/null; then as_root="sudo -n"; else
	  echo "Please install: sudo apt-get install$$missing ($(2))" >&2; exit 0
	fi
	echo "Installing Debian packages:$$missing"
	apt="$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y"
	{ $$apt install --no-install-recommends $$missing || { $$apt update && $$apt install --no-install-recommends $$missing; }; } \
	  || echo "Could not install:$$missing ($(2))" >&2
endef

packages:
	$(call debian,$(SOUND),without fluidsynth no music can be played; without the soundfont a plainer one is used)

piano: packages
	$(call debian,$(PIANO),without it a plainer piano is played)

test-packages:
	$(call debian,$(BROWSER) $(SERVERS),the tests in a browser and those of several servers need them)

run: setup
	exec .venv/bin/python -m sentimozart_site.serve

test: setup test-packages
	exec .venv/bin/python -m pytest --numprocesses 2 --dist loadfile

# One thread for OpenBLAS, as the site itself has it (sentimozart_site/__init__.py).
bench: setup
	export OPENBLAS_NUM_THREADS=1
	found=
	for benchmark in benchmarks/*.py; do
	  if [ -f "$$benchmark" ] && [ "$$benchmark" != benchmarks/__init__.py ]; then
	    found=yes
	    echo "$$benchmark" >&2
	    module=$${benchmark%.py}
	    .venv/bin/python -m "$${module//\//.}"
	  fi
	done
	[ -n "$$found" ] || echo "There are no benchmarks yet."

lint: setup
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
