import { request } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An answer larger than this is no answer of a certificate authority. A chain of four certificates has about 10 kB. */
const bodyBytesMax = 256 * 1_024;
const timeoutMs = 30_000;

/**
 * One request over TLS. `ca` is the PEM of a certificate authority to trust instead of those that Node knows; Node's `fetch` cannot be given one.
 * Rejects when there is no whole answer in 30 s.
 */
export const send = (
  url: string,
  options: { readonly method: "GET" | "HEAD" | "POST"; readonly body?: string; readonly ca?: string | undefined },
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { method, body, ca } = options;
    const sent = request(
      url,
      {
        method,
        headers: { "user-agent": "fogline", ...(body === undefined ? {} : { "content-type": "application/jose+json" }) },
        // A connection of its own: one that was kept may be closed by the other side just when it is used again.
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > bodyBytesMax) response.destroy(new Error(`the answer of ${url} is larger than ${bodyBytesMax} bytes`));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
