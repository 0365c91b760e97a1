"""Where the time of a run goes: the calls of a bundle, and the kernels that they are of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from edgert._introspection import CallProfile
from edgert._text import shorten

_LISTED = 10  # calls that are shown


class KernelTime(NamedTuple):
    """The calls of one kernel: how many, their time in milliseconds, and their part of the whole.

    `share` is between 0 and 1.
    """

    kernel: str
    calls: int
    ms: float
    share: float


class Profile(list[CallProfile]):
    """The times of all calls, in order of execution."""

    @property
    def ms(self) -> float:
        """Milliseconds of all calls."""
        return sum(call.nanoseconds for call in self) / 1e6

    def slowest(self) -> list[tuple[int, CallProfile]]:
        """The calls with their number in order of execution, the slowest first."""
        return sorted(enumerate(self), key=lambda item: -item[1].nanoseconds)

    def by_kernel(self) -> list[KernelTime]:
        """The time of each kernel, the slowest first."""
        return kernel_times((call.kernel, call.nanoseconds / 1e6) for call in self)

    def __repr__(self) -> str:
        """One line for each kernel, and how many calls there are."""
        lines = [f"<Profile of {len(self)} calls, {self.ms:.3f} ms"]
        lines += [
            f"  {kernel.ms:9.3f} ms {100 * kernel.share:5.1f} %  {kernel.calls} x {kernel.kernel}"
            for kernel in self.by_kernel()
        ]
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        """Two tables: kernels, and the slowest calls."""
        from edgert._html import html_table

        kernels = html_table(
            ((k.kernel, k.calls, k.ms, 100 * k.share) for k in self.by_kernel()),
            ("kernel", "calls", "ms", "%"),
            f"{len(self)} calls, {self.ms:.3f} ms",
        )
        calls = html_table(
            (
                (index, call.kernel, call.nanoseconds / 1e6, shorten(call.name))
                for index, call in self.slowest()[:_LISTED]
            ),
            ("#", "kernel", "ms", "node"),
            "slowest calls",
        )
        return kernels + calls


def kernel_times(calls: Iterable[tuple[str, float]]) -> list[KernelTime]:
    """The time of each kernel from (kernel, milliseconds) of calls, the slowest first."""
    found: dict[str, tuple[int, float]] = {}
    for kernel, ms in calls:
        count, time = found.get(kernel, (0, 0.0))
        found[kernel] = (count + 1, time + ms)
    total = sum(time for _, time in found.values()) or 1.0
    times = [KernelTime(k, count, ms, ms / total) for k, (count, ms) in found.items()]
    return sorted(times, key=lambda kernel: -kernel.ms)
