#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the samples of bench-driver and prints medians and paired ratios as a Markdown table.

usage: report.py SAMPLES BASE [FLOOR]

The ratio of a row is the median of its ratios to BASE (and FLOOR) within each round, so that a change of the machine's speed from round to round
does not count. Row names are WHAT:WHO; rows of the same WHAT are compared.
"""
import statistics
import sys


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def main():
    path, base = sys.argv[1:3]
    floor = sys.argv[3] if len(sys.argv) > 3 else None
    samples = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, number, *figures = line.rstrip("\n").split("\t")
            samples.setdefault(name, {})[int(number)] = [float(figure) for figure in figures]
    print(f"| operation | who | ms | p90 | CPU ms | PID 1 | bus | RSS KB | faults | / {base} |" + (f" / {floor} |" if floor else ""))
    print("|---|---|---|---|---|---|---|---|---|---|" + ("---|" if floor else ""))
    for name, rounds in samples.items():
        what, who = name.split(":")
        wall, cpu, init, bus, resident, faults, failed = (list(column) for column in zip(*rounds.values()))
        cells = [what, who, f"{statistics.median(wall) / 1000:.2f}", f"{percentile(wall, 0.9) / 1000:.2f}"]
        cells += [f"{statistics.median(column) / 1000:.2f}" for column in (cpu, init, bus)]
        cells += [f"{max(resident):.0f}", f"{statistics.median(faults):.0f}"]
        for other in (base, floor):
            if not other:
                continue
            pairs = samples.get(f"{what}:{other}", {})
            ratios = [rounds[n][0] / pairs[n][0] for n in rounds if n in pairs and pairs[n][0] > 0]
            cells.append(f"{statistics.median(ratios):.3f}" if ratios else "")
        if sum(failed):
            cells[1] += f" ({sum(failed):.0f} failed)"
        print("| " + " | ".join(cells) + " |")


main()
