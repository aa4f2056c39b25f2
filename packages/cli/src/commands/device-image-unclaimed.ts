import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoglineError, nearest } from "@fogline/findings";
import { piCommandLineWords, UNCLAIMED, unclaimedFiles } from "@fogline/gitops";
import { formatDurationMs } from "@fogline/units";
import { Worktree } from "@fogline/worktree";
import type { Context } from "../context.ts";
import { Exit, exitCodes, exitFor } from "../exit.ts";
import { readPublicKeys, readWifi } from "../first-boot/given.ts";
import { newInvitation } from "../first-boot/invitations.ts";
import { writeSeedIso } from "../first-boot/seed-iso.ts";
import { addWords, targetFindings, writeImage } from "../first-boot/target.ts";
import { dateText } from "../output.ts";
import { loadFleet } from "../render.ts";
import type { DeviceImageOptions } from "./device-image.ts";

/** Long enough for a box of boards to arrive and be put up. */
const invitationMs = 7 * 24 * 3_600_000;

/** `fogline device image --unclaimed --site <site>`: one image for any number of boards, which announce themselves until they are claimed. */
export const unclaimedImageCommand = async (context: Context, siteName: string, options: DeviceImageOptions): Promise<void> => {
  const { output, repository, workingFolder, dataFolder, clock } = context;
  const { fleet, findings } = await loadFleet(await Worktree.open(repository));
  if (fleet === undefined) {
    output.findings(findings);
    return exitFor(findings);
  }
  const names = fleet.sites.map(({ name }) => name);
  const site = fleet.sites.find(({ name }) => name === siteName);
  if (site === undefined)
    throw new FoglineError("FL4130", `the fleet has no site ${siteName}`, { remedy: `Write ${nearest(siteName, names) ?? names.join(" or ")}.` });
  const keys = [...new Set([...fleet.access.keys, ...(await readPublicKeys(workingFolder, options.sshKey ?? []))])];
  if (keys.length === 0) throw new FoglineError("FL4131", "nobody could sign in on the boards: there is no SSH public key");
  const wifi = options.wifi === undefined ? {} : { wifi: await readWifi(workingFolder, options.wifi) };
  const folder = options.to === undefined ? join(dataFolder, "images", `${UNCLAIMED}-${site.name}`) : resolve(workingFolder, options.to);
  const isPi = existsSync(join(folder, "cmdline.txt"));
  const target = { folder, named: options.to !== undefined };
  const iso = options.seedIso === undefined ? undefined : resolve(workingFolder, options.seedIso);
  const problems =
    iso === undefined
      ? await targetFindings(target, {
          device: UNCLAIMED,
          way: isPi ? "pi" : "seed",
          paths: ["user-data", "meta-data", "network-config"],
          force: options.force === true,
        })
      : [];
  if (iso !== undefined && options.force !== true && existsSync(iso)) throw new FoglineError("FL4134", `${iso} is there already`);
  if (problems.length > 0) {
    output.findings(problems);
    output.value({ image: null, findings: problems });
    throw new Exit(exitCodes.findings);
  }
  const forMs = options.for ?? invitationMs;
  const untilMs = clock.now() + forMs;
  const invitation = await newInvitation(context, site.name, untilMs);
  const files = unclaimedFiles({ fleet, site, keys, invitation, ...wifi });
  if (iso === undefined) await writeImage(target, files);
  else await writeSeedIso(iso, files);
  const changedCommandLine = iso === undefined && (await addWords(target, piCommandLineWords));
  output.value({
    image: { site: site.name, at: iso ?? folder, files: files.map(({ path }) => path), invitation: invitation.id, untilMs, changedCommandLine },
    findings: [],
  });
  output.line(`boards at ${site.name} that no slot claims: ${files.length} files in ${iso ?? folder}; any number of boards may start from them`);
  output.line(`  invitation  ${invitation.id}, for ${formatDurationMs(forMs)}, until ${dateText(untilMs)}; this machine knows its boards by it`);
  if (changedCommandLine) output.line("  cmdline.txt has the words that a node of K3s needs");
  output.line("next: start the boards, then fogline device discover");
};
