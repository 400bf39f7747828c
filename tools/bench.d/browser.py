"""the browser engine against Playwright, and against the bare protocol

Each figure is measured in rounds that take turns (theirs, ours, the floor), so that whatever else the machine does hits all of
them; a figure is the median over its rounds, the claim is the ratio. The floor is the bare protocol through our own
connection: nothing is waited for or checked.

  processor time  of the process that speaks to Chromium: ours, and Playwright's driver (node), whose Python side is not counted
  memory          resident, of the same processes
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import report
import stage
from figures import FIGURES


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (5)")
    parser.add_argument("--figures", help="only these, with commas: " + ", ".join(figure.name for figure in FIGURES))
    parser.add_argument("--jobs", type=int, default=1000, help="jobs of ten steps for memory and growth (1000)")
    parser.add_argument("--cdp", choices=["websocket", "pipe"], help="our transport (websocket)")
    parser.add_argument("--egress", action="store_true", help="measure ours through the egress proxy too, as the pages of jobs go")
    parser.add_argument("--skip-build", action="store_true", help="measure what was built before")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def call(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


class Sides:
    """Runs one round of a figure on each side."""

    def __init__(self, binaries, python, url, scratch, arguments):
        self.ours = [binaries / "cpa-bench"]
        self.transport = ["--cdp", arguments.cdp] if arguments.cdp else []
        self.has_proxy = arguments.egress
        self.theirs = [python, pathlib.Path(__file__).with_name("peer.py")]
        self.url, self.scratch = url, scratch

    def measure(self, figure, iterations, options):
        name = "form" if figure.name == "form-cold" else figure.source or figure.name
        shared = [name, "--url", self.url, "--iterations", iterations, *options]
        ours = [*self.ours, *shared, *self.transport, *figure.options, "--shots", self.scratch]
        results = {"theirs": call([*self.theirs, *shared, "--shot", f"{self.scratch}/shot.png"]), "ours": call(ours)}
        if self.has_proxy:
            results["proxied"] = call([*ours, "--egress"])
        if figure.has_floor:
            results["floor"] = call([*ours, "--floor"])
        return results


def measure(sides, wanted, arguments):
    """Rows of medians; a figure that shares a measurement with the one before takes its results."""
    rows, results, rate = [], {}, 5.0
    for figure in wanted:
        if not figure.source or figure.source not in results:
            is_memory = "memory" in (figure.name, figure.source)
            iterations = arguments.jobs if is_memory else figure.iterations
            options = ["--rate", rate] if figure.name == "lease" else []
            # Thousands of jobs are their own repetition.
            rounds = 1 if is_memory else arguments.rounds
            print(f"  {figure.title} …", file=sys.stderr)
            runs = [sides.measure(figure, iterations, options) for _ in range(rounds)]
            results[figure.source or figure.name] = runs
        row = row_of(figure, results[figure.source or figure.name])
        if figure.name == "contexts":
            rate = max(1.0, row["ours"] / 2)
        rows.append(row)
    return rows


def row_of(figure, runs):
    row = {"figure": figure.name, "title": figure.title, "unit": figure.unit}
    for side in ("theirs", "ours", "proxied", "floor"):
        values = [figure.value(run[side]) for run in runs if side in run]
        row[side] = statistics.median(values) if values else None
        row[f"{side}_runs"] = values
    held = {
        "ratio": row["ours"] / row["theirs"] if row["theirs"] else None,
        "value": row["ours"],
        "floor": row["ours"] / row["floor"] if row["floor"] else None,
    }
    row["ratio"] = held["ratio"]
    row["proxied_ratio"] = row["proxied"] / row["theirs"] if row["proxied"] and row["theirs"] else None
    row["targets"] = [
        {"of": kind, "sign": sign, "limit": limit,
         "met": held[kind] is not None and (held[kind] <= limit if sign == "≤" else held[kind] >= limit)}
        for kind, sign, limit in figure.target
    ]
    return row


def table(rows):
    words = {"ratio": "× theirs", "value": "", "floor": "× floor"}
    has_proxy = any(row["proxied"] is not None for row in rows)
    lines = [("figure", "theirs", "ours", "floor", "ratio", "target", "met", *(["through the proxy", "ratio"] if has_proxy else []))]
    ratio = lambda value: "–" if value is None else f"{value:.2f}"
    for row in rows:
        number = lambda value: "–" if value is None else f"{value:.2f} {row['unit']}"
        targets = ", ".join(
            f"{each['sign']} {each['limit']:.3g}{words[each['of']] or ' ' + row['unit']}" for each in row["targets"]
        )
        met = ", ".join("yes" if each["met"] else "no" for each in row["targets"])
        proxied = [number(row["proxied"]), ratio(row["proxied_ratio"])] if has_proxy else []
        lines.append((row["title"], number(row["theirs"]), number(row["ours"]), number(row["floor"]), ratio(row["ratio"]), targets, met, *proxied))
    return report.table(lines)


def run(arguments):
    wanted = FIGURES
    if arguments.figures:
        names = arguments.figures.split(",")
        unknown = set(names) - {figure.name for figure in FIGURES}
        if unknown:
            raise SystemExit(f"bench: there is no figure {', '.join(sorted(unknown))}")
        wanted = [figure for figure in FIGURES if figure.name in names]
    if arguments.skip_build:
        binaries = stage.ROOT / ".build/release"
    else:
        binaries = stage.build("cpa-fixtures", "cpa-bench")
    python = stage.peer_python(*stage.PLAYWRIGHT)
    with tempfile.TemporaryDirectory() as scratch, stage.portal(binaries, scratch) as portal:
        rows = measure(Sides(binaries, python, portal + "/form", scratch, arguments), wanted, arguments)
    if arguments.json:
        print(json.dumps({"rounds": arguments.rounds, "figures": rows}, ensure_ascii=False))
    else:
        print(table(rows))
    return 0 if all(target["met"] for row in rows for target in row["targets"]) else 1
