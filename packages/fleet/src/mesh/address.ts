import { sha256 } from "@noble/hashes/sha2.js";

/** Bytes of the digest that make a fleet's prefix: the Global ID of RFC 4193, section 3.2. */
const GLOBAL_ID_BYTES = 5;
/**
 * Bytes of the digest that make a device's part of its address. Two of 10,000 devices meet once in five million fleets, and FL1122 says so; the address
 * stays short enough to be read aloud.
 */
const DEVICE_BYTES = 6;

/** Names are of lower-case letters, digits and hyphens, so each character is one byte. */
const digestOf = (text: string): Uint8Array => sha256(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff));

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const groupsOf = (hex: string): string => (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, "")).join(":");

/** The first 48 bits of every address of a fleet's mesh, as three groups: a unique local prefix (RFC 4193) from the fleet's name. */
export const meshPrefix = (fleet: string): string => groupsOf(`fd${hexOf(digestOf(`fogline mesh ${fleet}`).slice(0, GLOBAL_ID_BYTES))}`);

/** The address of a device in a mesh: from its id alone, so that a device more or less changes nobody else's. */
export const meshAddress = (prefix: string, device: string): string =>
  `${prefix}::${groupsOf(hexOf(digestOf(`fogline device ${device}`).slice(0, DEVICE_BYTES)))}`;
