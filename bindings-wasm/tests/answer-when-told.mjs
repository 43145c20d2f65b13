// A server in a thread of its own, which says when it is asked, and answers while the asking thread is blocked.
import { createServer } from "node:http";
import { parentPort, workerData as turns } from "node:worker_threads";

const server = createServer((_, response) => {
  parentPort.postMessage("asked");
  Atomics.wait(turns, 0, 0);
  response.end("{}", () => {
    Atomics.store(turns, 0, 2);
    Atomics.notify(turns, 0);
  });
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
