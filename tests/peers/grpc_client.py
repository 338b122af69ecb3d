"""A client of PyPI `grpcio` through the gateway at the address given: every kind of call, and each way to fail as gRPC tells it."""

import json
import queue
import sys

import grpc

address, cookie = sys.argv[1:]
options = [("grpc.default_authority", "portail.test"), ("grpc.max_receive_message_length", -1)]
channel = grpc.insecure_channel(address, options=options)
signed_in = [("cookie", cookie)]


def method(kind, name):
    return getattr(channel, kind)(f"/essai.Essai/{name}")


def failure(call):
    try:
        call()
    except grpc.RpcError as error:
        return [error.code().name, error.details()]


answer, call = method("unary_unary", "Unary").with_call(b"abc", metadata=signed_in)
assert answer == b"cba"
trailers = dict(call.trailing_metadata())
large = bytes(range(256)) * 4096 * 3
assert method("unary_unary", "Unary")(large, metadata=signed_in) == large[::-1]
assert [*method("unary_stream", "Count")(b"1000", metadata=signed_in)] == [str(number).encode() for number in range(1000)]
assert method("stream_unary", "Total")((b"x" * size for size in range(500)), metadata=signed_in) == b"124750"

# Each answer comes before the next question is asked.
questions = queue.Queue()
answers = method("stream_stream", "Echo")(iter(questions.get, None), metadata=signed_in)
for number in range(50):
    questions.put(str(number).encode())
    assert next(answers) == str(number).encode()
questions.put(None)
assert [*answers] == []

told = {
    "length": trailers["x-length"],
    "assertion": trailers["x-assertion"],
    "not_found": failure(lambda: method("unary_unary", "Fail")(b"", metadata=signed_in)),
    "deadline": failure(lambda: method("unary_unary", "Slow")(b"", metadata=signed_in, timeout=0.3))[0],
    "cancelled": method("unary_unary", "Cancelled")(b"", metadata=signed_in).decode(),
    "signed_out": failure(lambda: method("unary_unary", "Unary")(b""))[0],
}
print(json.dumps(told))
