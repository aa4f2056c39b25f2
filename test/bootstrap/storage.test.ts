import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { play, renderFleet } from "./testing/playbook.ts";
import { countsOf, explainedSkips, skippedIn } from "./testing/skipped.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

const fleet = `
fleet: trial
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
  pi-1: { site: bench, hardware: pi-5-8, address: 10.7.1.1, data: usb-ssd, host: { swap: 16MiB } }
  pi-2: { site: bench, hardware: pi-5-8, address: 10.7.1.2, data: usb-ssd, host: { encrypt: true } }
workloads: { agent: { on: [here], version: 0.1.0 } }
`;
const DISK_BYTES = 96 * 1024 * 1024;

describe("the role storage", () => {
  let place: string;
  let repository: string;
  let targets: Targets;
  let pi: Target;
  const disks: string[] = [];
  /** A disk of its own: a file that the kernel shows as one. */
  const makeDisk = (name: string): string => {
    const file = join(place, name);
    writeFileSync(file, "");
    truncateSync(file, DISK_BYTES);
    const disk = execFileSync("losetup", ["--find", "--show", file], { encoding: "utf8" }).trim();
    disks.push(disk);
    return disk;
  };
  const storage = (limit: string, disk?: string, check = false) =>
    play(repository, targets, { tags: ["storage"], limit, check, ...(disk === undefined ? {} : { vars: { fogline_data_disk: disk } }) });
  const messages = ({ failed }: Awaited<ReturnType<typeof play>>) => failed.map(({ message }) => message);

  let first = "";
  let second = "";
  let third = "";
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-storage-"));
    repository = renderFleet(place, fleet);
    [first, second, third] = ["one", "two", "three"].map(makeDisk) as [string, string, string];
    targets = await startTargets([
      {
        name: "pi-1",
        address: "10.7.1.1",
        nspawn: [`--bind=${first}`, `--bind=${second}`],
        files: { "/etc/fstab": "proc /proc proc defaults 0 0\n" },
      },
      { name: "pi-2", address: "10.7.1.2", nspawn: [`--bind=${third}`] },
    ]);
    pi = targets.get("pi-1");
    // No udev runs in a container: the links that it would make are made here, one for the disk that shall be found.
    pi.ask(`mkdir -p /dev/disk/by-label && ln -s ${first} /dev/disk/by-label/fogline-data`);
    // What the role common installs.
    targets
      .get("pi-2")
      .ask("mkdir -p /var/lib/apt/lists/partial && apt-get -qq update && apt-get -qq install --no-install-recommends cryptsetup >/dev/null 2>&1");
  });
  afterAll(async () => {
    pi?.run("systemctl stop var-lib-fogline.mount data.mount");
    await targets?.stop();
    for (const disk of disks) execFileSync("losetup", ["--detach", disk]);
    rmSync(place, { recursive: true, force: true });
  });

  it("makes no disk that nobody named, and says which ones are empty", async () => {
    expect(messages(await storage("pi-1"))).toEqual([
      expect.stringMatching(/FL4174: no disk has the label fogline-data\. fix: .*fogline_data_disk=/),
    ]);
    expect(pi.run(`blkid -p ${first}`).code).toBe(2);
  });

  it.each([
    ["a file system", (disk: string) => `mkfs.ext4 -q -L precious ${disk}`, /it has a signature of ext4/],
    ["a partition table", (disk: string) => `wipefs -qa ${disk}; echo 'label: gpt' | sfdisk -q ${disk}`, /it has a signature of gpt/],
    ["swap", (disk: string) => `wipefs -qa ${disk}; mkswap -q ${disk}`, /it has a signature of swap/],
  ])("never formats a disk with %s on it", async (_, put, reason) => {
    pi.ask(put(second));
    const before = pi.ask(`sha256sum ${second}`);
    const [message] = messages(await storage("pi-1", second));
    expect(message).toMatch(/^FL4173: /);
    expect(message).toMatch(reason);
    expect(pi.ask(`sha256sum ${second}`)).toBe(before);
  });

  it("shows in check mode that it would make one, and leaves it empty", async () => {
    const shown = await storage("pi-1", first, true);
    expect(shown.failed).toEqual([]);
    expect(shown.changed).toContain("storage: Find the data disk, or make it of the empty one that was named");
    expect(pi.run(`blkid -p ${first}`).code).toBe(2);
  });

  it("hides nothing: a folder with something in it is not covered by a mount", async () => {
    pi.ask("mkdir -p /var/lib/fogline && echo kept > /var/lib/fogline/state");
    expect(messages(await storage("pi-1", first))).toEqual([
      expect.stringContaining("FL4173: var-lib-fogline.mount would hide what is in /var/lib/fogline (state)"),
    ]);
    expect(pi.read("/var/lib/fogline/state")).toBe("kept\n");
    pi.ask("rm /var/lib/fogline/state");
  });

  it("makes the data disk of an empty one, mounts it and what lies on it, and a second run needs no name and changes nothing", async () => {
    expect((await storage("pi-1", first)).failed).toEqual([]);
    expect(pi.ask("findmnt --noheadings --output SOURCE,FSTYPE,OPTIONS /data")).toMatch(new RegExp(`^${first} +ext4 +rw,noatime`));
    expect(pi.ask("findmnt --noheadings --output SOURCE /var/lib/fogline").trim()).toBe(`${first}[/fogline]`);
    expect(pi.ask("blkid -p -s TYPE -o value /data/swapfile").trim()).toBe("swap");
    expect(pi.ask("stat -c %a:%s /data/swapfile").trim()).toBe("600:16777216");
    const verified = pi.run("systemd-analyze verify data.mount var-lib-fogline.mount");
    expect(verified.stderr).not.toMatch(/fogline|data\.mount/);
    const again = await storage("pi-1");
    expect(again.failed).toEqual([]);
    expect(again.changed).toEqual([]);
    expect(skippedIn(again, "storage")).toEqual(explainedSkips("storage"));
    expect(countsOf(again, "storage").executed).toBeGreaterThan(5);
  });

  it("repairs one damaged file by one changed task", async () => {
    pi.ask("echo vm.swappiness=1 > /etc/sysctl.d/90-fogline.conf");
    const repair = await storage("pi-1");
    expect(repair.failed).toEqual([]);
    expect(repair.changed).toEqual(["storage: Lay mounts, swap and kernel settings"]);
  });

  it("does not choose between two disks with the label", async () => {
    pi.ask(`wipefs -qa ${second}; mkfs.ext4 -q -L fogline-data ${second}`);
    expect(messages(await storage("pi-1"))).toEqual([expect.stringMatching(/FL4174: .* all have the label fogline-data/)]);
    pi.ask(`wipefs -qa ${second}`);
  });

  it("encrypts a data disk with a key that is made there and that root alone reads; opening it needs dm-crypt, which this kernel lacks", async () => {
    const other = targets.get("pi-2");
    const made = await storage("pi-2", third);
    expect(other.ask("stat -c %a:%U:%s /etc/fogline/data.key").trim()).toBe("400:root:64");
    expect(other.ask(`blkid -p -o value -s TYPE ${third}`).trim()).toBe("crypto_LUKS");
    expect(other.ask(`cryptsetup luksDump ${third}`)).toMatch(/Version:\s+2\n[\s\S]*Label:\s+fogline-luks[\s\S]*aes-xts-plain64[\s\S]*argon2id/);
    // Past the kernel: the key opens the header, and another one does not.
    expect(other.run(`cryptsetup open --test-passphrase --key-file /etc/fogline/data.key ${third}`).code).toBe(0);
    expect(other.run(`head -c 64 /dev/zero | cryptsetup open --test-passphrase --key-file - ${third}`).code).not.toBe(0);
    // Where the kernel has it the run ends well, and the disk is open.
    const opened = other.run("test -e /dev/mapper/fogline-data").code === 0;
    expect(messages(made)).toEqual(opened ? [] : [expect.stringContaining("FL4176: the data disk")]);
  });

  it("keeps an encrypted disk whose key is another machine's, and one that is not encrypted where it should be", async () => {
    const other = targets.get("pi-2");
    const header = other.ask(`sha256sum ${third}`);
    other.ask("mv /etc/fogline/data.key /root/kept && head -c 64 /dev/urandom > /etc/fogline/data.key");
    expect(messages(await storage("pi-2", third))).toEqual([expect.stringContaining("FL4176: the data disk")]);
    expect(other.ask(`sha256sum ${third}`)).toBe(header);
    other.ask(`wipefs -qa ${third}; mkfs.ext4 -q -L fogline-data ${third}`);
    expect(messages(await storage("pi-2", third))).toEqual([expect.stringContaining("is not encrypted, and the fleet file says")]);
  });
});
