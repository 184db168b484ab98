#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws the medians of bench-driver's samples as an SVG of horizontal bars, one group for each operation.

usage: chart.py TITLE SAMPLES... >chart.svg
"""
import html
import statistics
import sys

COLOURS = {"berth": "#2f6f9f", "berth-wait": "#8fb7d3", "crun": "#c98b3c", "runc": "#b0574d", "floor": "#8c8c8c"}
ROW, LEFT, WIDTH = 16, 190, 460


def read(paths):
    groups = {}
    for path in paths:
        with open(path, encoding="ascii") as lines:
            for line in lines:
                name, _, wall, *_ = line.split("\t")
                what, who = name.split(":")
                groups.setdefault(what, {}).setdefault(who, []).append(float(wall) / 1000)
    return {what: {who: statistics.median(values) for who, values in rows.items()} for what, rows in groups.items()}


def main():
    title, groups = sys.argv[1], read(sys.argv[2:])
    longest = max(value for rows in groups.values() for value in rows.values())
    body, y = [], 48
    for what, rows in groups.items():
        body.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end" font-weight="bold">{html.escape(what)}</text>')
        for who in sorted(rows, key=list(COLOURS).index):
            length = max(1, rows[who] / longest * WIDTH)
            body.append(f'<rect x="{LEFT}" y="{y + 2}" width="{length:.1f}" height="{ROW - 4}" fill="{COLOURS[who]}"/>')
            body.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 12}">{html.escape(who)} {rows[who]:.1f} ms</text>')
            y += ROW
        y += 10
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 150}" height="{y}" font-family="sans-serif" font-size="11">')
    print(f'<rect width="100%" height="100%" fill="#ffffff"/>\n<text x="16" y="26" font-size="15">{html.escape(title)}</text>')
    print("\n".join(body) + "\n</svg>")


main()
