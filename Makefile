# Every target is one thing; `make help` lists them. The first ones set up what they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)
export EDGERT_ZOO ?= $(abspath ../shared/zoo)
CXX_FILES = $(shell find edgert/core examples benchmarks -name '*.cc' -o -name '*.[ch]')

.PHONY: help demo test conformance types backends dev check fmt schema test-core test-recipes test-arm test-armv7 test-arm-wheel test-install test-debian test-tflite-runtime bench bench-arm bench-arm-check wheels wheel-arm64 clean
.DEFAULT_GOAL := help

help:            ## this list
	@sed -n 's/^\([a-z0-9-]*:\).*## /  \1 /p' $(MAKEFILE_LIST)

# The development environment where there is one, else a smaller one.
demo: $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.demo)  ## compile the digits model to INT8, run it, show accuracy, size, latency, memory
	$(BIN)/python examples/digits/demo.py

test: $(VENV)/.dev             ## the Python tests, and the C++ tests of the core
	$(BIN)/pytest -n auto tests

conformance: $(VENV)/.dev      ## ONNX's backend test suite: a table by operator, and docs/op-coverage.md
	$(BIN)/python -m tests.conformance

types: $(VENV)/.dev            ## every operator with every element type: docs/element-types.md
	$(BIN)/python -m tests.element_types

backends: $(VENV)/.dev         ## the same cases on onnx.reference, edgert, LiteRT and Core ML packages: docs/backends.md
	$(BIN)/python -m tests.backends

dev: $(VENV)/.dev              ## virtual environment with edgert in editable mode and all tools

$(VENV)/.dev: pyproject.toml compiler/pyproject.toml .ci/setup .ci/packages $(shell find edgert/core -type f)
	.ci/setup "$(PYTHON)" "$(VENV)" dev
	touch $@

$(VENV)/.demo: pyproject.toml .ci/setup .ci/packages $(shell find edgert compiler targets -type f -not -name '*.pyc')
	.ci/setup "$(PYTHON)" "$(VENV)" demo
	touch $@

check: $(VENV)/.dev            ## lint, format and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	.ci/packages fmt && clang-format --dry-run -Werror $(CXX_FILES)

fmt: $(VENV)/.dev              ## format Python and C++
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	.ci/packages fmt && clang-format -i $(CXX_FILES)

schema:          ## the C++ header of the bundle format, after a change of its schema
	.ci/packages schema && .ci/schema

test-core: $(VENV)/.dev        ## C++ tests of the core and damaged bundles, under AddressSanitizer and UBSan
	cmake -S edgert/core -B build/sanitize -G Ninja -DEDGERT_TESTS=ON -DEDGERT_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo
	cmake --build build/sanitize
	ASAN_OPTIONS=allocator_may_return_null=1 build/sanitize/tests/edgert_core_tests
	$(BIN)/pytest tests/runtime/test_damaged_bundles.py

test-recipes: $(VENV)/.dev     ## docs/add-an-op.md to the letter, with the C++ tests
	$(BIN)/pytest tests/recipes -m recipes

test-arm: $(VENV)/.dev         ## kernels and a whole model on emulated Cortex-A53, A72 and A76
	.ci/packages arm && $(BIN)/pytest tests/arm -m "arm and not armv7" -n 2

test-armv7: $(VENV)/.dev       ## the same for 32 bits: Cortex-A7, A9 and A15
	.ci/packages armv7 && $(BIN)/pytest tests/arm -m armv7 -n 2

test-arm-wheel: $(VENV)/.dev   ## the aarch64 wheel in an emulated arm64 Debian
	.ci/packages arm arm-wheel && $(BIN)/pytest tests/arm -m arm_wheel

test-install: $(VENV)/.dev     ## wheel and sdist in fresh virtual environments of every Python that is here
	$(BIN)/pytest tests/install -m install

test-debian: $(VENV)/.dev      ## the README in a fresh Debian that has Python, g++ and make
	.ci/packages debian && $(BIN)/pytest tests/install -m debian

test-tflite-runtime: $(VENV)/.dev  ## partitions of bundles on tflite-runtime (Python up to 3.11)
	.ci/tflite-runtime "$(PYTHON)" && $(BIN)/pytest tests/delegates/test_tflite_runtime.py

bench: $(VENV)/.dev            ## speed, start-up, memory and file size beside onnxruntime and OpenVINO
	$(BIN)/pip install -q -e '.[bench]' -e ./compiler && $(BIN)/python benchmarks/compare.py

bench-arm: $(VENV)/.dev        ## instructions on emulated ARM CPUs beside LiteRT's: docs/arm.md
	.ci/packages arm arm-count arm-wheel && $(BIN)/python benchmarks/arm/counts.py --precisions int8 fp32 fp16 --docs

bench-arm-check: $(VENV)/.dev  ## has the core become slower on ARM? instructions of two networks
	.ci/packages arm arm-count && $(BIN)/python benchmarks/arm/check.py

wheels: $(VENV)/.dev           ## wheels and sdists of runtime and compiler for this machine, in dist/
	$(BIN)/python -m build && $(BIN)/python -m build --outdir dist compiler

wheel-arm64: $(VENV)/.dev      ## aarch64 wheel, cross-compiled, in dist/
	.ci/packages arm && .ci/wheel-arm64 "$(BIN)/python"

clean:                         ## remove everything that was built
	rm -rf build dist edgert/edgert/_native $(VENV)
