import type { Finding } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { firstBootWay, knownHostsPath, withKnownHosts } from "@fogline/gitops";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { readPublicKeys, readWifi } from "../first-boot/given.ts";
import { destinationOf, hostKeyOf, type Image, type ImagePlan, imageFindings, newTokens, placeOf, writeOne } from "../first-boot/images.ts";
import { findDevice, type Wish, wishOfTable } from "../first-boot/requests.ts";
import { dateText } from "../output.ts";
import { loadFleet } from "../render.ts";

export interface DeviceImageOptions {
  readonly csv?: string;
  readonly to?: string;
  readonly seedIso?: string;
  readonly sshKey?: readonly string[];
  readonly wifi?: string;
  readonly dhcp?: boolean;
  readonly withoutToken?: boolean;
  /** How long a token is good for, in milliseconds. */
  readonly for?: number;
  readonly force?: boolean;
}

/** A card may wait over a weekend in a drawer, or two days in the post. */
const tokenMs = 2 * 24 * 3_600_000;

/** `fogline device image <device>`, or `--csv` for many: files that make blank boards come up as their devices. All of them, or nothing is changed. */
export const deviceImageCommand = async (context: Context, id: string | undefined, options: DeviceImageOptions): Promise<void> => {
  const { output, repository, workingFolder } = context;
  const worktree = await Worktree.open(repository);
  const loaded = await loadFleet(worktree);
  if (loaded.fleet === undefined) return refuse(context, loaded.findings);
  const wish = await wishOf(context, worktree, loaded.fleet, id, options);
  if (!wish.ok) return refuse(context, wish.failure, options.csv);
  const { fleet, wanted, changed } = wish.value;
  const keys = [...new Set([...fleet.access.keys, ...(await readPublicKeys(workingFolder, options.sshKey ?? []))])];
  const wifi = options.wifi === undefined ? {} : { wifi: await readWifi(workingFolder, options.wifi) };
  const plans = wanted.map(({ device }): ImagePlan => {
    const destination = destinationOf(context, device.id, { ...options, several: options.csv !== undefined });
    return { device: options.dhcp === true ? withoutAddress(device) : device, destination, keys, ...wifi };
  });
  const findings = await Promise.all(plans.map((plan) => imageFindings(fleet, plan, options.force === true)));
  const placed = findings.flatMap((some, index) =>
    some.map((one) => ({ ...one, ...(wanted[index]?.place === undefined ? {} : { place: wanted[index].place }) })),
  );
  if (placed.length > 0) return refuse(context, placed, options.csv);
  // What may fail comes first, and the hub last of it: a token makes the one before it worthless.
  const hostKeys = await Promise.all(plans.map(hostKeyOf));
  const tokens = options.withoutToken === true ? [] : await newTokens(context, plans, options.for ?? tokenMs);
  const images: Image[] = [];
  for (const [index, plan] of plans.entries()) {
    const made = hostKeys[index];
    if (made !== undefined) images.push(await writeOne(context, fleet, plan, { ...made, ...tokens[index] }));
  }
  for (const { path, text } of changed) await worktree.write(path, text);
  await writeKnownHosts(worktree, fleet, images);
  output.value({
    images: images.map(imageValue),
    knownHosts: knownHostsPath,
    files: changed.map(({ path }) => path),
    findings: [],
  });
  const [image] = images;
  if (options.csv !== undefined)
    return reportTable(
      context,
      images,
      changed.map(({ path }) => path),
    );
  if (image !== undefined) reportOne(context, fleet, image);
};

const refuse = ({ output }: Context, findings: readonly Finding[], table?: string): never => {
  output.findings(findings);
  output.value({ images: null, findings });
  const count = findings.length === 1 ? "1 problem" : `${findings.length} problems`;
  if (table !== undefined) output.line(`nothing is changed: ${count} in ${table}`);
  throw new Exit(exitCodes.findings);
};

const wishOf = async ({ workingFolder }: Context, worktree: Worktree, fleet: Fleet, id = "", { csv }: DeviceImageOptions) => {
  if (csv !== undefined) return wishOfTable(workingFolder, csv, { fleet, files: await worktree.fleetFiles() });
  const device = findDevice(fleet, id);
  if (!device.ok) return { ok: false, failure: [device.failure] } as const;
  const value: Wish = { fleet, wanted: [{ device: device.value }], changed: [] };
  return { ok: true, value } as const;
};

