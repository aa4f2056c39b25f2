import { setTimeout as wait } from "node:timers/promises";
import type { Finding } from "@fogline/findings";
import { $ } from "zx";
import { lookScript } from "./look-script.ts";
import { betweenBoots, type SshTarget, sshFailure } from "./ssh-failure.ts";

/** What a first look at a machine showed. */
export interface SeenMachine {
  readonly kind: "seen";
  readonly clockOffsetMs: number;
  /** The text of `/etc/fogline/identity.yaml`, where there is one. */
  readonly identityText?: string;
  readonly hasIdentity: boolean;
  readonly token: "none" | "whole" | "broken";
  readonly python?: string;
  readonly canBecomeRoot: boolean;
}

export type Looked = SeenMachine | { readonly kind: "unseen"; readonly finding: Finding };

export interface LookOptions {
  readonly knownHosts: string;
  /** Fingerprints that are written down for the device, for a message. */
  readonly known: readonly string[];
  /** How often a machine that does not answer is tried, 1 or more. */
  readonly attemptsMax: number;
  readonly now: () => number;
}

const CONNECT_SECONDS = 10;
const LOOK_SECONDS = 60;
/** Between two tries: as long as sshd is away while it takes over new settings. */
const PAUSE_MS = 2_000;
/** How long a machine is waited for that says itself that it is still booting. */
const BOOT_MS = 90_000;

/** The arguments of ssh for one machine: only a key that is written down under the device's name is trusted, and nothing is asked of a person. */
export const sshArguments = ({ device, host, port, user, jump }: SshTarget, knownHosts: string): readonly string[] => [
  ...["BatchMode=yes", "StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null", "PasswordAuthentication=no"].flatMap((one) => ["-o", one]),
  ...["-o", `ConnectTimeout=${CONNECT_SECONDS}`, "-o", `UserKnownHostsFile=${knownHosts}`, "-o", `HostKeyAlias=${device}`],
  ...(jump === undefined ? [] : ["-o", `ProxyJump=${jump}`]),
  ...["-p", String(port), "-l", user, host],
];

/** Signs in to a machine and looks at it, changing nothing. One that does not answer is tried again, one that is booting until it is up; one that refuses is not. */
export const lookAt = async (target: SshTarget, { knownHosts, known, attemptsMax, now }: LookOptions): Promise<Looked> => {
  const bootsUntil = now() + BOOT_MS;
  for (let attempt = 1; ; attempt += 1) {
    const asked = now();
    const run = await $({
      quiet: true,
      nothrow: true,
      input: lookScript,
      timeout: `${LOOK_SECONDS}s`,
    })`ssh ${sshArguments(target, knownHosts)} sh -s`;
    // The machine's answer is as old as half of the way there and back.
    const seen = readLook(run.stdout, (asked + now()) / 2);
    if (seen !== undefined) return seen;
    const finding = sshFailure(target, run.stderr || `it said nothing for ${LOOK_SECONDS} s`, known);
    const boots = betweenBoots(run.stderr) !== undefined && now() < bootsUntil;
    if (finding.code !== "FL4100" || (attempt >= attemptsMax && !boots)) return { kind: "unseen", finding };
    await wait(PAUSE_MS);
  }
};

/** The answer of look.sh; undefined where it is none. */
export const readLook = (text: string, nowMs: number): SeenMachine | undefined => {
  const lines = new Map(text.split("\n").map((line): [string, string] => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1).trim()]));
  if (lines.get("look") !== "1") return undefined;
  const [owner, python, token] = [lines.get("owner"), lines.get("python"), lines.get("token")];
  return {
    kind: "seen",
    clockOffsetMs: Number(lines.get("now") ?? 0) * 1_000 - nowMs,
    ...(owner === undefined ? {} : { identityText: Buffer.from(owner, "base64").toString() }),
    hasIdentity: lines.get("identity") === "yes",
    token: token === "whole" || token === "broken" ? token : "none",
    ...(python === undefined || python === "" || python === "python" ? {} : { python }),
    canBecomeRoot: lines.get("root") === "yes",
  };
};
