#!/usr/bin/env python3
"""Times `vaxloom run` on synthetic cohorts of several sizes, and draws what it finds.

    scripts/scaling.py measure --program target/release/vaxloom --patients 10,100,1000,10000 --table docs/scaling.tsv
    scripts/scaling.py draw --table docs/scaling.tsv --svg docs/scaling.svg

The table has a row for each size and stage: seconds of that stage, and for the stage `all` the whole process with its peak memory.
`rest` is what the summary does not time: opening the lake, the commit, the pages. Existing rows of other sizes stay.
"""

import argparse
import csv
import math
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

COLUMNS = ["patients", "load", "threads", "build", "stage", "rows_out", "seconds", "peak_mb"]
STAGE = re.compile(r"^(\w+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d.]+) s$", re.M)
COLOURS = {"all": "#111111", "presentation": "#b3261e", "neoantigen": "#1f6feb", "construct": "#2da44e", "rest": "#9a6700", "peptide": "#8250df"}


def measure(arguments):
    """Runs every size once, in a folder that goes afterwards."""
    rows = read(arguments.table)
    for patients in map(int, arguments.patients.split(",")):
        rows = [row for row in rows if int(row["patients"]) != patients]
        rows += one(arguments, patients)
        write(arguments.table, rows)


def one(arguments, patients):
    """The rows of one size."""
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        cohort, program = f"{folder}/cohort", arguments.program
        size = ["--patients", str(patients), "--load", str(arguments.load)]
        subprocess.run([program, "simulate", "--quiet", *size, "--out", cohort], check=True)
        command = [program, "run", "--quiet", "--threads", str(arguments.threads)]
        command += ["--samples", f"{cohort}/samples.csv", "--records", f"{cohort}/records"]
        command += ["--reference", f"{cohort}/reference", "--lake", f"{folder}/lake"]
        with open(f"{folder}/out", "w+") as out:
            begin = time.monotonic()
            process = subprocess.Popen(command, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begin
            if os.waitstatus_to_exitcode(status) != 0:
                raise SystemExit(f"{' '.join(command)}: ended with {status}")
            out.seek(0)
            return parsed(arguments, patients, out.read(), seconds, usage.ru_maxrss / 1024)


def parsed(arguments, patients, summary, seconds, peak):
    """Rows of a run's summary."""
    of_run = {"patients": patients, "load": arguments.load, "threads": arguments.threads, "build": arguments.build}
    rows, told = [], 0.0
    for stage, _, rows_out, _, _, time_of_stage in STAGE.findall(summary):
        told += float(time_of_stage)
        rows.append({**of_run, "stage": stage, "rows_out": rows_out.replace(",", ""), "seconds": time_of_stage})
    rows.append({**of_run, "stage": "rest", "seconds": f"{seconds - told:.2f}"})
    rows.append({**of_run, "stage": "all", "seconds": f"{seconds:.2f}", "peak_mb": f"{peak:.0f}"})
    return rows


def read(table):
    """The rows of a table, none where there is no file."""
    if not Path(table).exists():
        return []
    with open(table, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def write(table, rows):
    """Puts the rows down by size."""
    rows.sort(key=lambda row: int(row["patients"]))
    with open(table, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def exponent(points):
    """Slope of the least-squares line through the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def draw(arguments):
    """Time of each stage, and peak memory, over patients; both axes logarithmic."""
    rows = read(arguments.table)
    panels = [("seconds", "seconds", list(COLOURS)), ("peak memory, MB", "peak_mb", ["all"])]
    parts = [panel(rows, *of_panel, left=70 + 530 * at) for at, of_panel in enumerate(panels)]
    svg = ['<svg xmlns="http://www.w3.org/2000/svg" width="1050" height="420" font-family="sans-serif" font-size="12">']
    svg += ['<rect width="1050" height="420" fill="white"/>', *parts, "</svg>\n"]
    Path(arguments.svg).write_text("\n".join(svg))


def panel(rows, title, column, stages, left, top=40, width=280, height=310):
    """One pair of axes with a line a stage."""
    lines = {}
    for stage in stages:
        points = [(int(row["patients"]), float(row[column])) for row in rows if row["stage"] == stage and row[column]]
        points = [(x, y) for x, y in points if y > 0]
        if len(points) > 1:
            lines[stage] = points
    values = [y for points in lines.values() for _, y in points]
    sizes = sorted({x for points in lines.values() for x, _ in points})
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    across = lambda x: left + width * (math.log10(x) - first) / (last - first)
    up = lambda y: top + height * (high - math.log10(y)) / (high - low)
    parts = [f'<text x="{left}" y="{top - 16}" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        y = up(10**power)
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10**power:g}</text>')
    for size in sizes:
        parts.append(f'<text x="{across(size):.1f}" y="{top + height + 18}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">patients</text>')
    labels = spaced(sorted((up(points[-1][1]), stage) for stage, points in lines.items()))
    for y, stage in labels:
        points, colour = lines[stage], COLOURS[stage]
        path = " ".join(f"{across(x):.1f},{up(v):.1f}" for x, v in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(v):.1f}" r="3" fill="{colour}"/>' for x, v in points]
        label = f"{stage} (exponent {exponent(points[-2:]):.2f})"
        parts.append(f'<text x="{left + width + 8}" y="{y + 4:.1f}" fill="{colour}">{label}</text>')
    return "\n".join(parts)


def spaced(labels, gap=15):
    """Moves labels down so that none lies on another."""
    placed = []
    for y, stage in labels:
        y = max(y, placed[-1][0] + gap) if placed else y
        placed.append((y, stage))
    return placed


def main():
    """Reads the arguments and does what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    of_measure = commands.add_parser("measure")
    of_measure.add_argument("--program", default="vaxloom")
    of_measure.add_argument("--patients", default="10,100,1000")
    of_measure.add_argument("--load", type=float, default=1.0)
    of_measure.add_argument("--threads", type=int, default=os.cpu_count())
    of_measure.add_argument("--build", default="release")
    of_measure.add_argument("--work", help="folder for cohorts and lakes; default: the system's")
    of_measure.add_argument("--table", required=True)
    of_measure.set_defaults(run=measure)
    of_draw = commands.add_parser("draw")
    of_draw.add_argument("--table", required=True)
    of_draw.add_argument("--svg", required=True)
    of_draw.set_defaults(run=draw)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
