"""Functions under 60 lines with at most 5 parameters, files under 600 lines,
headers under 150."""
import statistics

import tree

FUNCTION, MEDIAN, FILE, HEADER, PARAMETERS = 60, 20, 600, 150, 5


def main():
    problems, lengths = [], []
    for path in tree.files(('.c', '.h'), ['src', 'tests', 'bench']):
        text = tree.read(path)
        n = text.count('\n')
        limit = HEADER if path.endswith('.h') else FILE
        if n >= limit:
            problems.append(f'{path}: {n} lines, must be under {limit}')
        for f in tree.functions(text):
            if f.lines() >= FUNCTION:
                problems.append(f'{path}:{f.first}: {f.name} has {f.lines()} lines, '
                                f'must be under {FUNCTION}')
            if f.parameters > PARAMETERS:
                problems.append(f'{path}:{f.first}: {f.name} has {f.parameters} parameters, '
                                f'at most {PARAMETERS}')
            if path.startswith('src/'):
                lengths.append(f.lines())
    if statistics.median(lengths) >= MEDIAN:
        problems.append(f'src: the median function has {statistics.median(lengths)} lines, '
                        f'must be under {MEDIAN}')
    print(f'{len(lengths)} functions in src, median {statistics.median(lengths)} lines')
    tree.finish(problems)


main()
