import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** A new key of this device, ECDSA P-256: PKCS #8, PEM. It never leaves the device. */
export const newKey = (): string => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The public half of a key, with the proof that whoever sends it holds the private one: a signature over what `statement` says of its hash. */
export const provenKey = (keyPem: string, statement: (publicKeyHash: string) => string): { publicKeyPem: string; signature: string } => {
  const privateKey = createPrivateKey(keyPem);
  const publicKey = createPublicKey(privateKey);
  const hash = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    signature: sign("sha256", Buffer.from(statement(hash)), privateKey).toString("base64"),
  };
};
