import type { Finding, Place } from "@fogline/findings";
import type { Fleet, ImportRow } from "@fogline/fleet";
import { type AddressChoice, type Board, claimFindings, doubles, knownHostsPath, knownKey } from "@fogline/gitops";
import { fingerprintOf } from "../fingerprint.ts";
import { type KeptInvitations, proofOf } from "./invitations.ts";
import { findDevice } from "./requests.ts";

/** A board by its serial number or MAC address, and the device that it shall be. */
export interface ClaimRequest {
  readonly board: string;
  readonly device: string;
  readonly place?: Place;
}

/** What is known when boards are claimed. */
export interface ClaimInputs {
  readonly fleet: Fleet;
  readonly boards: readonly Board[];
  readonly invitations: KeptInvitations;
  readonly nowMs: number;
  /** The list of host keys as it is. */
  readonly knownHosts: string;
  readonly address?: AddressChoice;
  /** The fingerprint that somebody read at the board's screen; it stands for the proof. */
  readonly fingerprint?: string;
}

/** A claim that nothing speaks against. */
export interface Claim {
  readonly device: string;
  readonly board: Board;
  /** The address that the fleet file gets. */
  readonly address: string;
}

type Code = "FL4140" | "FL4141" | "FL4143" | "FL4144" | "FL4145" | "FL4147";

/** The claims, or every reason against them at once. */
export const planClaims = (
  requests: readonly ClaimRequest[],
  inputs: ClaimInputs,
): { readonly claims: readonly Claim[]; readonly findings: readonly Finding[] } => {
  const claims: Claim[] = [];
  const findings: Finding[] = twice(requests);
  for (const request of requests) {
    const found = boardsOf(request, inputs);
    if (!found.ok) findings.push(...found.findings);
    const device = findDevice(inputs.fleet, request.device, request.place);
    if (!device.ok) findings.push(device.failure);
    if (!found.ok || !device.ok) continue;
    const { board } = found;
    const against = [
      ...trustFindings(board, request, inputs),
      ...claimFindings(inputs.fleet, board, device.value, inputs.address, request.place),
      ...keyFindings(board, request, inputs),
    ];
    findings.push(...against);
    const address = inputs.address === "fleet" ? (device.value.address ?? board.address) : board.address;
    if (against.length === 0) claims.push({ device: request.device, board, address });
  }
  return { claims, findings };
};

const of = (code: Code, message: string, { place }: ClaimRequest, remedy?: string): Finding => ({
  code,
  severity: "error",
  message,
  ...(place === undefined ? {} : { place }),
  ...(remedy === undefined ? {} : { remedy }),
});

/** Requests of one board, or for one device, beside an earlier one. */
const twice = (requests: readonly ClaimRequest[]): Finding[] =>
  requests.flatMap((request, index) => {
    const before = requests.slice(0, index);
    if (before.some(({ board }) => board.toLowerCase() === request.board.toLowerCase()))
      return [of("FL4141", `${request.board} is claimed twice`, request)];
    return before.some(({ device }) => device === request.device) ? [of("FL4141", `${request.device} is claimed twice`, request)] : [];
  });

const boardsOf = (
  request: ClaimRequest,
  { boards }: ClaimInputs,
): { readonly ok: true; readonly board: Board } | { readonly ok: false; readonly findings: readonly Finding[] } => {
  const named = boards.filter(({ serial, mac }) => serial === request.board || mac === request.board.toLowerCase());
  const [board] = named;
  if (board === undefined) {
    const others =
      boards.length === 0
        ? "nothing does"
        : `these do: ${boards
            .slice(0, 10)
            .map(({ serial }) => serial)
            .join(", ")}`;
    return { ok: false, findings: [of("FL4140", `no board ${request.board} answers; ${others}`, request)] };
  }
  const double = doubles(boards).find((group) => group.some((one) => named.includes(one)));
  if (double === undefined) return { ok: true, board };
  const who = double.map(({ address, hostKey }) => `${address} (${fingerprintOf(hostKey)})`).join(" and ");
  return { ok: false, findings: [of("FL4143", `${who} both say that they are ${board.serial} (${board.mac})`, request)] };
};

const trustFindings = (board: Board, request: ClaimRequest, { invitations, nowMs, fingerprint }: ClaimInputs): Finding[] => {
  const shown = fingerprintOf(board.hostKey);
  if (fingerprint !== undefined)
    return fingerprint === shown
      ? []
      : [of("FL4144", `${board.serial} has the host key ${shown}, not ${fingerprint}`, request, "Do not go on: look again at the board's screen.")];
  const remedy = `Read the fingerprint at the board's screen. If it is this one: --fingerprint ${shown}`;
  switch (proofOf(board, invitations, nowMs)) {
    case "proved":
      return [];
    case "ended":
      return [of("FL4145", `the invitation ${board.invitation} of ${board.serial} has ended`, request, `Make its card anew. Or r${remedy.slice(1)}`)];
    case "unknown":
      return [of("FL4144", `${board.serial} names the invitation ${board.invitation}, which was not made on this machine`, request, remedy)];
    case "false":
      return [
        of("FL4144", `${board.serial} names the invitation ${board.invitation} and does not hold its secret`, request, `Do not trust it. ${remedy}`),
      ];
  }
};

const keyFindings = (board: Board, request: ClaimRequest, { knownHosts }: ClaimInputs): Finding[] => {
  const known = knownKey(knownHosts, request.device);
  if (known === undefined || known === board.hostKey) return [];
  const message = `${request.device} is known by the host key ${fingerprintOf(known)}, ${board.serial} has ${fingerprintOf(board.hostKey)}`;
  return [of("FL4147", message, request, `If the board was replaced, remove the line of ${request.device} from ${knownHostsPath} and claim again.`)];
};

/** The claims as rows for the fleet file. */
export const rowsOfClaims = (claims: readonly Claim[], placeOf: (device: string) => Place): readonly ImportRow[] =>
  claims.map(({ device, board: { serial, mac }, address }) => ({ cells: { id: device, serial, mac, address }, placeOf: () => placeOf(device) }));
