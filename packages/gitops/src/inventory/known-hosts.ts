/** Where the public halves of the machines' host keys are, from the repository's root: OpenSSH's own format, one line a machine, under the name of its device. */
export const knownHostsPath = "clusters/facts/known_hosts";

const header =
  "# Host keys of the fleet's machines, written by `fogline device image`, `device claim` and `bootstrap`. A line goes with its device.\n";

/** A machine and the key that it shows. */
export interface KnownHost {
  readonly device: string;
  readonly address?: string;
  /** `ssh-ed25519 AAAA...`. */
  readonly publicKey: string;
}

const namesIn = (line: string): readonly string[] => (line.startsWith("#") ? [] : (line.split(" ")[0] ?? "").split(","));

/** The key that is known of a device; `undefined` where there is none. */
export const knownKey = (text: string, device: string): string | undefined => {
  const line = text.split("\n").find((one) => namesIn(one).includes(device));
  return line?.split(" ").slice(1, 3).join(" ");
};

/**
 * The list with these machines, sorted by name. A machine's earlier line goes, and so does its address from the line of another machine, which had it before.
 * Lines that we did not write stay.
 */
export const withKnownHosts = (text: string, hosts: readonly KnownHost[]): string => {
  const names = new Set(hosts.map(({ device }) => device));
  const addresses = new Set(hosts.map(({ address }) => address));
  const kept = text
    .split("\n")
    .filter((line) => line !== "" && !`${header}`.startsWith(line) && !namesIn(line).some((name) => names.has(name)))
    .flatMap((line) => {
      const left = namesIn(line).filter((name) => !addresses.has(name));
      if (line.startsWith("#") || left.length === namesIn(line).length) return [line];
      return left.length === 0 ? [] : [[left.join(","), ...line.split(" ").slice(1)].join(" ")];
    });
  const made = hosts.map(
    ({ device, address, publicKey }) => `${address === undefined ? device : `${device},${address}`} ${publicKey.split(" ").slice(0, 2).join(" ")}`,
  );
  return `${header}${[...kept, ...made].toSorted((a, b) => (a < b ? -1 : 1)).join("\n")}\n`;
};
