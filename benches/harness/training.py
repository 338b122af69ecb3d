"""The program as the production image holds it: built once to be watched under load, and again with what was seen (profile-guided optimisation)."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import guichet, load, memory
from .programs import LOAD_CPU, ROOT, Program, cargo, need, wait_until
from .rounds import Case

FOLDER = ROOT / "target" / "trained"


def trained(words=()):
    """Builds it with these words more for cargo; returns its path. The build takes twice as long as an untrained one."""
    need("wrk", "h2load", "openssl", "taskset")
    merge = profdata()
    # It serves and generates, and is not measured.
    bench = cargo(["bench", "--profile", "ci", "--no-run", "--bench", "gateway"], "gateway")
    seen, lessons = FOLDER / "seen", FOLDER / "lessons.profdata"
    watched = _build("watched", words, f"-Cprofile-generate={seen}")
    # What the compiler's own helpers have left while they were being built teaches nothing.
    shutil.rmtree(seen, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="guichet-trained-") as folder:
        try:
            _lesson(watched, bench, Path(folder))
        finally:
            Program.end_all()
    subprocess.run([merge, "merge", "--output", lessons, seen], check=True)
    return _build("taught", words, f"-Cprofile-use={lessons}")


def profdata():
    """LLVM's tool that reads what was seen, of the compiler's own version."""
    compiler = subprocess.run(["rustc", "-vV", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout
    version, sysroot = re.search(r"LLVM version: (\d+)", compiler)[1], compiler.split()[-1]
    found = [*Path(sysroot).glob("lib/rustlib/*/bin/llvm-profdata"), shutil.which(f"llvm-profdata-{version}")]
    if not found[0]:
        raise SystemExit(f"llvm-profdata {version} is needed: rustup component add llvm-tools, or sudo apt-get install llvm-{version}")
    return found[0]


def _build(name, words, flags):
    command = ["build", "--profile", "dist", "--bin", "guichet", "--target-dir", str(FOLDER / name), *words]
    return cargo(command, "guichet", {"RUSTFLAGS": f"{os.environ.get('RUSTFLAGS', '')} {flags}".strip()})


def _lesson(program, bench, folder):
    """What most requests are like: known visitors and nobody, over both versions of HTTP, with small and large bodies."""
    upstream = Program([bench, "--bench"], LOAD_CPU, folder / "upstream.log", {"GUICHET_BENCH_ROLE": "upstream"}, announces=True)
    world = guichet.World(folder, program, bench, upstream.address, 10)
    gateway = world.gateway("lesson")
    public = Case("public", "guichet", [gateway], gateway.port, "a=b", gateway.tls_port, "/public")
    activated = Case("activated", "guichet", [gateway], gateway.port, world.cookies[0], gateway.tls_port)
    wait_until(lambda: memory.answers(activated), gateway)
    large = load.large_file(folder)
    for case in (public, activated, activated):
        load.keep_alive(case, 4)
        load.streams(case, 3)
        load.bodies(case, 20)
        load.bodies(case, 20, large)
    # Only a program that ends by itself writes down what was seen.
    gateway.end()
