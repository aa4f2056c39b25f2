import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** What answers for chart repositories that cannot be reached here: an index without a chart in it, under a certificate that only Flux trusts. */
export interface ChartRepositories {
  /** The environment of a program that shall meet them. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const index = "apiVersion: v1\nentries: {}\ngenerated: '2026-01-01T00:00:00Z'\n";

export const startChartRepositories = async (folder: string, hosts: readonly string[]): Promise<ChartRepositories> => {
  const [key, certificate] = [join(folder, "charts.key"), join(folder, "charts.crt")];
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=charts", "-addext", `subjectAltName=${names}`];
  execFileSync("openssl", [...request, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const charts = createSecureServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) => void response.end(index));
  charts.listen(0, "127.0.0.1");
  await once(charts, "listening");
  const open = new Set<Duplex>();
  // A proxy leads every connection there, whatever host it asks for.
  const proxy = createServer((_, response) => void response.writeHead(502).end());
  proxy.on("connect", (_, socket, head) => {
    const through = connect((charts.address() as AddressInfo).port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    for (const end of [socket, through]) {
      open.add(end);
      end.on("error", () => end.destroy()).on("close", () => open.delete(end));
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    environment: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NO_PROXY: "127.0.0.1,localhost",
      SSL_CERT_FILE: certificate,
    },
    stop: async () => {
      // What was led through belongs to no server any more.
      for (const end of open) end.destroy();
      for (const server of [proxy, charts]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};
