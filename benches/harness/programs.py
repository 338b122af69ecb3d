"""Programs of a comparison: what must be installed, what is built, and how they are started, pinned and ended."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Proxies on one CPU, everything that loads or serves them on the other.
PROXY_CPU, LOAD_CPU = "0", "1"
# Programs that are looked for, with the Debian package that brings them.
PACKAGES = {
    "nginx": "nginx",
    "apache2": "apache2",
    "/usr/lib/apache2/modules/mod_auth_openidc.so": "libapache2-mod-auth-openidc",
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "openssl": "openssl",
    "taskset": "util-linux",
    "curl": "curl",
    "valgrind": "valgrind",
    "perf": "linux-perf",
}


def need(*wanted):
    """Ends with what to install when one of `wanted` is missing."""
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    missing = [PACKAGES[name] for name in wanted if not (shutil.which(name) or Path(name).exists())]
    if missing:
        sys.exit(f"these packages are needed: sudo apt-get install {' '.join(missing)}")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two CPUs are needed: one for the proxies, one for the generator and the upstream")
    # Idle connections are held by the ten thousand, here and in the proxies, which inherit the limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def build_bench():
    """Builds the bench that holds the parts, as optimised as what it is compared with; returns its path."""
    return cargo(["bench", "--profile", "dist", "--no-run", "--bench", "gateway"], "gateway")


def build_program(target, environment):
    """Builds the program untrained, in `target` and with `environment`; returns its path."""
    return cargo(["build", "--profile", "dist", "--bin", "guichet", "--target-dir", str(target)], "guichet", environment)


def cargo(words, name, environment=None):
    """Runs cargo; returns the path of the executable `name`."""
    command = ["cargo", *words, "--locked", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True)
    if built.returncode:
        sys.exit(built.returncode)
    messages = map(json.loads, built.stdout.splitlines())
    found = [message["executable"] for message in messages if message.get("executable") and message["target"]["name"] == name]
    return Path(found[-1])


class Program:
    """A program in a session of its own, on one CPU. `announces`: the first line it prints is its address."""

    running = []

    def __init__(self, command, cpu, log, environment=(), announces=False):
        self._log = open(log, "ab")
        self._child = subprocess.Popen(
            ["taskset", "-c", cpu, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if announces else self._log,
            stderr=self._log,
            env={**os.environ, **dict(environment)},
            start_new_session=True,
        )
        self.leader, self.log = self._child.pid, Path(log)
        Program.running.append(self)
        if announces:
            self.address = self._child.stdout.readline().decode().strip()

    def has_ended(self):
        return self._child.poll() is not None

    def signal(self, number):
        """Sends a signal to the whole session."""
        os.killpg(self.leader, number)

    def end(self):
        """Ends the whole session."""
        if self in Program.running:
            Program.running.remove(self)
        self._log.close()
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.leader, how)
                self._child.wait(timeout=5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    @staticmethod
    def end_all():
        for program in list(Program.running):
            program.end()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(answers, program, patience=60):
    """Waits until `answers()`; returns the seconds it took."""
    began = time.monotonic()
    while not answers():
        if program.has_ended() or time.monotonic() - began > patience:
            lines = program.log.read_text(errors="replace").splitlines()[-5:]
            raise SystemExit("a program does not answer; its last words:\n" + "\n".join(lines))
        time.sleep(0.001)
    return time.monotonic() - began
