"""Emulated ARM CPUs that count the instructions of a program.

The counts tell work, not time, and are the same on every machine to about 0.1 %.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench-arm"
SYSROOT = Path("/usr/aarch64-linux-gnu")
_INSTALL = ".ci/packages arm arm-count arm-wheel"
TIMEOUT = 3600  # seconds; the largest models take minutes

# Gives the program a /sys and a /proc/cpuinfo of its own, before it starts.
_DISGUISE = 'mount --bind "$1" /sys; mount --bind "$2" /proc/cpuinfo; shift 2; exec "$@"'
_NEON = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
_DOTPROD = f"{_NEON} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp"


@dataclass(frozen=True)
class Cpu:
    """A CPU: qemu's name for it, and what Linux says of it in /proc/cpuinfo."""

    name: str
    qemu: str
    part: int
    features: str

    def cpuinfo(self) -> str:
        """Two processors, as /proc/cpuinfo describes them; XNNPACK reads no other source."""
        return "".join(
            f"processor\t: {index}\nBogoMIPS\t: 108.00\nFeatures\t: {self.features}\n"
            "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n"
            f"CPU part\t: {self.part:#05x}\nCPU revision\t: 3\n\n"
            for index in range(2)
        )


CPUS = {
    cpu.name: cpu
    for cpu in (
        Cpu("cortex-a53", "cortex-a53", 0xD03, _NEON),
        Cpu("cortex-a72", "cortex-a72", 0xD08, _NEON),
        Cpu("cortex-a76", "cortex-a76", 0xD0B, _DOTPROD),
        Cpu("i8mm", "max,sve=off,sme=off", 0xD4D, f"{_DOTPROD} i8mm bf16"),
    )
}


@dataclass(frozen=True)
class Block:
    """A block of code: its address in the process, its instructions, and how often it ran."""

    address: int
    instructions: int
    executions: int


@dataclass(frozen=True)
class Counted:
    """Instructions from each mark of a program to the next, and what the program printed.

    `histogram`: the last interval by block, where it was asked for.
    """

    intervals: tuple[int, ...]
    printed: str
    histogram: tuple[Block, ...] = ()


class Emulator:
    """qemu-user with the counting plugin, which is compiled for the qemu that is installed."""

    def __init__(self) -> None:
        self.qemu = require("qemu-aarch64", "qemu-user")
        BUILD.mkdir(parents=True, exist_ok=True)
        self.plugin = BUILD / "count_instructions.so"
        run(
            require("cc", "gcc"),
            *("-O2", "-shared", "-fPIC", "-fvisibility=hidden"),
            f"-DEDGERT_QEMU_PLUGIN_VERSION={self._plugin_version()}",
            *(HERE / "count_instructions.c", "-o", self.plugin),
        )

    def _plugin_version(self) -> int:
        """Of the plugin interface: qemu 9 takes none but 2 and later, earlier ones only know 1."""
        major = re.search(r"version (\d+)", run(self.qemu, "--version"))
        return 2 if major and int(major[1]) >= 9 else 1

    def count(
        self,
        cpu: Cpu,
        command: Sequence[str | Path],
        root: Path = SYSROOT,
        environment: Mapping[str, str] | None = None,
        disguise: bool = False,
        histogram: bool = False,
    ) -> Counted:
        """Runs a program with the libraries below `root`; its marks become intervals.

        `disguise`: hides the host's /sys and /proc/cpuinfo; `root` has a /sys. The interval before
        the first mark is left out. Raises SystemExit where the program fails.
        """
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            counts, blocks, cpuinfo = (folder / n for n in ("counts", "blocks", "cpuinfo"))
            counts.touch()
            cpuinfo.write_text(cpu.cpuinfo())
            plugin = f"{self.plugin},counts={counts}"
            plugin += f",histogram={blocks}" if histogram else ""
            line = [self.qemu, "-cpu", cpu.qemu, "-L", root, "-plugin", plugin]
            for key, value in (environment or {}).items():
                line += ["-E", f"{key}={value}"]
            if disguise:
                namespace = [require("unshare", "util-linux"), "--user", "--map-root-user"]
                script = ["--mount", "sh", "-euc", _DISGUISE, "sh", root / "sys", cpuinfo]
                line = [*namespace, *script, *line]
            printed = run(*line, *command)
            intervals = tuple(map(int, counts.read_text().split()))[1:]
            return Counted(intervals, printed, _read_histogram(blocks) if histogram else ())


def _read_histogram(path: Path) -> tuple[Block, ...]:
    rows = (line.split() for line in path.read_text().splitlines())
    return tuple(Block(int(address, 16), int(n), int(times)) for address, n, times in rows)


def require(command: str, package: str) -> str:
    """The path of a command. Raises SystemExit where it is missing."""
    path = shutil.which(command)
    if path is None:
        raise SystemExit(f"{command} is missing: apt-get install {package}; all: {_INSTALL}")
    return path


def run(*command: str | Path) -> str:
    """What a command prints. Raises SystemExit with all of it where the command fails."""
    line = [str(part) for part in command]
    done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(line)}\n{done.stdout}{done.stderr}")
    return done.stdout