const withoutAddress = ({ address: _, ...device }: Device): Device => device;

const addressIn = (fleet: Fleet, id: string): string | undefined => fleet.devices.find((device) => device.id === id)?.address;

/** The public halves of the host keys, so that the first connection already knows whom it must meet. */
const writeKnownHosts = async (worktree: Worktree, fleet: Fleet, images: readonly Image[]): Promise<void> => {
  const hosts = images.map(({ device, hostKey: { publicKey } }) => {
    const address = addressIn(fleet, device.id);
    return { device: device.id, publicKey, ...(address === undefined ? {} : { address }) };
  });
  await worktree.write(knownHostsPath, withKnownHosts((await worktree.file(knownHostsPath)) ?? "", hosts));
};

/** An image for machines. Nothing of it is secret. */
const imageValue = ({ device, destination, hostKey, keptKey, tokenUntilMs, paths, changedCommandLine }: Image) => ({
  device: device.id,
  way: firstBootWay(device),
  at: placeOf(destination),
  files: paths,
  hostKey: fingerprintOf(hostKey.publicKey),
  keptKey,
  tokenUntilMs: tokenUntilMs ?? null,
  changedCommandLine,
});

const stepOf = ({ device, destination }: Image): string => {
  const way = firstBootWay(device);
  if (way === "jetson") return `follow ${placeOf(destination)}/README.md`;
  if (destination.kind === "iso") return `attach ${destination.file} to ${device.id} as a disk or CD, and start it`;
  if (destination.named && way === "pi") return "unmount the card, put it into the board, and switch it on";
  const where = way === "pi" ? "the card's boot partition, or name that with --to" : "the top of a stick with the label CIDATA";
  return `copy user-data, meta-data and network-config to ${where}; start the machine with it`;
};

const addressText = ({ device: { address }, wifi }: Image): string =>
  `${address ?? "by DHCP"}${wifi === undefined ? "" : `, by radio in ${wifi.ssid}`}`;

const untilText = ({ tokenUntilMs }: Image): string => (tokenUntilMs === undefined ? "none" : `until ${dateText(tokenUntilMs)}`);

const reportTable = ({ output }: Context, images: readonly Image[], changed: readonly string[]): void => {
  output.table(images, [
    { title: "DEVICE", text: ({ device }) => device.id },
    { title: "HARDWARE", text: ({ device }) => device.hardware },
    { title: "ADDRESS", text: addressText },
    { title: "HOST KEY", text: ({ hostKey }) => fingerprintOf(hostKey.publicKey) },
    { title: "TOKEN", text: untilText },
    { title: "IMAGE", text: ({ destination }) => placeOf(destination) },
  ]);
  output.line(`${images.length} images. they hold secrets: remove them when the boards run`);
  if (changed.length > 0) output.line(`serial numbers and MAC addresses are in ${changed.join(", ")}`);
  output.line(`next: start the boards, commit ${[...changed, knownHostsPath].join(" and ")}, then fogline bootstrap <device> for each`);
};

const reportOne = ({ output }: Context, fleet: Fleet, image: Image): void => {
  const { device, destination, hostKey, keptKey, changedCommandLine, keys, paths } = image;
  const wiped = destination.kind === "folder" && destination.named && firstBootWay(device) === "pi";
  const secrecy = wiped ? "they hold secrets until its first boot" : "they hold secrets: remove them when it runs";
  const host = addressIn(fleet, device.id) ?? device.id;
  output.line(`${device.id} (${device.hardware}): ${paths.length} files in ${placeOf(destination)}. ${secrecy}`);
  output.line(`  address     ${addressText(image)}`);
  output.line(`  sign in     ssh ${fleet.access.user}@${host}, with ${keys.length} ${keys.length === 1 ? "key" : "keys"} and no password`);
  output.line(`  host key    ${fingerprintOf(hostKey.publicKey)}${keptKey ? ", as before" : ""}; ${knownHostsPath} has it`);
  output.line(`  token       ${untilText(image)}`);
  if (changedCommandLine) output.line("  cmdline.txt has the words that a node of K3s needs");
  output.line(`next: ${stepOf(image)}`);
  output.line(`then: fogline bootstrap ${device.id}`);
};
