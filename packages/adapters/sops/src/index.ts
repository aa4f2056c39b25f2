export { type KeyPair, keyFileText, newKeyPair, readKeyFile } from "./age-keys.ts";
export { type OpenSecret, openSecret } from "./open.ts";
export { changeSecret, createSecret, type NewSecret, type SealSource, type SecretChange } from "./seal.ts";
