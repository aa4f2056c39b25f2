import type { Finding } from "@fogline/findings";
import { type FleetDocument, type FleetFile, readFleetDocument } from "../document.ts";
import { NAME } from "../quantities.ts";
import { inputFinding } from "./input-finding.ts";

/** Where the public keys of the mesh are kept, one line a device. Provisioning writes it; the private keys never leave their devices. */
export const meshKeysFile = "clusters/facts/wireguard.yaml";

/** A public key of WireGuard: 32 bytes in base64, whose last digit has two bits that must be zero. */
const PUBLIC_KEY = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/**
 * Reads the public keys of devices by id. Those of devices that the fleet does not have stay in the file and count for nothing. All problems together (FL4170);
 * with any of them there are no keys. Never throws.
 */
export const readMeshKeys = (file: FleetFile): { readonly keys?: ReadonlyMap<string, string>; readonly findings: readonly Finding[] } => {
  const document = readFleetDocument([file]);
  // A file of comments alone is what remains when the last line is taken out.
  if (document.readable && /^\s*(#[^\n]*\n?|\s)*$/.test(file.text)) return { keys: new Map(), findings: [] };
  const findings = [
    ...document.problems.map(({ message, place }) => inputFinding("FL4170", message, place ?? { file: file.path })),
    ...problemsOf(document),
  ];
  return findings.length > 0 ? { findings } : { keys: new Map(Object.entries(document.raw as Record<string, string>)), findings };
};

const problemsOf = ({ raw, readable, placeOf }: FleetDocument): Finding[] => {
  if (!readable) return [];
  const owners = new Map<unknown, string>();
  return Object.entries(raw).flatMap(([device, key]) => {
    const report = (message: string, of?: "key"): Finding[] => [inputFinding("FL4170", message, placeOf([device], of))];
    if (!NAME.test(device)) return report(`${device} is no id of a device`, "key");
    if (typeof key !== "string" || !PUBLIC_KEY.test(key)) return report(`the key of ${device} is no public key of WireGuard`);
    const owner = owners.get(key);
    owners.set(key, device);
    return owner === undefined ? [] : report(`${device} has the key of ${owner}: WireGuard would take one for the other`);
  });
};
