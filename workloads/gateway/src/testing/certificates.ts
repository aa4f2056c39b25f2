import { generateKeyPairSync } from "node:crypto";
import { type CertificateWish, type Issuer, issueCertificate, issueRoot } from "../enrolment/issue.ts";
import { pemOf, type TestIdentity } from "./device.ts";

const dayMs = 86_400_000;

/** A CA that is not the fleet's, under any name. */
export const strangerAuthority = async (commonName: string): Promise<Issuer> => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const times = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs };
  return { key: pair.privateKey, certificate: await issueRoot(pair, { commonName, serial: "4001", ...times }) };
};

/** A device's certificate as another CA would make it: everything in it is right but who signed it. */
export const forgedIdentity = async (issuer: Issuer, node: string, changes: Partial<CertificateWish> = {}): Promise<Omit<TestIdentity, "ca">> => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const certificate = await issueCertificate(issuer, {
    ...{ commonName: node, names: [{ type: "url", value: `spiffe://fogline/node/${node}` }], publicKey: keys.publicKey, purpose: "client" },
    ...{ serial: "4002", notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs },
    ...changes,
  });
  return { key: pemOf(keys), cert: certificate.toString() };
};
