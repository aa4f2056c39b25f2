import { type Agent, request } from "node:https";
import type { TlsIdentity } from "../ports.ts";

/** What the hub answered: a value, or the code and message of its problem. */
export type HubAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

export interface HubRequest {
  readonly hubUrl: string;
  /** Beside the agents' endpoint: `enrol`, `renew`, `token`. */
  readonly name: string;
  readonly body: unknown;
  /** What is shown and what is trusted; without a certificate only the latter. */
  readonly tls: Pick<TlsIdentity, "ca"> & Partial<TlsIdentity>;
  /** Keeps connections for others of this process that ask the same hub. */
  readonly agent?: Agent | undefined;
}

const timeoutMs = 15_000;
const answerBytesMax = 262_144;

/** Sends one request to the agents' port. Rejects when there is no answer, or the other side is not the hub. */
export const askHub = ({ hubUrl, name, body, tls, agent }: HubRequest): Promise<HubAnswer> =>
  new Promise((resolve, reject) => {
    const url = new URL(name, hubUrl.replace(/^wss:/, "https:"));
    const text = JSON.stringify(body);
    const sent = request(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        ...(agent === undefined ? {} : { agent }),
        ...tlsOptions(tls),
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        let received = "";
        response.on("data", (chunk: Buffer) => {
          received += chunk.toString();
          if (received.length > answerBytesMax) response.destroy(new Error("the hub's answer is too large"));
        });
        response.once("error", reject);
        response.once("end", () => resolve(answerIn(response.statusCode ?? 0, received)));
      },
    );
    sent.once("error", reject);
    sent.end(text);
  });

/** What a connection to the hub is made with: TLS 1.3, and the fleet's CA and no other. */
export const tlsOptions = (tls: HubRequest["tls"]) => ({
  ...tls,
  minVersion: "TLSv1.3" as const,
  // The fleet's CA may be one that another CA signed: what is above it is no business of a device.
  allowPartialTrustChain: true,
});

/** The code and message of a problem; something that fits when the answer is none. */
export const problemIn = (status: number, text: string): { readonly code: string; readonly message: string } => {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return { code: typeof code === "string" ? code : "", message: typeof detail === "string" ? detail : `the hub answered ${status}` };
  } catch {
    return { code: "", message: `the hub answered ${status}` };
  }
};

const answerIn = (status: number, text: string): HubAnswer => {
  if (status !== 200) return { ok: false, status, ...problemIn(status, text) };
  try {
    return { ok: true, body: JSON.parse(text) };
  } catch {
    return { ok: false, status, code: "", message: "the hub's answer is not JSON" };
  }
};
