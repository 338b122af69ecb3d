// An upstream of npm `ws`: sends back what comes, and closes when asked to. Tells its port.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 0 });
server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    if (!isBinary && data.toString() === "close") socket.close(4002, "au revoir");
    else if (!isBinary && data.toString() === "break off") socket.terminate();
    else socket.send(data, { binary: isBinary });
  });
});
