"""Interleaved rounds of samples, and which of them count."""

import statistics
import time
from dataclasses import dataclass, field

from . import machine
from .load import Lost
from .programs import Program

# A sample during which other programs used more of the machine than this many cores is disturbed.
DISTURBED = 0.15


@dataclass
class Case:
    """One proxy under one kind of request."""

    key: str
    label: str
    programs: list
    port: int
    cookie: str
    tls_port: int | None = None
    prefix: str = ""
    # What the upstream must see of an authenticated request, in small letters.
    seen: str = ""
    # guichet has a part in it.
    ours: bool = True

    @property
    def path(self):
        return self.prefix + "/1k"

    @property
    def leaders(self):
        return [program.leader for program in self.programs]


@dataclass
class Sample:
    """CPU seconds of the proxy over `units` (requests, or GiB) in `seconds`; `extra` is what the generator told besides."""

    cpu: float
    units: float
    seconds: float
    others: float
    extra: tuple = ()

    @property
    def cost(self):
        return self.cpu / self.units


@dataclass
class Samples:
    """The samples of one case: the quiet ones, or all of them where too few were quiet."""

    wanted: int
    taken: list = field(default_factory=list)

    @property
    def quiet(self):
        return [sample for sample in self.taken if sample.others <= DISTURBED]

    @property
    def is_settled(self):
        return len(self.quiet) >= self.wanted

    @property
    def is_disturbed(self):
        return len(self.quiet) < min(3, self.wanted)

    @property
    def used(self):
        return self.taken if self.is_disturbed else self.quiet

    def median(self, of):
        return statistics.median(of(sample) for sample in self.used)

    def range(self, of):
        values = [of(sample) for sample in self.used]
        return min(values), max(values)


def interleaved(cases, load, rounds, most, patience, tell):
    """Takes samples of all cases in turn, every second round backwards, until each has `rounds` quiet ones or `most` were taken.

    `load(case)` returns units and what else it has to tell; `patience` is how long a sample waits for a quiet machine (seconds).
    """
    samples = {case.key: Samples(rounds) for case in cases}
    for number in range(most):
        if all(of_case.is_settled for of_case in samples.values()):
            break
        tell(f"round {number + 1}")
        for case in cases if number % 2 == 0 else reversed(cases):
            _await_quiet(patience)
            try:
                samples[case.key].taken.append(_sample(case, load))
            except Lost as lost:
                # Of ours every request is answered, or there are no figures.
                if case.ours:
                    raise
                tell(f"a sample is not used: {lost}")
    return samples


def _sample(case, load):
    others = machine.Others(_ours(), time.monotonic)
    began, before = time.monotonic(), machine.cpu_seconds(case.leaders)
    units, *extra = load(case)
    cpu, seconds = machine.cpu_seconds(case.leaders) - before, time.monotonic() - began
    return Sample(cpu, units, seconds, others.cores(), tuple(extra))


def _await_quiet(patience):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        others = machine.Others(_ours(), time.monotonic)
        time.sleep(0.5)
        if others.cores() <= DISTURBED:
            return


def _ours():
    return [program.leader for program in Program.running]
