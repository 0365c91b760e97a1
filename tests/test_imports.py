"""Imports point one way: targets -> compiler -> edgert -> the standard library."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import edgert

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "edgert" / "edgert"
COMPILER = ROOT / "compiler" / "edgert_compiler"
TARGETS = ROOT / "targets" / "edgert_targets"
RUNTIME = [*PACKAGE.glob("*.py"), *(PACKAGE / "cli").rglob("*.py")]
ONNX = ("onnx", "onnx_ir", "onnxscript")


def loaded_imports(path: Path) -> Iterator[str]:
    """What importing the file imports: not what functions or type checkers do."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            pending.extend(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))


def violations(files: list[Path], *forbidden: str) -> list[str]:
    assert files
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in loaded_imports(path)
        if any(name == root or name.startswith(f"{root}.") for root in forbidden)
    ]


def test_the_runtime_knows_neither_compiler_nor_targets():
    assert not violations(list(PACKAGE.rglob("*.py")), "edgert_compiler", "edgert_targets")


def test_what_loads_numpy_is_loaded_late():
    assert not violations(RUNTIME, "edgert._arrays", "edgert._images")


def test_the_runtime_loads_no_package_until_it_is_needed():
    """Except what is loaded late itself."""
    lean = [p for p in RUNTIME if p.name not in ("_arrays.py", "_images.py")]
    lean = [p for p in lean if "cli" not in p.relative_to(PACKAGE).parts]
    known = {*sys.stdlib_module_names, "edgert"}
    names = {name for path in lean for name in loaded_imports(path)}
    assert not {name for name in names if name.partition(".")[0] not in known}


def test_the_compiler_knows_no_targets_and_no_command_line():
    files = list(COMPILER.rglob("*.py"))
    assert not violations(files, "edgert_targets", "edgert.cli")
    in_functions = [p for p in files if "edgert_targets" in p.read_text(encoding="utf-8")]
    assert in_functions == [COMPILER / "api.py"], "only api.py resolves a target's name"


def test_targets_know_no_command_line():
    assert not violations(list(TARGETS.rglob("*.py")), "edgert.cli")


ROOMS = {
    "graph": (),
    "operators": ("graph",),
    "passes": ("graph", "operators"),
    "quantization": ("graph", "operators", "passes"),
    "program": ("graph",),
    "memory": ("graph", "program"),
    "program_passes": ("graph", "program", "memory"),
    "packing": ("graph",),
    "emit": ("graph", "program", "memory"),
    "lowering": ("graph", "operators", "passes", "quantization", "program", "packing"),
}
"""The folders of the compiler, and of these the ones that each may know, through others too."""


def compiler_modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(COMPILER.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in COMPILER.rglob("*.py")
    }


def all_imports(path: Path, modules: Mapping[str, Path]) -> set[str]:
    """Modules that the file imports at any time, for types too, and the packages they are in.

    Not the package of the compiler itself, which loads nothing before its names are asked for.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else str(node.module) for name in full]
        else:
            continue
        for name in names:
            parts = name.split(".")
            found |= {".".join(parts[: end + 1]) for end in range(1, len(parts))}
    return found & modules.keys()


def reached(start: str, imports: Mapping[str, set[str]]) -> dict[str, str]:
    """What a module imports, directly or not: how it gets there, by module."""
    ways = {start: start}
    pending = [start]
    while pending:
        module = pending.pop(0)
        for name in sorted(imports[module] - ways.keys()):
            ways[name] = f"{ways[module]} -> {name}"
            pending.append(name)
    return ways


def test_rooms_of_the_compiler_know_only_those_below_them():
    modules = compiler_modules()
    imports = {name: all_imports(path, modules) for name, path in modules.items()}
    problems = [
        way
        for name in modules
        for room in name.split(".")[1:2]
        if room in ROOMS
        for target, way in reached(name, imports).items()
        if target.split(".")[1] in ROOMS.keys() - {room, *ROOMS[room]}
    ]
    assert not problems


def test_the_order_of_rooms_has_no_circle():
    above = {room for room, known in ROOMS.items() for below in known if room in ROOMS[below]}
    assert not above


@pytest.mark.parametrize("folder", ["program", "memory", "packing", "emit"])
def test_behind_lowering_there_is_no_onnx(folder):
    assert not violations(list((COMPILER / folder).rglob("*.py")), *ONNX)


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_import_edgert_loads_nothing_heavy():
    heavy = {"numpy", "ctypes", "onnx"}
    assert run(f"import edgert, sys; print({heavy} & set(sys.modules) or 'nothing')") == "nothing"


def test_compile_shows_its_options():
    parameters = set(inspect.signature(edgert.compile).parameters)
    assert {"target", "precision", "calibration"} <= parameters


def test_compile_without_its_dependencies_says_what_to_install():
    script = """
import sys
sys.modules["onnx_ir"] = None
import edgert
try:
    edgert.compile("model.onnx")
except edgert.Error as error:
    print(error)
"""
    assert run(script) == "the compiler needs onnx_ir; run: pip install 'edgert[compiler]'"
