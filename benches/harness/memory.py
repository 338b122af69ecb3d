"""Anonymous memory, and the time to a first answer."""

import http.client
import socket
import ssl
import statistics
import time

from . import machine
from .guichet import HOST
from .programs import wait_until

IDLE = 10_000
# The certificate is the bench's own; what is measured is the other side.
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_TLS.check_hostname, _TLS.verify_mode = False, ssl.CERT_NONE


def answers(case, path=None):
    """Whether a request is answered with 200."""
    return status(case.port, path or case.path, case.cookie) == 200


def status(port, path, cookie=""):
    """The status of one request of its own connection; 0 when there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": HOST, "Cookie": cookie})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def first_answers(gateway, starts):
    """Milliseconds from a start to the first answer: the first start on a new state is left out, the median of `starts` others is told."""
    times = []
    for _ in range(starts):
        gateway.restart()
        times.append(wait_until(lambda: status(gateway.port, "/public/1k") == 200, gateway))
    return statistics.median(times) * 1_000


def settled(program):
    """Anonymous KiB a moment after whatever came before."""
    time.sleep(2)
    return machine.anonymous_kib([program.leader])


def visit(gateway, cookies):
    """One request with each cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    for cookie in cookies:
        connection.request("GET", "/1k", headers={"Host": HOST, "Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"a session was answered with {answer.status}")


def per_idle_connection(program, port, path, tls, count=IDLE):
    """Anonymous bytes of one connection that was answered once and stays open, with `count` of them."""
    before = settled(program)
    held = [_held(port, path, tls) for _ in range(count)]
    grown = settled(program) - before
    # Still there, all of them: an answer on the first shows that none was dropped to make room.
    alive = sum(_ask(connection, path) for connection in held[:: max(1, count // 100)])
    for connection in held:
        connection.close()
    if alive < len(held[:: max(1, count // 100)]):
        raise SystemExit("idle connections were not held")
    return grown * 1_024 / count


def _held(port, path, tls):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    if tls:
        connection = _TLS.wrap_socket(connection, server_hostname=HOST)
    if not _ask(connection, path):
        raise SystemExit("a connection was not answered")
    return connection


def _ask(connection, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < 1_024:
        part = connection.recv(16_384)
        if not part:
            return False
        answer += part
    return answer.startswith(b"HTTP/1.1 200")
