"""Who is compared, and the proof that each does its work before it is timed."""

import http.client
import os

from . import guichet, memory, others, provider
from .programs import PROXY_CPU, Program, wait_until
from .rounds import Case


def line_up(world, bench, upstream):
    """Starts everyone; returns the cases over HTTP/1.1, nginx plain first."""
    gateway = world.gateway("guichet")
    nginx = {
        "plain": others.Nginx(world, "nginx"),
        "logged": others.Nginx(world, "nginx-logged", log=True),
    }
    asked = world.gateway("asked")
    wait_until(lambda: memory.status(asked.port, "/public/1k") == 200, asked)
    nginx["asking"] = others.Nginx(world, "nginx-asking", others.asked_guichet(world, asked))
    apache = others.Apache(world, "apache")
    role = {"GUICHET_BENCH_ROLE": "bare", "GUICHET_BENCH_UPSTREAM": upstream.address}
    bare = Program([bench, "--bench"], PROXY_CPU, world.folder / "bare.log", role, announces=True)
    for port, program in [(gateway.port, gateway), (apache.port, apache), *((one.port, one) for one in nginx.values())]:
        wait_until(lambda: memory.status(port, "/public/1k"), program)
    cookie = world.cookies[0]
    cases = [
        Case("nginx", "nginx, plain", [nginx["plain"]], nginx["plain"].port, cookie, nginx["plain"].tls_port, ours=False),
        Case("nginx-logged", "nginx, plain, with its access log", [nginx["logged"]], nginx["logged"].port, cookie, ours=False),
        Case("bare", "bare hyper proxy, pooled client of hyper-util", [bare], int(bare.address.split(":")[1]), cookie, ours=False),
        Case("public", "guichet, public route", [gateway], gateway.port, "a=b", gateway.tls_port, "/public"),
        Case("activated", "guichet, activated route: session and assertion", [gateway], gateway.port, cookie, gateway.tls_port,
             seen="x-guichet-assertion: ey"),
        Case("nginx-asking", "nginx, `auth_request` to guichet's forward-auth", [nginx["asking"], asked], nginx["asking"].port, cookie,
             nginx["asking"].tls_port, seen="x-guichet-assertion: ey"),
        Case("apache", "Apache, mod_auth_openidc, session in shared memory", [apache], apache.port, provider.sign_in(apache.port, guichet.HOST),
             seen="oidc_claim_sub: 7", ours=False),
    ]  # fmt: skip
    for case in cases:
        _proven(case)
    return cases


def _proven(case):
    """With its cookie a request reaches the upstream, with the person's name where there is one; without, only where nobody is asked for."""
    connection = http.client.HTTPConnection("127.0.0.1", case.port)
    connection.request("GET", case.prefix + "/seen", headers={"Host": guichet.HOST, "Cookie": case.cookie})
    answer = connection.getresponse()
    seen = answer.read().decode(errors="replace").lower()
    if answer.status != 200 or case.seen not in seen:
        raise SystemExit(f"{case.label}: {answer.status}, and the upstream saw:{os.linesep}{seen}")
    without = memory.status(case.port, case.path)
    if (without == 200) == bool(case.seen):
        raise SystemExit(f"{case.label}: {without} without a session")
