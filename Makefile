# Everything happens in .venv and demo/; see README.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
EXTRAS ?= dev
BIN := .venv/bin

.PHONY: help fuzz demo test lint bench roundtrip compare peers codec experiment outside package docs clean

help:
	@echo "make demo       mux a real NNR bitstream into MP4, show it, restore it, compare"
	@echo "make test       run all tests"
	@echo "make lint       ruff and mypy"
	@echo "make package    quick tests on Python 3.12 and 3.13; wheel, sdist and documentation"
	@echo "make fuzz       run each harness in fuzz/ with atheris for TIME seconds, 60 by default"
	@echo "make docs       the documentation, in build/site"
	@echo "make bench      print the tables of benchmarks/"
	@echo "make roundtrip  print the table of stock pymp4 against registered"
	@echo "make peers      compare every field with MP4Box, Bento4, mp4box.js and ffprobe (FILES=...)"
	@echo "make compare    print what of real files is parsed as pymp4 parses it, and what is repaired"
	@echo "make outside    install mp4box.js for the tests with outside readers"
	@echo "make codec      install the NNC codec in .venv-nnc, for scripts/nnc and its tests"
	@echo "make experiment EDSR through NNC and MP4 and back: tables and figures (experiments/edsr)"

.venv/installed-$(EXTRAS): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	touch $@

demo: .venv/installed-$(EXTRAS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/demo.sh

test: .venv/installed-$(EXTRAS)
	$(BIN)/python -m pytest

fuzz: .venv/installed-$(EXTRAS)
	$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m fuzz --seconds $(or $(TIME),60)

lint: .venv/installed-$(EXTRAS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

package: .venv/installed-$(EXTRAS)
	$(BIN)/nox

docs: .venv/installed-$(EXTRAS)
	$(BIN)/nox -s docs

bench: .venv/installed-$(EXTRAS)
	$(BIN)/python -m benchmarks

roundtrip: .venv/installed-$(EXTRAS)
	$(BIN)/python scripts/roundtrip_table.py

compare: .venv/installed-$(EXTRAS)
	$(BIN)/python scripts/compare_with_stock.py

peers: .venv/installed-$(EXTRAS)
	$(BIN)/python scripts/compare_with_peers.py $(FILES)

codec:
	sh scripts/nnc/install.sh

.venv-nnc/installed-experiment: experiments/edsr/requirements.txt
	.venv-nnc/bin/python -c 'import nncodec.nnc_core, safetensors, torch' 2>/dev/null || sh scripts/nnc/install.sh
	.venv-nnc/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

experiment: .venv-nnc/installed-experiment
	.venv-nnc/bin/python -m experiments.edsr.run

outside:
	cd tests/outside && npm ci --silent

clean:
	rm -rf .venv .nox demo dist
