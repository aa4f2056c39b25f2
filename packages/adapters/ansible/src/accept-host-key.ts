import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FoglineError } from "@fogline/findings";
import { $ } from "zx";
import { type HostKey, hostKeysOf } from "./known-hosts.ts";
import { sshArguments } from "./look.ts";
import { type SshTarget, sshFailure } from "./ssh-failure.ts";

const ASK_SECONDS = 30;

/**
 * The host key that a machine shows, if its fingerprint is the one that a person read on it. Nothing is sent to the machine before the comparison: the
 * sign-in that ssh goes on to do is by key, which tells a stranger nothing. Throws FL4100 where nobody answers, FL4101 for another key.
 */
export const acceptHostKey = async (target: SshTarget, fingerprint: string): Promise<HostKey> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-host-key-"));
  try {
    const file = join(folder, "known_hosts");
    // The first of two options counts; a public key that nobody has keeps ssh from signing in at all.
    const options = [
      "-o",
      "StrictHostKeyChecking=accept-new",
      "-o",
      "HashKnownHosts=no",
      "-o",
      "PreferredAuthentications=none",
      "-o",
      "HostKeyAlgorithms=ssh-ed25519",
    ];
    const { stderr } = await $({
      quiet: true,
      nothrow: true,
      timeout: `${ASK_SECONDS}s`,
    })`ssh ${options} ${sshArguments(target, file)} true </dev/null`;
    const shown = hostKeysOf(await readFile(file, "utf8").catch(() => ""), target.device)[0];
    if (shown === undefined) {
      const { message } = sshFailure(target, stderr, []);
      throw new FoglineError("FL4100", message);
    }
    if (shown.fingerprint !== fingerprint)
      throw new FoglineError("FL4101", `${target.device} at ${target.host}:${target.port} shows ${shown.fingerprint}, and not ${fingerprint}`, {
        remedy: "Read the fingerprint once more on the machine itself. If it is right, somebody else answers at this address.",
      });
    return shown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
