"""An upstream of PyPI `grpcio`: the four kinds of calls, and the ways they fail. Tells its port."""

import threading
import time
from concurrent import futures

import grpc

CANCELLED = threading.Event()


def unary(request, context):
    context.set_trailing_metadata([("x-length", str(len(request))), ("x-assertion", dict(context.invocation_metadata()).get("x-guichet-assertion", ""))])
    return request[::-1]


def fail(_, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "rien à voir")


def slow(_, context):
    context.add_callback(CANCELLED.set)
    while context.is_active():
        time.sleep(0.01)
    return b""


def cancelled(_, __):
    return b"yes" if CANCELLED.wait(10) else b"no"


def count(request, _):
    for number in range(int(request)):
        yield str(number).encode()


def total(requests, _):
    return str(sum(len(request) for request in requests)).encode()


def echo(requests, _):
    yield from requests


def handlers():
    calls = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Slow": grpc.unary_unary_rpc_method_handler(slow),
        "Cancelled": grpc.unary_unary_rpc_method_handler(cancelled),
        "Count": grpc.unary_stream_rpc_method_handler(count),
        "Total": grpc.stream_unary_rpc_method_handler(total),
        "Echo": grpc.stream_stream_rpc_method_handler(echo),
    }
    return grpc.method_handlers_generic_handler("essai.Essai", calls)


server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", -1)])
server.add_generic_rpc_handlers([handlers()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()
