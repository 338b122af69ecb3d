// A client of npm `ws`: every kind of frame through the gateway at the address given, and each must come back as it was sent.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import WebSocket from "ws";

const [address, cookie, deflate] = process.argv.slice(2);
const options = { headers: { Host: "portail.test", Cookie: cookie }, origin: "https://portail.test", perMessageDeflate: deflate === "deflate" };
const socket = new WebSocket(`ws://${address}/socket?of=ws`, options);
await once(socket, "open");
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const back = async () => (await once(socket, "message"))[0];

socket.send("Bonjour, é € 😀");
assert.equal((await back()).toString(), "Bonjour, é € 😀");
socket.send("");
assert.equal((await back()).length, 0);
const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
socket.send(all);
assert.deepEqual(await back(), all);
socket.send("un ", { fin: false });
socket.send("deux ", { fin: false });
socket.send("trois", { fin: true });
assert.equal((await back()).toString(), "un deux trois");
socket.ping("to upstream");
assert.equal((await once(socket, "pong"))[0].toString(), "to upstream");
socket.pong("unasked");
const pinged = once(socket, "ping");
socket.send("ping me");
assert.equal((await pinged)[0].toString(), "from upstream");
assert.equal((await back()).toString(), "ponged");
const large = randomBytes(16 * 1024 * 1024);
socket.send(large);
assert.equal(digest(await back()), digest(large));
socket.close(4001, "fini, à bientôt");
const [code, reason] = await once(socket, "close");
console.log(JSON.stringify({ code, reason: reason.toString() }));
