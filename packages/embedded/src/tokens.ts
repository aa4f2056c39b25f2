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

/**
 * A token for each device that the gateway has never given the identity which it has, if it has one. A device whose identity was revoked gets none:
 * somebody wanted it out, and starting the hub again must not bring it back. Throws FL4009 when the gateway does not answer.
 */
export const tokensFor = async (client: Client, devices: readonly KeptIdentity[]): Promise<ReadonlyMap<string, string>> => {
  const tokens = new Map<string, string>();
  const waiting = [...devices];
  const work = async (): Promise<void> => {
    for (let device = waiting.shift(); device !== undefined; device = waiting.shift()) {
      if (await isKnown(client, device)) continue;
      const made = await client.call(createEnrolment, { id: device.id });
      if (!made.ok) throw new FoglineError("FL4009", `no token could be made for ${device.id}: ${made.failure.message}`);
      tokens.set(device.id, made.value.token);
    }
  };
  await Promise.all(Array.from({ length: callsMax }, work));
  return tokens;
};

const isKnown = async (client: Client, { id, path }: KeptIdentity): Promise<boolean> => {
  const enrolled = identityIn(path);
  if (enrolled === null) return false;
  const listed = await client.call(listCertificates, { id });
  if (!listed.ok) throw new FoglineError("FL4009", `the certificates of ${id} cannot be read: ${listed.failure.message}`);
  const serial = new X509Certificate(enrolled.certificatePem).serialNumber.toLowerCase();
  return listed.value.certificates.some((certificate) => certificate.serial === serial);
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
