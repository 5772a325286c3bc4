# Every target makes .venv and installs what it needs into it, once.

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check install \
	--constraint constraints.txt

# Modules are compiled once, not at every import, which takes 20 s for PyMC.
unexport PYTHONDONTWRITEBYTECODE

# A name counts if it runs: pyenv's exist for Pythons that are not switched on.
CANDIDATES := python3.13 python3.12 python3.14 python3 python \
	$(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/*/bin/python3)
NEW_ENOUGH = $(firstword $(shell for name in $(CANDIDATES); do \
	$$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' \
	2> /dev/null && echo $$name && break; done))

# Chinese, Japanese and Korean in 5 MB; Noto's (fonts-noto-cjk) take 91 MB, and all
# other letters of the tests are DejaVu's.
KOREAN_FONT = fonts-wqy-microhei

INSTALL = DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	chromium fonts-dejavu-core $(KOREAN_FONT) postgresql

# Each file in one process, which makes what its tests share once; tests/conftest.py
# has those that take longest begin first.
TESTS = $(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

NONE_FOUND = Deciban needs Python 3.12 or newer with venv; looked for $(CANDIDATES)

# A .venv whose Python has gone, or that was made for another folder, does not count.
ifneq ($(shell $(PYTHON) -c '' 2> /dev/null && cat .venv/runtime 2> /dev/null),$(CURDIR))
$(shell rm -f .venv/runtime .venv/dev)
endif

.PHONY: help serve forecast test test-thorough programs lint bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

serve: .venv/runtime ## start the service, with the shipped case in it
	@.venv/bin/deciban serve

forecast: .venv/runtime ## fit the shipped case and print its forecasts
	@.venv/bin/deciban fit dprk-russia --as-of 2024-03-31

test: .venv/dev programs ## run the tests and the examples in the documentation
	@$(TESTS)

test-thorough: .venv/dev programs ## run them with 500 generated examples each
	@$(TESTS) --hypothesis-profile thorough

programs: ## install the browser, database and font of the tests (Debian's, as root)
	@if ! { command -v chromium && ls /usr/lib/postgresql/*/bin/initdb \
			&& fc-list :lang=ko | grep .; } > /dev/null 2>&1; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
			echo "Installing Chromium, PostgreSQL and a font for the tests (once) ..." >&2; \
			apt-get -qq update && $(INSTALL) -qq > /dev/null; \
		else \
			echo "Chromium, PostgreSQL or a Korean font is missing:" \
				"its tests are skipped;" \
				"to have them: $(INSTALL)" >&2; \
		fi; \
	fi

lint: .venv/dev ## check style, format, types and the direction of imports
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

bench: .venv/dev ## measure speed, beside what it is compared with
	@$(PYTHON) -m tests.bench

clean: ## remove .venv, caches and build leftovers
	rm -rf .venv build *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/runtime: pyproject.toml constraints.txt
	$(call install,.,Setting up .venv (about a minute, once) ...)

.venv/dev: .venv/runtime
	$(call install,.[dev],Adding the tools for tests and checks (once) ...)

# One at a time, where there is a flock. The stamps are taken away before and put back
# after, so that what is half installed counts as nothing and is begun anew.
define install
	@set -e; exec 9< pyproject.toml; flock 9 2> /dev/null || true; \
	if [ $@ -nt pyproject.toml ] && [ $@ -nt constraints.txt ]; then exit; fi; \
	echo "$(2)" >&2; \
	if [ ! -e .venv/runtime ]; then \
		$(or $(NEW_ENOUGH),$(error $(NONE_FOUND))) -m venv --clear .venv; \
	fi; \
	rm -f .venv/runtime .venv/dev; \
	$(PIP) setuptools; \
	$(PIP) --no-build-isolation --editable '$(1)'; \
	echo "Compiling the density (once) ..." >&2; \
	$(PYTHON) -m deciban.model.likelihood.kernel; \
	echo '$(CURDIR)' > .venv/runtime; \
	touch $@
endef
