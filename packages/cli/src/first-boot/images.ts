import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createEnrolment } from "@fogline/contracts";
import type { Finding } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { commandLineWords, firstBootFiles, firstBootFindings, firstBootWay, type HostKey, type Wifi } from "@fogline/gitops";
import type { Context } from "../context.ts";
import { newHostKey } from "./host-key.ts";
import { writeSeedIso } from "./seed-iso.ts";
import { addWords, hostKeyIn, type Target, targetFindings, writeImage } from "./target.ts";

/** Where an image goes: files in a folder, or one file that is a medium. */
export type Destination = ({ readonly kind: "folder" } & Target) | { readonly kind: "iso"; readonly file: string };

/** What is known of an image before anything is made or written. */
export interface ImagePlan {
  readonly device: Device;
  readonly destination: Destination;
  readonly keys: readonly string[];
  readonly wifi?: Wifi;
}

/** An image that was made. */
export interface Image extends ImagePlan {
  readonly hostKey: HostKey;
  /** The key of an earlier image of the device. */
  readonly keptKey: boolean;
  readonly tokenUntilMs?: number;
  readonly paths: readonly string[];
  readonly changedCommandLine: boolean;
}

export interface DestinationOptions {
  readonly to?: string;
  readonly seedIso?: string;
  /** Several images: what is named holds one for each. */
  readonly several: boolean;
}

export const destinationOf = ({ dataFolder, workingFolder }: Context, id: string, { to, seedIso, several }: DestinationOptions): Destination => {
  if (seedIso !== undefined) {
    const named = resolve(workingFolder, seedIso);
    return { kind: "iso", file: several ? join(named, `${id}.iso`) : named };
  }
  if (to === undefined) return { kind: "folder", folder: join(dataFolder, "images", id), named: false };
  const named = resolve(workingFolder, to);
  return several ? { kind: "folder", folder: join(named, id), named: false } : { kind: "folder", folder: named, named: true };
};

export const placeOf = (destination: Destination): string => (destination.kind === "iso" ? destination.file : destination.folder);

/** Stands in the plan for what is made later, so that the paths of an image are known before its keys are. */
const noKey: HostKey = { privateKey: "", publicKey: "" };
const instanceOf = (random: Context["random"]): string => Buffer.from(random.bytes(4)).toString("hex");

/** Why an image cannot be made, every reason at once. */
export const imageFindings = async (fleet: Fleet, plan: ImagePlan, force: boolean): Promise<readonly Finding[]> => {
  const { device, destination, keys, wifi } = plan;
  const way = firstBootWay(device);
  const unfit = firstBootFindings(fleet, device, { keys, wifi: wifi !== undefined });
  if (way === "none") return unfit;
  if (destination.kind === "iso") {
    const file = { file: destination.file };
    const of = (code: "FL4133" | "FL4134", message: string, remedy: string): Finding => ({ code, severity: "error", message, place: file, remedy });
    const jetson =
      way === "jetson"
        ? [of("FL4133", `${device.id} is a Jetson, which reads no seed`, "Leave --seed-iso out: its files go into the image that is flashed.")]
        : [];
    const there = !force && existsSync(destination.file) ? [of("FL4134", `${destination.file} is there already`, "--force replaces it.")] : [];
    return [...unfit, ...jetson, ...there];
  }
  const paths = firstBootFiles({ fleet, device, keys, hostKey: noKey, token: "", instance: "00000000" }).map(({ path }) => path);
  return [...unfit, ...(await targetFindings(destination, { device: device.id, way, paths, force }))];
};

export interface Token {
  readonly token: string;
  readonly tokenUntilMs: number;
}

/** A token for each device, from the hub. One after the other: a hub that refuses one has not made all the others worthless. */
export const newTokens = async ({ hub }: Context, plans: readonly ImagePlan[], ttlMs: number): Promise<readonly Token[]> => {
  const client = hub();
  const tokens: Token[] = [];
  for (const { device } of plans) {
    const { token, expiresAtMs } = await client.call(createEnrolment, { id: device.id, ttlMs });
    tokens.push({ token, tokenUntilMs: expiresAtMs });
  }
  return tokens;
};

/** The host key of an image: that of the one before it at the same place, so that a machine that runs is still known, else a new one. */
export const hostKeyOf = async ({ destination }: ImagePlan): Promise<{ readonly hostKey: HostKey; readonly keptKey: boolean }> => {
  const kept = destination.kind === "folder" ? await hostKeyIn(destination) : undefined;
  return { hostKey: kept ?? (await newHostKey()), keptKey: kept !== undefined };
};

/** Writes an image. */
export const writeOne = async (
  { random }: Context,
  fleet: Fleet,
  plan: ImagePlan,
  made: { readonly hostKey: HostKey; readonly keptKey: boolean } & Partial<Token>,
): Promise<Image> => {
  const { device, destination, keys, wifi } = plan;
  const { hostKey, keptKey, token, tokenUntilMs } = made;
  const optional = { ...(token === undefined ? {} : { token }), ...(wifi === undefined ? {} : { wifi }) };
  const files = firstBootFiles({ fleet, device, keys, hostKey, instance: instanceOf(random), ...optional });
  if (destination.kind === "iso") await writeSeedIso(destination.file, files);
  else await writeImage(destination, files);
  const changedCommandLine = destination.kind === "folder" && (await addWords(destination, commandLineWords(fleet, device)));
  return {
    ...plan,
    hostKey,
    keptKey,
    ...(tokenUntilMs === undefined ? {} : { tokenUntilMs }),
    paths: files.map(({ path }) => path),
    changedCommandLine,
  };
};
