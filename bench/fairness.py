"""Runs cases with the program `fairness` and draws them: those of doc/distinct.md,
or the services of a configuration (then python3-yaml is needed), on as many relays
as a consensus lists.

    fairness.py build/bench/fairness out.svg
    fairness.py build/bench/fairness out.svg --config config.yaml --consensus cached-microdesc-consensus
"""
import argparse
import subprocess
import sys

import plot

# title, arguments
CASES = [
    *((f"{n} equal", ["--instances", str(n)]) for n in range(1, 8)),
    ("40 equal", ["--instances", "40", "--kill", "10"]),
    ("500 equal, 25 rotations", ["--instances", "500", "--rounds", "25", "--kill", "100"]),
    ("1:2:4:0, 20 points", ["--instances", "4", "--weights", "1:2:4:0", "--points", "20", "--kill", "1"]),
]


def run(program, arguments):
    """The figures that the program prints: exact and simulated shares, the other lines."""
    text = subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith("instance ")]
    others = {line.split()[0]: line for line in text.splitlines() if not line.startswith(("instance ", "#"))}
    return rows, others


def panel(title, rows):
    """Bars are what clients came to, dashed lines the wanted shares."""
    return plot.Shares(title, {row[0]: round(float(row[4]) * 1e6) for row in rows},
                       {row[0]: float(row[2]) for row in rows})


def usable_relays(path):
    """How many relays of a consensus can be introduction points: tor wants them fast and stable."""
    with open(path) as file:
        flags = [set(line.split()[1:]) for line in file if line.startswith("s ")]
    return sum({"Fast", "Running", "Stable", "Valid"} <= each for each in flags)


def cases_of(path, consensus, points):
    """A case for each service of a configuration."""
    import yaml  # only for this
    with open(path) as file:
        services = yaml.safe_load(file)["services"]
    relays = ["--relays", str(usable_relays(consensus))] if consensus else []
    for number, service in enumerate(services, 1):
        weights = [str(each.get("weight", 1)) for each in service["instances"]]
        yield (str(service.get("name", f"service {number}")),
               ["--instances", str(len(weights)), "--weights", ":".join(weights), "--points", str(points), *relays])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("svg")
    parser.add_argument("--clients", default="1000000", help="default: %(default)s")
    parser.add_argument("--config", metavar="FILE", help="whose services are the cases")
    parser.add_argument("--consensus", metavar="FILE", help="whose relays are counted; default: 8,000 relays")
    parser.add_argument("--points", type=int, default=3, help="of each instance of a configuration; default: %(default)s")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    cases = list(cases_of(arguments.config, arguments.consensus, arguments.points)) if arguments.config else CASES
    panels, failed = [], 0
    for title, what in cases:
        row = []
        for mode in ("single", "distinct"):
            rows, others = run(arguments.program, [*what, "--mode", mode, "--clients", arguments.clients])
            print(f"{title:28} {mode:9}", others["most_off"], others.get("chi_square", ""),
                  others.get("after_kill", ""), sep="  ")
            chance = float(others["chi_square"].split()[-1]) if "chi_square" in others else 1
            failed += chance < 0.0001
            if len(rows) <= 40:
                row.append(panel(f"{title}, {mode}", rows))
        if row:
            panels.append(row)
    plot.write_svg(arguments.svg, panels, "Shares of clients: wanted (dashed) and simulated")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
