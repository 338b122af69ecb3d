"""A client of PyPI `websockets`: what it sends in pieces comes back whole, and the upstream's way to close arrives as it was meant."""

import asyncio
import hashlib
import json
import os
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

host, port = sys.argv[1].rsplit(":", 1)
headers = {"Cookie": sys.argv[2]}


def opened():
    where = {"host": host, "port": int(port)}
    return connect("ws://portail.test/socket", origin="https://portail.test", additional_headers=headers, max_size=None, **where)


async def main():
    async with opened() as socket:
        for sent in ["été", b"\x00\xff", "", b""]:
            await socket.send(sent)
            assert await socket.recv() == sent
        await socket.send(["en ", "plusieurs ", "morceaux"])
        assert await socket.recv() == "en plusieurs morceaux"
        large = os.urandom(16 * 1024 * 1024)
        await socket.send(large)
        assert hashlib.sha256(await socket.recv()).digest() == hashlib.sha256(large).digest()
        await (await socket.ping(b"x" * 125))
        await socket.send("close")
        await socket.wait_closed()
        told = {"code": socket.close_code, "reason": socket.close_reason}
    async with opened() as socket:
        await socket.send("break off")
        try:
            await socket.recv()
        except ConnectionClosed as closed:
            told["broken"] = closed.rcvd is None
    print(json.dumps(told))


asyncio.run(main())
