import type { Finding } from "@fogline/findings";
import { inputFinding } from "./input-finding.ts";

/** The public half of the key that trees are signed with before they go into a registry. Where it is, clusters apply nothing else. */
export const treeSigningFile = "clusters/tree-signing.pub";

const pem = /^-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/;
/** A public key over P-256 is 91 bytes (RFC 5480), of which the first 26 say that it is one and the 27th that both coordinates follow. */
const overP256 = /^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/]{86}==$/;

/** What is wrong with the text of {@link treeSigningFile}. It is not repeated: somebody may have put the private half there. */
export const treeSigningProblems = (text: string): readonly Finding[] => {
  if (overP256.test((pem.exec(text)?.[1] ?? "").replaceAll(/\s/g, ""))) return [];
  const message = text.includes("PRIVATE KEY") ? "a private key, which whoever can read the repository now has" : "no public key of ECDSA over P-256";
  return [inputFinding("FL3290", `${treeSigningFile} holds ${message}`, { file: treeSigningFile })];
};
