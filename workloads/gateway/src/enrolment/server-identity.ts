import { generateKeyPairSync } from "node:crypto";
import { isIP } from "node:net";
import { textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { RpcLog } from "@fogline/rpc";
import { type CertificateAuthority, intermediatesOf } from "./authority.ts";

/** What a TLS server shows of itself, PEM. */
export interface ServerIdentity {
  readonly key: string;
  /** Its certificate, those above it, and the root, so that a device that knows only the root's fingerprint can find it. */
  readonly cert: string;
}

export interface ServerIdentityParts {
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
  readonly log: RpcLog;
  /** Host names and addresses that devices use. */
  readonly names: readonly string[];
  readonly lifetimeMs: number;
}

/** When a certificate is followed by another, as a share of its life. */
const renewalShare = 2 / 3;
/** However long it could last: renewing is cheap, and timers end at 24 days. */
const waitMsMax = 86_400_000;
const againMs = 60_000;

const newIdentity = async ({ authority, clock, names, lifetimeMs }: ServerIdentityParts): Promise<ServerIdentity> => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const nowMs = clock.now();
  const certificate = await authority.issue({
    commonName: "Fogline agents' port",
    names: names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
    publicKey,
    purpose: "server",
    notBeforeMs: nowMs,
    notAfterMs: nowMs + lifetimeMs,
  });
  const chain = [certificate, ...intermediatesOf(authority), authority.root];
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: chain.map(String).join("") };
};

/**
 * A certificate of the fleet's CA for the agents' port, whose key never leaves this process. `renewed` gets the next one in time, again and again,
 * until stopped.
 */
export const serverIdentity = async (
  parts: ServerIdentityParts,
  renewed: (identity: ServerIdentity) => void,
): Promise<{ readonly first: ServerIdentity; stop(): void }> => {
  const { clock, log, lifetimeMs } = parts;
  const waitMs = Math.min(waitMsMax, Math.ceil(lifetimeMs * renewalShare));
  let stopped = false;
  const again = (ms: number) =>
    clock.after(ms, () => {
      newIdentity(parts).then(
        (identity) => {
          if (stopped) return;
          renewed(identity);
          cancel = again(waitMs);
        },
        (thrown: unknown) => {
          log.error({ cause: textOf(thrown) }, "the certificate of the agents' port could not be renewed; trying again");
          if (!stopped) cancel = again(Math.min(againMs, waitMs));
        },
      );
    });
  const first = await newIdentity(parts);
  let cancel = again(waitMs);
  return {
    first,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
};
