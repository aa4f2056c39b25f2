import { createPrivateKey, type KeyObject } from "node:crypto";
import { sealWith } from "../sealed.ts";
import { derivedKey } from "../secrets.ts";
import type { Hub } from "./hub.ts";

/** The private key that a hub signs with, as somebody would get it who has its database and its root key. */
export const signingKeyOf = async ({ database, secrets, random }: Pick<Hub, "database" | "secrets" | "random">): Promise<KeyObject> => {
  const row = await database.kysely.selectFrom("people_signing_keys").selectAll().executeTakeFirstOrThrow();
  const seed = sealWith(derivedKey(secrets, "signing keys"), random).open(row.sealed, row.kid) ?? new Uint8Array();
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([head, seed]), format: "der", type: "pkcs8" });
};
