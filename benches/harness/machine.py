"""What the system tells of programs and of itself, read from /proc."""

import os
import platform
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def members(leader):
    """Processes of the session that `leader` opened: the program and whatever it started."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(entry)
            if fields and int(fields[3]) == leader:
                found.append(int(entry))
    return found


def cpu_seconds(leaders):
    """User and system time so far of the sessions of `leaders`, with their ended children."""
    ticks = 0
    for leader in leaders:
        for process in members(leader):
            ticks += _ticks(process)
    return ticks / TICKS


def anonymous_kib(leaders):
    """RssAnon of the sessions of `leaders`: memory that no file backs."""
    total = 0
    for leader in leaders:
        for process in members(leader):
            with open(f"/proc/{process}/status") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))
    return total


class Others:
    """How many cores programs that are not ours use, from its making to `cores`. `leaders` are all the sessions that are ours.

    Counted twice, and the larger is told: process by process, which misses what this namespace cannot see, and as what the CPUs did without
    us, which misses something where the kernel books a process's interrupts on the process.
    """

    def __init__(self, leaders, clock):
        self._leaders, self._clock = leaders, clock
        self._began, self._before = clock(), self._counts()

    def cores(self):
        after = self._counts()
        everybody, busy, stolen, ours = (now - before for now, before in zip(after, self._before))
        return (max(0.0, everybody - ours, busy - ours) + stolen) / (self._clock() - self._began)

    def _counts(self):
        everybody = sum(_ticks(entry) for entry in os.listdir("/proc") if entry.isdigit()) / TICKS
        ours = cpu_seconds(self._leaders) + sum(os.times()[:4])
        return everybody, *_busy(), ours


def description():
    """One line about the machine."""
    with open("/proc/cpuinfo") as cpuinfo:
        models = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    with open("/proc/meminfo") as meminfo:
        gib = int(meminfo.readline().split()[1]) / 1024 / 1024
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} CPUs ({model}), {gib:.0f} GiB, Linux {platform.release().split('-')[0]}"


def version(*command):
    """The first line that a program prints of itself."""
    said = subprocess.run(command, capture_output=True, text=True)
    return next(iter((said.stdout + said.stderr).strip().splitlines()), "?")


def _stat(process):
    """Fields of /proc/PID/stat from the state on: parent 1, session 3, times 11 to 14. None when it has just ended."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _ticks(process):
    """User and system time of a process and of its children that have ended."""
    return sum(int(field) for field in (_stat(process) or ["0"] * 15)[11:15])


def _busy():
    """Seconds that the CPUs worked for programs, interrupts left out, and seconds that the host took away."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, _, _, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system) / TICKS, steal / TICKS
