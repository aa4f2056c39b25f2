import { X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { fileIdentityStore } from "@fogline/agent";
import { createEnrolment, listCertificates } from "@fogline/contracts";
import { FoglineError } from "@fogline/findings";
import type { Client } from "@fogline/rpc";

/** A device of this machine, and where it keeps its identity. */
export interface KeptIdentity {
  readonly id: string;
  readonly path: string;
}

/** Calls at once: hundreds of devices need hundreds of tokens, and the gateway serves others meanwhile. */
const callsMax = 16;

/** What devices need to come in. */
export interface Admission {
  /** A token for each device whose identity the gateway has never given, or that has none. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Devices whose identity was revoked: somebody wanted them out, and starting the hub again must not bring them back. */
  readonly out: readonly string[];
}

/** Makes the tokens that devices need. Throws FL4009 when the gateway does not answer. */
export const admit = async (client: Client, devices: readonly KeptIdentity[]): Promise<Admission> => {
  const tokens = new Map<string, string>();
  const out: string[] = [];
  const waiting = [...devices];
  const work = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
      const state = await stateOf(client, device);
      if (state === "revoked") out.push(device.id);
      if (state !== "unknown") continue;
      const made = await client.call(createEnrolment, { id: device.id });
      if (!made.ok) throw new FoglineError("FL4009", `no token could be made for ${device.id}: ${made.failure.message}`);
      tokens.set(device.id, made.value.token);
    }
  };
  await Promise.all(Array.from({ length: callsMax }, work));
  return { tokens, out };
};

const stateOf = async (client: Client, { id, path }: KeptIdentity): Promise<"known" | "revoked" | "unknown"> => {
  const enrolled = identityIn(path);
  if (enrolled === null) return "unknown";
  const listed = await client.call(listCertificates, { id });
  if (!listed.ok) throw new FoglineError("FL4009", `the certificates of ${id} cannot be read: ${listed.failure.message}`);
  const serial = new X509Certificate(enrolled.certificatePem).serialNumber.toLowerCase();
  const own = listed.value.certificates.find((certificate) => certificate.serial === serial);
  if (own === undefined) return "unknown";
  return own.revokedAtMs === null ? "known" : "revoked";
};

/** What a device keeps; a file that holds no identity is removed, because its device is the hub's own and can have another. */
const identityIn = (path: string) => {
  try {
    return fileIdentityStore(path).read().enrolled;
  } catch (thrown) {
    if (!(thrown instanceof FoglineError && thrown.code === "FL4015")) throw thrown;
    rmSync(path, { force: true });
    return null;
  }
};
