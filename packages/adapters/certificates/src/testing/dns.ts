import { type AddressInfo, createServer } from "node:net";

const headerBytes = 12;
const lengthBytes = 2;
const typeA = 1;

/** The answer to one query: 127.0.0.1 to every question for an IPv4 address, nothing to every other one (RFC 1035). */
const answerTo = (query: Buffer): Buffer => {
  const end = query.indexOf(0, headerBytes) + 5;
  const isA = query.readUInt16BE(end - 4) === typeA;
  const header = Buffer.from(query.subarray(0, headerBytes));
  // An answer, recursion available, one question, one or no answer and nothing else.
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isA ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const answer = isA ? [0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1] : [];
  return Buffer.concat([header, query.subarray(headerBytes, end), Buffer.from(answer)]);
};

/** A name server on the loopback for which every name leads to 127.0.0.1. By TCP, which is what Pebble asks it by. */
export const loopbackNames = async (): Promise<{ readonly address: string; close(): void }> => {
  const server = createServer((socket) => {
    let read = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      while (read.length >= lengthBytes && read.length >= lengthBytes + read.readUInt16BE(0)) {
        const end = lengthBytes + read.readUInt16BE(0);
        const answer = answerTo(read.subarray(lengthBytes, end));
        const length = Buffer.alloc(lengthBytes);
        length.writeUInt16BE(answer.length, 0);
        socket.write(Buffer.concat([length, answer]));
        read = read.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
};
