"""The figures as Markdown, and their place in a document."""

from . import load, machine
from .rounds import DISTURBED

BEGIN, END = "<!-- benches/compare: begin -->", "<!-- benches/compare: end -->"


def write(document, text):
    """Puts `text` between the markers of `document`."""
    whole = document.read_text()
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def heading(command, date, rounds, versions):
    lines = [f"Made by `{command}` on {date}. {machine.description()}.", ""]
    lines += [", ".join(f"{name} {version}" for name, version in versions.items()) + ".", ""]
    lines += [
        f"Medians of {rounds} interleaved rounds, with the smallest and the largest in brackets. A sample during which other programs used",
        f"more than {DISTURBED} cores is not used; a figure with `~` had too few others, and counts them all.",
    ]
    return "\n".join(lines)


def throughput(title, cases, samples):
    """CPU per 100,000 requests, with its ratio to the first case, and the rate."""
    rows = []
    base = samples[cases[0].key].median(lambda sample: sample.cost)
    for case in cases:
        of_case = samples[case.key]
        cost = of_case.median(lambda sample: sample.cost)
        rows.append([
            case.label, _spread(of_case, lambda sample: sample.cost * 1e5, 2), f"{cost / base:.2f}",
            f"{of_case.median(lambda sample: sample.units / sample.seconds):,.0f}",
            f"{of_case.median(lambda sample: sample.cpu / sample.seconds):.0%}", _used(of_case),
        ])  # fmt: skip
    return _table(title, ["proxy", "CPU s / 100,000 requests", "× nginx", "requests/s", "of its CPU", "samples used"], rows)


def latency(cases, samples):
    """Percentiles at the fixed rate, and how far from the first case's."""
    rows = []
    medians = {case.key: [samples[case.key].median(lambda sample, at=at: sample.extra[at] / 1_000) for at in (0, 1)] for case in cases}
    for case in cases:
        of_case, (median, late) = samples[case.key], medians[case.key]
        from_first = [value - base for value, base in zip((median, late), medians[cases[0].key])]
        rows.append([
            case.label, _spread(of_case, lambda sample: sample.extra[0] / 1_000, 2), f"{from_first[0]:+.2f}",
            _spread(of_case, lambda sample: sample.extra[1] / 1_000, 2), f"{from_first[1]:+.2f}",
            _spread(of_case, lambda sample: sample.cost * 1e5, 1), _used(of_case),
        ])  # fmt: skip
    title = f"Latency at {load.RATE:,} requests/s over 32 connections, each request timed from when it was due"
    return _table(title, ["proxy", "p50 ms", "− nginx", "p99 ms", "− nginx", "CPU s / 100,000 requests", "samples used"], rows)


def bodies(cases, down, up):
    """CPU per GiB, both ways."""
    rows = []
    for case in cases:
        ways = [samples[case.key] for samples in (down, up)]
        costs = [_spread(way, lambda sample: sample.cost, 2) for way in ways]
        rates = [f"{way.median(lambda sample: sample.units / sample.seconds) * 1_024:,.0f}" for way in ways]
        rows.append([case.label, *(cell for pair in zip(costs, rates) for cell in pair), ", ".join(map(_used, ways))])
    title = "Bodies of 10 MiB over 4 connections"
    return _table(title, ["proxy", "down, CPU s / GiB", "MiB/s", "up, CPU s / GiB", "MiB/s", "samples used"], rows)


def facts(title, rows):
    """Pairs of what and how much."""
    return _table(title, ["what", "how much"], rows)


def _spread(samples, of, digits):
    low, high = samples.range(of)
    mark = " ~" if samples.is_disturbed else ""
    return f"{samples.median(of):.{digits}f} ({low:.{digits}f}–{high:.{digits}f}){mark}"


def _used(samples):
    return f"{len(samples.used)} of {len(samples.taken)}"


def _table(title, head, rows):
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |"]
    lines.append("| --- |" + " ---: |" * (len(head) - 1))
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
