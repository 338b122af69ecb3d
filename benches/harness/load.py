"""Load on a proxy: the same generators for all, on the generator's CPU. Every request must have been answered with 200."""

import os
import re
import subprocess
from pathlib import Path

from .guichet import HOST
from .programs import LOAD_CPU

CONNECTIONS, STREAMS, RATE = 64, 100, 1_000
LARGE = 10 * 1024 * 1024


class Lost(Exception):
    """A proxy did not answer every request with 200."""


def keep_alive(case, seconds):
    """wrk over kept-alive HTTP/1.1; returns the requests answered."""
    said = _run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "10", "-H", f"Host: {HOST}", "-H", f"Cookie: {case.cookie}",
                 f"http://127.0.0.1:{case.port}{case.path}"])  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise Lost(f"{case.label}: {said}")
    return int(re.search(r"(\d+) requests in", said)[1])


def bodies(case, requests, upload=None):
    """Large bodies over 4 connections, down, or up from the file `upload`. A known number of them: none is cut off at the end. Returns the GiB."""
    words = ["-d", upload] if upload else []
    count(case, requests, 4, "/1k" if upload else "/10m", words)
    return requests * LARGE / 1024**3


def large_file(folder):
    """What is uploaded."""
    path = Path(folder) / "large"
    path.write_bytes(b"x" * LARGE)
    return path


def streams(case, seconds):
    """h2load over one TLS connection with HTTP/2; returns the requests answered."""
    said = _run(["h2load", "-t1", "-c1", f"-m{STREAMS}", f"-D{seconds}", f"--connect-to=127.0.0.1:{case.tls_port}",
                 "-H", f"cookie: {case.cookie}", f"https://{HOST}{case.path}"])  # fmt: skip
    good, bad = int(re.search(r"status codes: (\d+) 2xx", said)[1]), re.search(r"2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", said).groups()
    if any(int(count) for count in bad) or "Application protocol: h2" not in said:
        raise SystemExit(f"{case.label}: {said}")
    return good


def count(case, requests, connections=16, path="/1k", words=()):
    """h2load over HTTP/1.1 with a known number of requests."""
    said = _run(["h2load", "--h1", "-t1", f"-c{connections}", f"-n{requests}", f"--connect-to=127.0.0.1:{case.port}",
                 "-H", f"cookie: {case.cookie}", *words, f"http://{HOST}{case.prefix}{path}"])  # fmt: skip
    if f"status codes: {requests} 2xx" not in said:
        raise SystemExit(f"{case.label}: {said}")


def paced(case, seconds, bench):
    """1,000 requests a second over 32 connections, timed from when they were due; returns how many, p50 and p99 (µs)."""
    head = f"GET {case.path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {case.cookie}\r\n\r\n"
    told = {"ROLE": "pace", "ADDRESS": f"127.0.0.1:{case.port}", "HEAD": head, "RATE": str(RATE), "SECONDS": str(seconds)}
    said = _run([bench, "--bench"], {f"GUICHET_BENCH_{name}": value for name, value in told.items()})
    figures, *failures = said.splitlines()
    if failures:
        raise SystemExit(f"{case.label}: {failures}")
    answered, median, late = map(int, figures.split())
    return answered, median, late


def _run(command, environment=None):
    ended = subprocess.run(["taskset", "-c", LOAD_CPU, *map(str, command)], capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if ended.returncode:
        raise SystemExit(f"{command[0]} failed: {ended.stderr or ended.stdout}")
    return ended.stdout + ended.stderr
