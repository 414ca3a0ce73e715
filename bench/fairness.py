"""Runs the cases of doc/distinct.md with the program `fairness` and draws them:
fairness.py PROGRAM OUT.svg [CLIENTS]"""
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


def main():
    program, path, clients = sys.argv[1], sys.argv[2], (sys.argv[3:] or ["1000000"])[0]
    panels, failed = [], 0
    for title, arguments in CASES:
        row = []
        for mode in ("single", "distinct"):
            rows, others = run(program, [*arguments, "--mode", mode, "--clients", clients])
            print(f"{title:28} {mode:9}", others["most_off"], others.get("chi_square", ""),
                  others.get("after_kill", ""), sep="  ")
            chance = float(others["chi_square"].split()[-1]) if "chi_square" in others else 1
            failed += chance < 0.0001
            if len(rows) <= 40:
                row.append(panel(f"{title}, {mode}", rows))
        if row:
            panels.append(row)
    plot.write_svg(path, panels, "Shares of clients: wanted (dashed) and simulated")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
