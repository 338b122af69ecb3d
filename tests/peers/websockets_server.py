"""An upstream of PyPI `websockets`: sends back what comes, in the pieces it came in. Tells its port, then how each connection ended."""

import asyncio
import json

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def echo(socket):
    pieces = []
    try:
        while True:
            message = [piece async for piece in socket.recv_streaming()]
            pieces.append(len(message))
            if message == ["ping me"]:
                await (await socket.ping(b"from upstream"))
                await socket.send("ponged")
            else:
                await socket.send(message if len(message) > 1 else message[0])
    except ConnectionClosed:
        told = {"code": socket.close_code, "reason": socket.close_reason, "pieces": pieces, "path": socket.request.path}
        told["assertion"] = socket.request.headers.get_all("x-guichet-assertion")
        told["deflate"] = "permessage-deflate" in socket.request.headers.get("sec-websocket-extensions", "")
        print(json.dumps(told), flush=True)


async def main():
    async with serve(echo, "127.0.0.1", 0, max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
