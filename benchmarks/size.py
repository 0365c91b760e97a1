"""What edgert weighs: the stripped library by part, the wheel, and each model's bundle and memory.

    python benchmarks/size.py
    python benchmarks/size.py --models mobilenet_v2_100 --sources 20 --json size.json
    python benchmarks/size.py --toolchain edgert/core/cmake/aarch64-linux-gnu.cmake --models

The library is built in build/size. Parts are the folders of edgert/core: what the linker kept of
their sources, according to its map. The rest is start-up code of the C library, symbol tables,
headers and alignment.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
try:
    from rich.console import Console
    from rich.table import Table

    from benchmarks.models import Model, available
    from benchmarks.results import add_json_option, write_json
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    sys.exit(f"{package} is not installed; run, in the clone: pip install '.[bench]' ./compiler")

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "size"
REST = "linking, alignment"
# "<section> <address> <size> <object>", where a long section name has its own line before it.
_CONTRIBUTION = re.compile(r"^ \.\S+\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+\.o)$", re.MULTILINE)
_NOT_LOADED = re.compile(r"^ \.(bss|debug|comment|note)\S*\s.*$", re.MULTILINE)
console = Console(highlight=False)


@dataclass(frozen=True)
class LibrarySize:
    """Bytes of the stripped library, and by source file of edgert/core what is loaded of it."""

    total: int
    sources: dict[str, int]

    def parts(self) -> dict[str, int]:
        """By folder, e.g. "runtime" or "kernels/conv", and REST; adds up to `total`."""
        sizes: Counter[str] = Counter()
        for source, size in self.sources.items():
            part = re.match(r"kernels/[^/]+(?=/)|[^/]+", source)
            sizes[part[0] if part else source] += size
        sizes[REST] = self.total - sizes.total()
        return dict(sizes.most_common())


@dataclass(frozen=True)
class ModelSize:
    """Bytes of an INT8 bundle, of its arena, and the least that any arena would need."""

    bundle: int
    arena: int
    lower_bound: int


def build_library(build: Path = BUILD, toolchain: Path | None = None) -> LibrarySize:
    """Builds the library as wheels contain it, and measures it."""
    map_file = build / "libedgert.map"
    configure = [
        *("cmake", "-S", ROOT / "edgert" / "core", "-B", build, "-DSKBUILD=ON"),
        "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_SHARED_LINKER_FLAGS=-Wl,-Map={map_file}",
    ]
    if toolchain is not None:
        configure.append(f"-DCMAKE_TOOLCHAIN_FILE={toolchain.resolve()}")
    if shutil.which("ninja"):
        configure += ["-G", "Ninja"]
    _run(configure)
    _run(["cmake", "--build", build, "--target", "edgert", "--parallel", str(os.cpu_count())])
    stripped = build / "libedgert.stripped.so"
    strip = _cache_entry(build, "CMAKE_STRIP")
    _run([strip, "-o", stripped, build / "libedgert.so"])
    return LibrarySize(stripped.stat().st_size, read_map(map_file.read_text()))


def read_map(text: str) -> dict[str, int]:
    """Loaded bytes by source file, from a linker map of GNU ld, gold or lld."""
    kept = text.partition("Linker script and memory map")[2]
    one_line = re.sub(r"^( \.\S+)\n\s+", r"\1 ", kept, flags=re.MULTILINE)
    sizes: Counter[str] = Counter()
    for size, path in _CONTRIBUTION.findall(_NOT_LOADED.sub("", one_line)):
        _, found, source = path.partition("edgert_objects.dir/")
        if found:
            sizes[source.removesuffix(".o")] += int(size, 16)
    return dict(sizes.most_common())


def build_wheel() -> int:
    """Bytes of the wheel for this machine."""
    with tempfile.TemporaryDirectory() as folder:
        _run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT])
        (wheel,) = Path(folder).glob("*.whl")
        return wheel.stat().st_size


def measure_model(model: Model) -> ModelSize:
    """Compiles to INT8 with calibration data."""
    import edgert

    report = edgert.compile(str(model.path), precision="int8", calibration=model.calibration())
    return ModelSize(report.bundle_bytes, report.arena_bytes, report.arena_lower_bound)


def main() -> None:
    """Parses options, measures, prints tables, writes JSON."""
    options = _options()
    library = build_library(BUILD / (options.toolchain or Path("host")).stem, options.toolchain)
    results: dict[str, object] = {"library": asdict(library) | {"parts": library.parts()}}
    console.print(library_table(library, options.sources))
    if options.wheel:
        results["wheel"] = build_wheel()
        console.print(f"wheel: {results['wheel'] / 1e3:.1f} kB\n")
    models = available()
    names = options.models if options.models is not None else list(models)
    sizes = {name: measure_model(models[name]) for name in names}
    if sizes:
        results["models"] = {name: asdict(size) for name, size in sizes.items()}
        console.print(model_table(sizes))
    write_json(options.json, results)


def library_table(library: LibrarySize, sources: int) -> Table:
    """Parts, then the `sources` largest source files."""
    table = Table(title="stripped library", title_justify="left")
    table.add_column("part")
    table.add_column("kB", justify="right")
    table.add_column("share", justify="right")

    def add(name: str, size: int) -> None:
        table.add_row(name, f"{size / 1e3:.1f}", f"{100 * size / library.total:.0f} %")

    for name, size in library.parts().items():
        add(name, size)
    table.add_section()
    for name, size in list(library.sources.items())[:sources]:
        add(name, size)
    table.add_section()
    add("total", library.total)
    return table


def model_table(sizes: dict[str, ModelSize]) -> Table:
    """One row per model."""
    table = Table(title="INT8 models, kB", title_justify="left")
    table.add_column("model")
    for column in ("bundle", "arena", "lower bound", "arena / bound"):
        table.add_column(column, justify="right")
    for name, size in sizes.items():
        figures = (f"{n / 1e3:.1f}" for n in (size.bundle, size.arena, size.lower_bound))
        table.add_row(name, *figures, f"{size.arena / max(size.lower_bound, 1):.3f}")
    return table


def _run(command: list) -> None:
    """Runs a tool; what it prints is shown where it fails only."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def _cache_entry(build: Path, name: str) -> str:
    (value,) = re.findall(
        rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE
    )
    return value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--models",
        nargs="*",
        choices=list(available()),
        help="default: all; nothing after it: none",
    )
    parser.add_argument("--sources", type=int, default=10, help="largest source files to list")
    parser.add_argument("--toolchain", type=Path, help="CMake toolchain file, to cross-compile")
    parser.add_argument("--wheel", action="store_true", help="build the wheel, too")
    add_json_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
