"""What came of it, for people."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tests.benchmark.usage import Usage

HEADINGS: t.Final = ("", "seconds", "in modules", "their CPU", "requests", "module MiB", "peak MiB", "ratio")


class Row(t.NamedTuple):
    """
    A measured run.

    Attributes:
        case: What was done.
        way: By whom.
        usage: What it took.
        is_scaled: Whether it was computed from fewer namespaces.
    """

    case: str
    way: str
    usage: Usage
    is_scaled: bool = False


def render(rows: t.Sequence[Row]) -> str:
    """A table by case, the first way of each being what the others are compared with."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    first: dict[str, Usage] = {}
    for row in rows:
        if row.case not in first:
            first[row.case] = row.usage
            lines.append((row.case,))
        used = row.usage
        lines.append(
            (
                f"  {row.way}",
                f"{'~' if row.is_scaled else ''}{used.seconds:.1f}",
                f"{used.module_seconds:.1f}",
                f"{used.module_cpu_seconds:.1f}",
                f"{used.requests}",
                f"{used.module_peak_mib:.0f}",
                f"{used.peak_mib:.0f}",
                f"{used.seconds / first[row.case].seconds:.1f}",
            )
        )
    return aligned(lines)


def aligned(lines: t.Sequence[tuple[str, ...]]) -> str:
    """Lines of cells below each other, numbers to the right; a line with one cell begins a part of its own."""
    widths = [max(map(len, column)) for column in zip(*(line for line in lines if len(line) > 1), strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: tuple[str, ...], widths: t.Sequence[int]) -> str:
    if len(cells) == 1:
        return f"\n{cells[0]}"
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()
