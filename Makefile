# Deux commandes : « make demo » et « make test ». Le reste est ici pour qui travaille sur le projet.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
PYTHON ?= python3
SERVE ?= 1
OUT ?= sortie/demo
JOBS ?= 2
TESTS ?= tests
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true

PY := .venv/bin/python
UV := .tools/bin/uv
INSTALL := $(UV) pip install --quiet --python $(PY)
KERNELS := $(wildcard src/jumeau/kernels/*.c src/jumeau/kernels/build.py)

.PHONY: help setup setup-dev ui demo test lint bench docs lock upgrade clean

help:
	@echo "make demo    tout installer, exécuter la démonstration, servir la page (SERVE=0 : sans servir)"
	@echo "make test    tout installer, lancer les tests"
	@echo "make setup   préparer .venv et la page"
	@echo "make lint    style, types, contrats entre pièces"
	@echo "make bench   mesures de vitesse (QUICK=1 : version courte)"
	@echo "make docs    refaire les pages tirées du code"
	@echo "make lock    refaire les verrous, versions gardées (FREE=paquet : sauf celle-là)"
	@echo "make upgrade refaire les verrous aux dernières versions"

setup: .venv/.base ui

setup-dev: .venv/.dev ui

$(UV): requirements/uv.txt
	@bash scripts/tools.sh $(PYTHON)
	@touch $@

.venv/.base: $(UV) requirements/base.txt pyproject.toml hatch_build.py $(KERNELS)
	@echo "Installation de jumeau dans .venv"
	@test -x $(PY) || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(INSTALL) --compile-bytecode --require-hashes -r requirements/base.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	@echo "Installation des outils de développement"
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

ui: $(UV)
	@PYTHON=$(PYTHON) bash scripts/ui.sh build

demo: setup
	@.venv/bin/jumeau demo --out $(OUT) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: setup-dev
	$(PY) -m pytest -n $(JOBS) --dist loadfile $(TESTS)

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	@bash scripts/ui.sh check

bench: setup
	$(PY) bench/run.py $(if $(QUICK),--quick)

docs: .venv/.base
	.venv/bin/python -m jumeau.documents.champs docs/champs.md
	.venv/bin/python scripts/commandes.py docs/commandes.md

lock: $(UV)
	@FREE="$(FREE)" bash scripts/lock.sh

upgrade: $(UV)
	@bash scripts/lock.sh --upgrade

clean:
	rm -rf .venv .tools ui/node_modules src/jumeau/web/static src/jumeau/kernels/*.so sortie
