# Everything sets itself up: `make run` needs nothing but Python 3.11 or newer. `make help` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
# More for pytest: make test ARGS="tests/domain -x". What stands later wins: ARGS="-n 0 --pdb" is one process.
ARGS ?=
PYTHON_CODE := $(wildcard app.py) campaign_app scripts tests $(if $(wildcard bench/*.py),bench)

.PHONY: help run test bench faults fuzz shift lint format docs parts lock audit clean asterisk-demo

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.runtime ## Serve on http://127.0.0.1:5000, the engine inside; sets up and upgrades what is missing
	@$(PY) -m flask --app app upgrade
	@exec $(PY) app.py

# With bytecode, else each of the processes that the tests start compiles the product anew. Three at once keep two
# cores busy: many tests wait for a server or a browser.
test: .venv/.dev ## Run every test; sets up what is missing (ARGS="..." goes to pytest)
	@$(PY) -m scripts.system_parts || test -z "$$CI"
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n 3 --dist loadgroup $(ARGS)

bench: .venv/.dev $(if $(filter jobs,$(ARGS)),.venv-bench/.done) ## Measure the engine beside the raw drivers; writes bench/results.json
	@$(PY) -m scripts.system_parts postgres $(if $(filter jobs,$(ARGS)),redis)
	@$(PY) -m bench $(ARGS)

faults: .venv/.dev ## Kill engines everywhere and check what is left (FAULTS=long: hours, writes docs/reliability-method.md)
	@$(PY) -m scripts.system_parts postgres
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m tests.faults $(ARGS)

fuzz: .venv/.dev ## Ask API and forms, as every role, on both databases, for many minutes, with what nobody meant them to get
	@$(PY) -m scripts.system_parts postgres
	@env -u PYTHONDONTWRITEBYTECODE FUZZ=long $(PY) -m pytest -n 2 -s --timeout 7200 tests/web/test_fuzzed_forms.py \
	    tests/api/test_schemathesis.py -k "no_page or every_role" $(ARGS)

shift: .venv/.dev ## Watch the pages through a simulated shift, against database and ledgers (ARGS="--samples 8": short)
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m tests.shift $(ARGS)

asterisk-demo: .venv/.dev ## A campaign of 200 calls over a real Asterisk and SIP callees here (Debian, root)
	@$(PY) -m scripts.loopback.demo

lint: .venv/.dev ## Check style and types
	$(PY) -m ruff check $(PYTHON_CODE)
	$(PY) -m ruff format --check $(PYTHON_CODE)
	$(PY) -m djlint --lint --check --quiet templates
	$(PY) -m mypy

format: .venv/.dev ## Rewrite the code in the project's style
	$(PY) -m ruff check --fix $(PYTHON_CODE)
	$(PY) -m ruff format $(PYTHON_CODE)
	$(PY) -m djlint --reformat --quiet templates

docs: .venv/.runtime ## Draw the state diagrams anew from the TRANSITIONS tables, and the README's settings
	$(PY) -m scripts.diagram
	$(PY) -m scripts.settings_table

parts: .venv/.dev ## Install the tests' system parts (Chromium, PostgreSQL) where missing and allowed
	@$(PY) -m scripts.system_parts

# --universal: with the hashes of every platform's files. The lists of pins stay the place to edit.
lock: .venv/.dev ## Write requirements*.lock, with hashes, from the pins of requirements*.txt
	@for name in requirements requirements-dev requirements-bench; do \
	    $(PY) -m uv pip compile $$name.txt --quiet --generate-hashes --universal --python-version 3.11 \
	        --no-annotate --custom-compile-command "make lock" --output-file $$name.lock || exit 1; \
	done

audit: .venv/.dev ## Write a bill of materials (CycloneDX), and ask for known vulnerabilities (AUDIT=strict: they must be known)
	@$(PY) -m scripts.audit

clean: ## Remove what make built; your data in instance/ stays
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results build
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- set-up, by stamps: done once, and again only when a requirements file changes ---

$(PY):
	@scripts/make-venv

.venv/.runtime: requirements.lock $(PY)
	@echo "Installing the packages that Switchboard runs on..."
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing the packages that the tests need..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# Job libraries, to be measured. Apart from the product: Flask reads .env where one of their packages is installed.
.venv-bench/.done: requirements-bench.lock .venv/.dev
	@echo "Installing the job libraries that are measured..."
	@$(PY) -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes -r requirements-bench.lock
	@touch $@
