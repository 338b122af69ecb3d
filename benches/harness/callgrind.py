"""Instructions per request, counted by callgrind: they do not move with what else the machine does."""

import re
import subprocess

from . import load, memory
from .programs import PROXY_CPU, wait_until
from .rounds import Case

WARM_UP, COUNTED = 1_000, 5_000


class Counted:
    """Runs a gateway under callgrind and counts one case after another."""

    def __init__(self, world):
        self._output = world.folder / "callgrind.out"
        before = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={self._output}"]
        self.gateway = world.gateway("counted", PROXY_CPU, before)
        wait_until(lambda: memory.status(self.gateway.port, "/public/1k") == 200, self.gateway, 120)
        self.cases = [
            Case("public", "public route", [self.gateway], self.gateway.port, "a=b", prefix="/public"),
            Case("activated", "activated route", [self.gateway], self.gateway.port, world.cookies[0]),
        ]

    def count(self, case):
        """The profile of `COUNTED` requests, as a file of callgrind's."""
        load.count(case, WARM_UP)
        self._control("-i", "on")
        self._control("-z")
        load.count(case, COUNTED)
        self._control("-d")
        self._control("-i", "off")
        return sorted(self._output.parent.glob(self._output.name + ".*"), key=lambda path: int(path.suffix[1:]))[-1]

    def _control(self, *words):
        subprocess.run(["callgrind_control", *words, str(self.gateway.leader)], check=True, capture_output=True)


def per_request(profile):
    """Instructions of one request."""
    return int(re.search(r"^summary: (\d+)", profile.read_text(), re.MULTILINE)[1]) / COUNTED


def functions(profile, inclusive):
    """Functions with their instructions per request, most first: their own, or with all they called."""
    command = ["callgrind_annotate", "--threshold=100", f"--inclusive={'yes' if inclusive else 'no'}", "--auto=no", profile]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = {}
    for count, place in re.findall(r"^ *([\d,]+) \([ \d.]+%\)  (.*)$", said, re.MULTILINE):
        name = re.sub(r"('\d+)?( \[[^]]*\])?$", "", re.sub(r"^\S*?:(?!:)", "", place))
        if name != "PROGRAM TOTALS":
            count = int(count.replace(",", "")) / COUNTED
            # A recursive function is told once for each depth; its own instructions add up, the whole is the largest.
            found[name] = max(found.get(name, 0), count) if inclusive else found.get(name, 0) + count
    return sorted(found.items(), key=lambda pair: -pair[1])
