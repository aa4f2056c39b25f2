import type { Finding } from "@fogline/findings";

/** What ssh needs to reach one machine, and under which name its host key is written down. */
export interface SshTarget {
  readonly device: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly jump?: string;
}

/** What ssh says, in the order in which it is looked for. The words are OpenSSH's own, from 7.6 to 10. */
const CHANGED = /REMOTE HOST IDENTIFICATION HAS CHANGED/;
const SENT = /fingerprint for the \S+ key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/=]+)/;
const UNKNOWN = /No \S+ host key is known for|Host key verification failed/;
/** Of pam_nologin, in systemd's words: SSH answers while a system comes up or goes down, and only root gets in. */
const BETWEEN = /System is (booting up|going down)/;
const REFUSED = /Permission denied \(|Too many authentication failures/;

const finding = (code: string, message: string, remedy?: string): Finding => ({
  ...{ code, severity: "error", message },
  ...(remedy === undefined ? {} : { remedy }),
});

/**
 * What ssh said, as a finding. `known` are the fingerprints that are written down for the device. Whatever it does not say of the host key or the sign-in
 * means that the machine is not reached.
 */
export const sshFailure = ({ device, host, port, user, jump }: SshTarget, text: string, known: readonly string[]): Finding => {
  const at = `${host}:${port}${jump === undefined ? "" : ` through ${jump}`}`;
  if (CHANGED.test(text)) {
    const sent = SENT.exec(text)?.[1] ?? "another one";
    return finding(
      "FL4101",
      `${device} at ${at} shows the host key ${sent}, and ${known.length === 0 ? "another one" : known.join(" or ")} is written down`,
      `Find out why before you go on: somebody may answer in its place. If the board was flashed anew: fogline bootstrap ${device} --accept-host-key ${sent}, once \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` on the board says the same.`,
    );
  }
  if (UNKNOWN.test(text)) return finding("FL4102", `no host key of ${device} is written down in clusters/facts/known_hosts`);
  if (REFUSED.test(text)) return finding("FL4103", `${device} at ${at} does not let ${user} sign in with a key of this machine`);
  const standing = betweenBoots(text);
  if (standing !== undefined) return finding("FL4100", `${device} at ${at} lets nobody sign in: it is ${standing}`, "Run it again once it is up.");
  return finding("FL4100", `${device} cannot be reached at ${at}: ${lastLine(text)}`);
};

/** Why a machine lets in only root, by its own words; undefined where it says nothing of the kind. */
export const betweenBoots = (text: string): "still booting" | "shutting down" | undefined => {
  const said = BETWEEN.exec(text)?.[1];
  return said === undefined ? undefined : said === "booting up" ? "still booting" : "shutting down";
};

/** The reason is the last thing that ssh says; what Ansible puts before it is of no use to anybody. */
const lastLine = (text: string): string => {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/^Failed to connect to the host via ssh:\s*/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("Warning:") && !line.startsWith("@"));
  return lines.at(-1) ?? "it does not answer";
};
