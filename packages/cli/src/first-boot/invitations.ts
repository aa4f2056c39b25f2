import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import { type Board, type Invitation, provedText } from "@fogline/gitops";
import { z } from "zod";
import type { Context } from "../context.ts";

/** An invitation as the machine keeps it that made the card. */
const Kept = z.strictObject({ secret: z.string().regex(/^[0-9a-f]{64}$/), site: z.string(), untilMs: z.int() });
const All = z.record(z.string().regex(/^[0-9a-f]{8}$/), Kept);
export type KeptInvitations = z.infer<typeof All>;

/** How many are kept; the oldest go first. */
const invitationsMax = 500;

const folderOf = ({ dataFolder }: Pick<Context, "dataFolder">): string => join(dataFolder, "first-boot");
const fileOf = (context: Pick<Context, "dataFolder">): string => join(folderOf(context), "invitations.json");

/** The invitations of cards that were made on this machine. */
export const keptInvitations = async (context: Pick<Context, "dataFolder">): Promise<KeptInvitations> => {
  const text = await readFile(fileOf(context), "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return undefined;
    throw thrown;
  });
  if (text === undefined) return {};
  try {
    return All.parse(JSON.parse(text));
  } catch (cause) {
    throw new FoglineError("FL4144", `${fileOf(context)} is damaged, so nothing proves a board`, {
      remedy: "Remove the file, and make the cards anew.",
      cause,
    });
  }
};

/** A new invitation, kept here before it is on a card. */
export const newInvitation = async (context: Pick<Context, "dataFolder">, site: string, untilMs: number): Promise<Invitation> => {
  const invitation = { id: randomBytes(4).toString("hex"), secret: randomBytes(32).toString("hex") };
  const all = { ...(await keptInvitations(context)), [invitation.id]: { secret: invitation.secret, site, untilMs } };
  const newest = Object.entries(all).toSorted(([, a], [, b]) => b.untilMs - a.untilMs);
  const written = `${fileOf(context)}.new`;
  await mkdir(folderOf(context), { recursive: true, mode: 0o700 });
  await rm(written, { force: true });
  await writeFile(written, `${JSON.stringify(Object.fromEntries(newest.slice(0, invitationsMax)))}\n`, { mode: 0o600, flag: "wx" });
  await rename(written, fileOf(context));
  return invitation;
};

/**
 * Whether a board started from a card that was made here. `proved`: it holds the card's secret, and what it says is what was signed. `ended`: so it is, and its
 * time is over. `unknown`: a card of another machine. `false`: it names a card of ours and does not hold its secret.
 */
export type Proof = "proved" | "ended" | "unknown" | "false";

export const proofOf = (board: Board, invitations: KeptInvitations, nowMs: number): Proof => {
  const kept = Object.hasOwn(invitations, board.invitation) ? invitations[board.invitation] : undefined;
  if (kept === undefined) return "unknown";
  const wanted = createHmac("sha256", Buffer.from(kept.secret, "hex")).update(provedText(board)).digest();
  if (!timingSafeEqual(wanted, Buffer.from(board.proof, "hex"))) return "false";
  return kept.untilMs <= nowMs ? "ended" : "proved";
};
