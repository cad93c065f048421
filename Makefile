# The jobs of this project. Each sets up what it needs by itself (system packages, environment).
.PHONY: demo run pictures test soak check installer

# Compiled modules are kept: many processes are started, and each should start fast.
unexport PYTHONDONTWRITEBYTECODE

PY = .venv/bin/python
DEMO_OUT ?= demo-out
PICTURES_OUT ?= pictures-out

demo: ## play one working day with the real parts, in a fresh folder
	@.ci/setup run
	@$(PY) -m field_app demo --out $(DEMO_OUT)

run: ## open the desk
	@.ci/setup run
	@$(PY) -m field_app

pictures: ## photograph every page and window in each size and theme, from a played day
	@.ci/setup run
	@$(PY) -m field_app pictures --out $(PICTURES_OUT)

test: ## all tests; a third worker fills the waits of the other two
	@.ci/setup test
	@$(PY) -m pytest -q -n 3 --dist worksteal -m "not alone and not soak"
	@$(PY) -m pytest -q -n 2 --dist worksteal -m "alone and not soak" tests/unit/media tests/unit/ui

soak: ## long trials: kills, stress, fuzzing
	@.ci/setup test
	@$(PY) -m pytest -q -m soak

check: ## style, types, layers
	@.ci/setup test
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

installer: ## build the one-folder app (without headquarters) and let it test itself
	@.ci/setup test
	@rm -rf dist build
	@.venv/bin/pyinstaller --noconfirm --log-level WARN build_installer.spec
	@QT_QPA_PLATFORM=offscreen dist/field-app/field-app self-test
