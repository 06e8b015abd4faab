# Two commands on a fresh machine: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
PORT ?= 8000
EHR_PORT ?= 8001
PYTHON := .venv/bin/python
export UV_LINK_MODE = copy

.PHONY: reliability help setup demo lint test check serve bench openapi goldens conformance lock docs

help: ## what can be made here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-12s %s\n", $$1, $$2}'

.venv/stamp: requirements.lock pyproject.toml
	@command -v uv >/dev/null || python3 -m pip install --quiet --break-system-packages uv 2>/dev/null || python3 -m pip install --quiet uv
	test -x $(PYTHON) || uv venv --quiet .venv
	VIRTUAL_ENV=.venv uv pip sync --quiet --require-hashes requirements.lock
	touch .venv/stamp

setup: .venv/stamp ## make the environment from the lock

demo: setup ## the main job on synthetic sessions, on this machine alone
	$(PYTHON) -m service demo --port $(PORT) --ehr-port $(EHR_PORT)

lint: setup ## style, types, rooms, Dockerfile
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy -p mappings -p service
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile

check: setup lint ## lint, types, rooms, and the everyday tests (under three minutes)
	$(PYTHON) -m pytest -q -m "not hapi and not conformance and not browser and not slow"

test: setup lint ## every test: databases, a real EHR, the HL7 validator, a browser
	$(PYTHON) -m pytest

reliability: setup ## the delivery tests at full length, on the sandbox and on HAPI: kill storm, cuts, edits, many workers, sequences (over an hour)
	RELIABILITY=full $(PYTHON) -m pytest -rP tests/e2e/test_storm.py tests/e2e/test_workers.py tests/e2e/test_edges.py tests/service/sync/test_reliability.py tests/service/sync/test_schedule.py \
		tests/service/sync/test_sequences.py tests/ehr/test_reliability.py tests/ehr/test_storm.py

serve: setup ## serve on PORT, as the environment says
	INFUSION_BRIDGE_PORT=$(PORT) $(PYTHON) -m service serve

bench: setup ## measure, side by side in one run; writes bench/results.json
	$(PYTHON) -m bench.run

openapi: setup ## write openapi.yaml from the routes
	$(PYTHON) -m service openapi > openapi.yaml

goldens: setup ## write fixtures/fhir from fixtures/sessions; read the diff
	$(PYTHON) -m tools.goldens

conformance: setup ## the HL7 validator over every golden and 300 generated sessions, US Core 6.1.0, 7.0.0, 8.0.0; agreement with ours
	$(PYTHON) tests/conformance/report.py
	$(PYTHON) tests/conformance/report.py 7.0.0
	$(PYTHON) tests/conformance/report.py 8.0.0
	$(PYTHON) tests/conformance/generated.py 300
	$(PYTHON) tests/conformance/agreement.py

lock: ## resolve pyproject.toml into the two lock files
	uv pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --group dev -o requirements.lock pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements-run.lock pyproject.toml

docs: setup ## write docs/configuration.md from the settings, docs/mapping.md from the rules
	$(PYTHON) -m tools.configuration
	$(PYTHON) -m tools.mapping_page
