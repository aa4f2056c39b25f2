import { type Finding, fail, ok, type Place, type Result } from "@fogline/findings";
import { boardIdentities, type Device, type Fleet, isSshPublicKey } from "@fogline/fleet";
import { describeBytes } from "@fogline/units";
import { MEMORY_SHOWN_FRACTION } from "../host/preflight.ts";
import { type AnnouncedKey, announcedKeys } from "./announcement.ts";

/** A board that announces itself. Anybody on the network can say such things: texts are short and plain, and what proves them is looked at apart. */
export interface Board {
  readonly serial: string;
  readonly mac: string;
  readonly model: string;
  readonly memoryBytes: number;
  readonly architecture: string;
  /** `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  readonly address: string;
  /** What its proof is over, and the proof. */
  readonly said: Readonly<Record<AnnouncedKey, string>>;
  readonly invitation: string;
  readonly proof: string;
}

const forms: Readonly<Record<AnnouncedKey | "invitation" | "proof", RegExp>> = {
  serial: /^[A-Za-z0-9._-]{1,64}$/,
  mac: /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/,
  model: /^[ -~]{0,120}$/,
  memory: /^[1-9]\d{0,8}$/,
  arch: /^[a-z0-9_]{1,16}$/,
  key: /^[A-Za-z0-9+/]{68}$/,
  invitation: /^[0-9a-f]{8}$/,
  proof: /^[0-9a-f]{64}$/,
};

/** Reads what a board said; a failure names the first thing that is not as a board of ours says it. */
export const readBoard = (txt: ReadonlyMap<string, string>, address: string): Result<Board, string> => {
  for (const [key, form] of Object.entries(forms)) if (!form.test(txt.get(key) ?? "")) return fail(key);
  const text = (key: keyof typeof forms): string => txt.get(key) ?? "";
  const hostKey = `ssh-ed25519 ${text("key")}`;
  if (!isSshPublicKey(hostKey)) return fail("key");
  return ok({
    serial: text("serial"),
    mac: text("mac"),
    model: text("model"),
    memoryBytes: Number(text("memory")) * 1024 ** 2,
    architecture: text("arch"),
    hostKey,
    address,
    said: Object.fromEntries(announcedKeys.map((key) => [key, text(key)])) as Record<AnnouncedKey, string>,
    invitation: text("invitation"),
    proof: text("proof"),
  });
};

/** What the proof of a board is over. */
export const provedText = ({ said }: Board): string => announcedKeys.map((key) => said[key]).join("\n");

/** Why a board is not the hardware that a slot is for; nothing where it is. */
const unfit = (board: Board, { id, hardware, profile }: Device): string | undefined => {
  if (profile.kind === "detected") return undefined;
  const { model, memoryBytes, architecture } = board;
  const is = `${board.serial} is a ${model || "machine of unknown model"} (${architecture}) with ${describeBytes(memoryBytes)}`;
  if (architecture !== profile.architecture) return `${is}, and ${id} is a ${hardware}, which is ${profile.architecture}`;
  const named = boardIdentities[hardware].model;
  if (named === undefined) return undefined;
  if (!named.test(model)) return `${is}, and ${id} is a ${hardware}`;
  if (memoryBytes > profile.memoryBytes || memoryBytes < profile.memoryBytes * MEMORY_SHOWN_FRACTION)
    return `${is}, and ${id} is a ${hardware} with ${describeBytes(profile.memoryBytes)}`;
  return undefined;
};

/** The device that a board is already, by serial number or MAC address. */
export const ownerOf = (fleet: Fleet, { serial, mac }: Pick<Board, "serial" | "mac">): Device | undefined =>
  fleet.devices.find((device) => device.serial === serial || device.mac === mac);

type ClaimCode = "FL4141" | "FL4142" | "FL4146";

/** Whose address counts where the fleet states another than the board has. */
export type AddressChoice = "board" | "fleet";

/** Why a board cannot become a device, every reason at once. `place` is where somebody asked for it; without it the device's entry. */
export const claimFindings = (
  fleet: Fleet,
  board: Board,
  device: Device,
  choice?: AddressChoice,
  place: Place = device.place,
): readonly Finding[] => {
  const of = (code: ClaimCode, message: string, remedy: string): Finding => ({ code, severity: "error", message, place, remedy });
  const owner = ownerOf(fleet, board);
  const other = [
    ...(device.serial === undefined || device.serial === board.serial ? [] : [`the serial number ${device.serial}`]),
    ...(device.mac === undefined || device.mac === board.mac ? [] : [`the MAC address ${device.mac}`]),
  ];
  const wrong = unfit(board, device);
  const elsewhere = choice === undefined && device.address !== undefined && device.address !== board.address;
  return [
    ...(owner === undefined || owner.id === device.id
      ? []
      : [
          of(
            "FL4141",
            `${board.serial} (${board.mac}) is ${owner.id} already`,
            `Take its serial and mac from ${owner.id} in the fleet file first, if it shall move.`,
          ),
        ]),
    ...(other.length === 0
      ? []
      : [
          of(
            "FL4141",
            `${device.id} has ${other.join(" and ")}, the board has ${board.serial} and ${board.mac}`,
            `Claim another slot, or take what ${device.id} has from the fleet file: then it is a replacement.`,
          ),
        ]),
    ...(wrong === undefined ? [] : [of("FL4142", wrong, "Claim a slot of that hardware, or correct `hardware` in the fleet file.")]),
    ...(elsewhere
      ? [
          of(
            "FL4146",
            `${board.serial} has the address ${board.address}, the fleet gives ${device.id} ${device.address}`,
            `--address board takes the board's; --address fleet keeps the fleet's, for which DHCP must have a reservation of ${board.mac}.`,
          ),
        ]
      : []),
  ];
};

/** Boards that say the same serial number or MAC address with another key: one of them is not what it says. */
export const doubles = (boards: readonly Board[]): readonly (readonly Board[])[] => {
  const groups = [Map.groupBy(boards, ({ serial }) => `serial ${serial}`), Map.groupBy(boards, ({ mac }) => `mac ${mac}`)].flatMap((map) => [
    ...map.values(),
  ]);
  return groups.filter((group) => new Set(group.map(({ hostKey }) => hostKey)).size > 1);
};
