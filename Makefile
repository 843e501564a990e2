# Everything a newcomer needs: `make run` opens the studio, `make test` checks it.
# The first call makes an environment in .venv; later calls only look at a stamp file.

VENV   ?= .venv
OUT    ?= out
ARGS   ?=
BIN    := $(VENV)/bin
SCREEN := -screen 0 1920x1200x24

# A waiting OpenMP thread must sleep, not spin: the interface and the model share these cores.
export OMP_WAIT_POLICY ?= PASSIVE
export GOMP_SPINCOUNT ?= 0
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint format bench screenshots setup setup-dev clean distclean

help:
	@echo "make run          set up what is missing and open the studio (without a screen: the tour into $(OUT)/)"
	@echo "make test         every check: style, types, import directions and behaviour, in real windows"
	@echo "make lint         only style, types and import directions"
	@echo "make bench        every benchmark, one JSON file each in $(OUT)/bench/"
	@echo "make screenshots  the pictures of docs/images/, taken from the running windows"
	@echo "make clean        remove caches and outputs; make distclean removes the environment too"

setup:
	@sh tools/setup.sh "$(VENV)" run

setup-dev:
	@sh tools/setup.sh "$(VENV)" dev

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
		exec $(BIN)/studio $(ARGS); \
	else \
		echo "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): running the tour into $(OUT)/ instead."; \
		exec $(BIN)/studio tour --out $(OUT); \
	fi

test: setup-dev
	@sh tools/on-screen.sh "$(SCREEN)" $(BIN)/python -m pytest $(ARGS)

lint: setup-dev
	@$(BIN)/python -m pytest tests/test_architecture.py $(ARGS)

format: setup-dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: setup-dev
	@mkdir -p $(OUT)/bench
	@for name in startup ui canvas latent cancel; do \
		echo "bench $$name -> $(OUT)/bench/$$name.json"; \
		sh tools/on-screen.sh "$(SCREEN)" $(BIN)/studio bench $$name --json > $(OUT)/bench/$$name.json || exit 1; \
	done

screenshots: setup-dev
	@sh tools/on-screen.sh "$(SCREEN)" $(BIN)/python docs/screenshots.py

clean:
	@rm -rf $(OUT) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	@rm -rf $(VENV) latent_studio.egg-info
