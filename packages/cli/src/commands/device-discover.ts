import type { Finding } from "@fogline/findings";
import { importRows } from "@fogline/fleet";
import { type AddressChoice, type Board, doubles, knownHostsPath, ownerOf, withKnownHosts } from "@fogline/gitops";
import { describeBytes } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { readTable } from "../csv/read.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { browse } from "../first-boot/browse.ts";
import { type Claim, type ClaimRequest, planClaims, rowsOfClaims } from "../first-boot/claim.ts";
import { keptInvitations, type Proof, proofOf } from "../first-boot/invitations.ts";
import { tableBytes } from "../first-boot/requests.ts";
import { loadFleet } from "../render.ts";

export interface DiscoverOptions {
  /** How long it is listened, in seconds. */
  readonly seconds: number;
}

const proofText: Readonly<Record<Proof, string>> = {
  proved: "proved",
  ended: "invitation ended",
  unknown: "card of another machine",
  false: "false proof",
};

/** `fogline device discover`: boards on this machine's networks that no slot claims, and those that one has claimed and nobody has set up yet. */
export const deviceDiscoverCommand = async (context: Context, { seconds }: DiscoverOptions): Promise<void> => {
  const { output, repository, clock } = context;
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  if (fleet === undefined) {
    output.findings(findings);
    output.value({ boards: null, findings });
    return exitFor(findings);
  }
  const invitations = await keptInvitations(context);
  const { boards, malformed } = await browse(seconds * 1_000);
  const double = new Set(doubles(boards).flat());
  const rows = boards.map((board) => ({
    board,
    proof: proofOf(board, invitations, clock.now()),
    device: ownerOf(fleet, board)?.id,
    fingerprint: fingerprintOf(board.hostKey),
    twice: double.has(board),
  }));
  output.value({
    boards: rows.map(({ board: { said: _, proof: __, ...board }, ...row }) => ({ ...board, ...row, device: row.device ?? null })),
    malformed,
    findings: [],
  });
  const free = rows.filter(({ device }) => device === undefined);
  output.line(
    boards.length === 0
      ? `no board announces itself within ${seconds} s. it must be on the same network: routers do not pass this on`
      : `${boards.length} ${boards.length === 1 ? "board" : "boards"}, ${free.length} of them unclaimed`,
  );
  if (malformed > 0) output.line(`  ${malformed} more said something that no board of ours says`);
  if (boards.length === 0) return;
  output.table(rows, [
    { title: "SERIAL", text: ({ board }) => board.serial },
    { title: "MAC", text: ({ board }) => board.mac },
    { title: "MODEL", text: ({ board }) => board.model },
    { title: "MEMORY", text: ({ board }) => describeBytes(board.memoryBytes), right: true },
    { title: "ADDRESS", text: ({ board }) => board.address },
    { title: "HOST KEY", text: ({ fingerprint }) => fingerprint },
    { title: "PROOF", text: ({ proof, twice }) => (twice ? `${proofText[proof]}, two say so` : proofText[proof]) },
    { title: "DEVICE", text: ({ device }) => device ?? "-" },
  ]);
  const [first] = free;
  if (first !== undefined) output.line(`next: fogline device claim ${first.board.serial} <device>`);
};

export interface ClaimOptions extends DiscoverOptions {
  readonly csv?: string;
  readonly address?: AddressChoice;
  readonly fingerprint?: string;
}

const columns = ["board", "device"] as const;

/** `fogline device claim <serial|mac> <device>`, or `--csv` for many: boards become devices. All of them, or nothing is changed. */
export const deviceClaimCommand = async (
  context: Context,
  board: string | undefined,
  device: string | undefined,
  options: ClaimOptions,
): Promise<void> => {
  const { output, repository, clock } = context;
  const worktree = await Worktree.open(repository);
  const loaded = await loadFleet(worktree);
  if (loaded.fleet === undefined) return refuse(context, loaded.findings);
  const requests = await requestsOf(context, board, device, options);
  const { boards } = await browse(options.seconds * 1_000);
  const knownHosts = (await worktree.file(knownHostsPath)) ?? "";
  const given = {
    ...(options.address === undefined ? {} : { address: options.address }),
    ...(options.fingerprint === undefined ? {} : { fingerprint: options.fingerprint }),
  };
  const invitations = await keptInvitations(context);
  const { claims, findings } = planClaims(requests, { fleet: loaded.fleet, boards, invitations, nowMs: clock.now(), knownHosts, ...given });
  if (findings.length > 0) return refuse(context, findings, options.csv);
  const placeOf = (id: string) => requests.find((request) => request.device === id)?.place ?? {};
  const imported = importRows(await worktree.fleetFiles(), rowsOfClaims(claims, placeOf));
  if (!imported.ok) return refuse(context, imported.failure, options.csv);
  for (const { path, text } of imported.value.files) await worktree.write(path, text);
  const hosts = claims.map(({ device: id, address, board: { hostKey } }) => ({ device: id, address, publicKey: hostKey }));
  await worktree.write(knownHostsPath, withKnownHosts(knownHosts, hosts));
  const changed = [...imported.value.files.map(({ path }) => path), knownHostsPath];
  output.value({ claimed: claims.map(claimValue), files: changed, findings: [] });
  report(context, claims, changed);
};

const requestsOf = async ({ workingFolder, output }: Context, board = "", device = "", { csv }: ClaimOptions): Promise<readonly ClaimRequest[]> => {
  if (csv === undefined) return [{ board, device }];
  const table = readTable(await tableBytes(workingFolder, csv), csv, columns, columns);
  if (table.ok) return table.value.map(({ cells, placeOf }) => ({ board: cells.board ?? "", device: cells.device ?? "", place: placeOf() }));
  return refuse({ output }, table.failure, csv);
};

const refuse = ({ output }: Pick<Context, "output">, findings: readonly Finding[], table?: string): never => {
  output.findings(findings);
  output.value({ claimed: null, findings });
  if (table !== undefined) output.line(`nothing is changed: ${findings.length === 1 ? "1 problem" : `${findings.length} problems`} in ${table}`);
  throw new Exit(exitCodes.findings);
};

const claimValue = ({ device, board, address }: Claim) => ({
  device,
  serial: board.serial,
  mac: board.mac,
  address,
  hostKey: fingerprintOf(board.hostKey),
});

const report = ({ output }: Context, claims: readonly Claim[], changed: readonly string[]): void => {
  output.table(claims, [
    { title: "DEVICE", text: ({ device }: Claim) => device },
    { title: "SERIAL", text: ({ board }: Claim) => board.serial },
    { title: "MAC", text: ({ board }: Claim) => board.mac },
    { title: "MODEL", text: ({ board }: Claim) => (board as Board).model },
    { title: "ADDRESS", text: ({ address }: Claim) => address },
    { title: "HOST KEY", text: ({ board }: Claim) => fingerprintOf(board.hostKey) },
  ]);
  output.line(`claimed ${claims.length} ${claims.length === 1 ? "board" : "boards"}; changed ${changed.join(", ")}`);
  output.line(`next: fogline render, commit, fogline bootstrap ${claims.length === 1 ? claims[0]?.device : "<device> for each"}`);
};
