import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostKey } from "@fogline/gitops";
import { runProgram } from "./program-of.ts";

/** A new key by which a machine is known again. It is made in a folder that only this user reads, and that is gone afterwards. */
export const newHostKey = async (): Promise<HostKey> => {
  const folder = await mkdtemp(join(tmpdir(), "fogline-host-key-"));
  try {
    const file = join(folder, "key");
    await runProgram(
      "ssh-keygen",
      ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file],
      "Install OpenSSH's client: `apt-get install openssh-client`.",
    );
    const [privateKey, publicKey] = await Promise.all([readFile(file, "utf8"), readFile(`${file}.pub`, "utf8")]);
    return { privateKey, publicKey: publicKey.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
