import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { selfSigned } from "../certificate.ts";
import { loopbackNames } from "./dns.ts";

const program = process.env.FOGLINE_PEBBLE ?? fileURLToPath(new URL("../../../../../.cache/tools/pebble", import.meta.url));

/** Pebble stands for a certificate authority: `npm run tools` builds it. */
export const hasPebble = existsSync(program);

/** For the name of a suite, so that the report tells when it did not run. */
export const pebbleNote = hasPebble ? "" : " (skipped: no Pebble; `npm run tools` builds it)";

export interface Pebble {
  readonly directoryUrl: string;
  /** PEM to trust for the directory's own port, and its path. */
  readonly ca: string;
  readonly caPath: string;
  /** Where it looks for answers to its challenges, whatever the name. */
  readonly httpPort: number;
  close(): Promise<void>;
}

const dayMs = 86_400_000;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address === null || typeof address === "string" ? reject(new Error("no port")) : resolve(address.port)));
    });
  });

const listensAt = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

/** Starts Pebble on free ports of the loopback. It refuses one nonce in five, so that a client shows that it can stand that. */
export const startPebble = async (certificateSeconds = 90 * 86_400): Promise<Pebble> => {
  const folder = mkdtempSync(join(tmpdir(), "fogline-pebble-"));
  const names = await loopbackNames();
  const own = await selfSigned("127.0.0.1", Date.now() - dayMs, 2 * dayMs);
  const [port, managementPort, httpPort, tlsPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("ca.pem"), own.chain);
  writeFileSync(at("key.pem"), own.key);
  const settings = {
    ...{ listenAddress: `127.0.0.1:${port}`, managementListenAddress: `127.0.0.1:${managementPort}` },
    ...{ certificate: at("ca.pem"), privateKey: at("key.pem"), httpPort, tlsPort, ocspResponderURL: "", externalAccountBindingRequired: false },
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: "as tests need it", validityPeriod: certificateSeconds } },
  };
  writeFileSync(at("config.json"), JSON.stringify({ pebble: settings }));
  const child = spawn(program, ["-config", at("config.json"), "-dnsserver", names.address], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "20" },
  });
  let said = "";
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes("ACME directory available")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => reject(new Error(`Pebble ended: ${said}`)));
  });
  // It says so a moment before it listens.
  while (child.exitCode === null && child.signalCode === null && !(await listensAt(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    ...{ directoryUrl: `https://127.0.0.1:${port}/dir`, ca: own.chain, caPath: at("ca.pem"), httpPort },
    close: async () => {
      child.kill();
      await ended;
      names.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
