import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anotherYear, layBoard, show, showTree } from "./testing/board.ts";
import { type Play, type PlayOptions, play, renderFleet } from "./testing/playbook.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

const fleet = `
fleet: trial
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters:
  here: { site: bench, tier: cloud, ring: all, local: true }
  hall: { site: bench, tier: access-edge, ring: all }
  line: { site: bench, tier: access-edge, ring: all }
devices:
  pi-1: { cluster: hall, role: server, hardware: pi-5-8, data: usb-ssd, address: 10.7.2.1 }
  jetson-1: { cluster: line, role: server, hardware: jetson-orin-nx-16, power: 25W, gpu: { slices: 2 }, address: 10.7.2.2 }
workloads: { agent: { on: [here], version: 0.1.0 } }
`;

const YEARS_SECONDS = 3 * 365 * 86_400;

/** Where a system writes of itself while somebody is signed in, and what its kernel shows. */
const elsewhere = ["/var/log", "/var/lib/systemd", "/run", "/tmp", "/var/tmp", "/proc", "/sys", "/dev"];
const everything = `find / -xdev \\( ${elsewhere.map((path) => `-path ${path}`).join(" -o ")} \\) -prune -o`;

/** Notes of every file of the target what is in it, whose it is and what its mode is. */
const note = (target: Target, name: "before" | "after"): void =>
  void target.ask(
    `{ ${everything} -printf '%y %p %m %U %G %l\\n'; ${everything} -type f -print0 | xargs -0 sha256sum; } | LC_ALL=C sort > /run/${name}`,
  );

/** Every file of the target that is not what it was when it was noted. */
const changedSince = (target: Target): string[] => {
  note(target, "after");
  return target.ask("test $(wc -l < /run/before) -gt 9000 && { diff /run/before /run/after || true; }").split("\n").filter(Boolean);
};

/** The sentences with which a play refused, one for each problem. */
const refusals = (done: Play): string[] => done.failed.flatMap(({ message = "" }) => message.split("\n"));

/** A disk in a file, found by the label of the data disk. */
const makeDisk = (place: string): string => {
  const file = join(place, "disk");
  execFileSync("truncate", ["--size=1G", file]);
  execFileSync("mkfs.ext4", ["-q", "-L", "fogline-data", file]);
  return execFileSync("losetup", ["--find", "--show", file], { encoding: "utf8" }).trim();
};

describe("the preflight", () => {
  let place: string;
  let repository: string;
  let targets: Targets;
  let pi: Target;
  let jetson: Target;
  let disk: string;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-preflight-"));
    repository = renderFleet(place, fleet);
    disk = makeDisk(place);
    const board = layBoard(place, "pi-5-8", ["python-of-another-year"]);
    anotherYear(board, -YEARS_SECONDS);
    targets = await startTargets([
      { name: "pi-1", address: "10.7.2.1", board, nspawn: [`--bind=${disk}`] },
      { name: "jetson-1", address: "10.7.2.2", board: layBoard(place, "jetson-orin-nx-16", ["nvpmodel", "nvidia-ctk"]) },
    ]);
    pi = targets.get("pi-1");
    jetson = targets.get("jetson-1");
    pi.ask(`mkdir -p /dev/disk/by-label && ln -s ${disk} /dev/disk/by-label/fogline-data`);
  });
  afterAll(async () => {
    await targets?.stop();
    if (disk !== undefined) execFileSync("losetup", ["--detach", disk]);
    rmSync(place, { recursive: true, force: true });
  });

  /** Plays everything, and expects that nothing came of it but these refusals. */
  const refuse = async (target: Target, options: PlayOptions = {}): Promise<string[]> => {
    note(target, "before");
    const done = await play(repository, targets, { ...options, limit: target.name });
    expect(changedSince(target)).toEqual([]);
    expect(done.changed).toEqual([]);
    expect(new Set(done.results.map(({ role }) => role))).toEqual(new Set(["plan", "preflight"]));
    return refusals(done);
  };

  it("refuses a data disk that is too small, before anything has changed", async () => {
    expect(await refuse(pi)).toEqual([
      expect.stringMatching(/^FL4117: the file system fogline-data has 1 GiB, at least 7\.5 GiB are needed; .* fix: attach a larger disk$/),
    ]);
    execFileSync("truncate", ["--size=9G", join(place, "disk")]);
    execFileSync("losetup", ["--set-capacity", disk]);
  });

  it("lets a Pi 5 begin as it is flashed, with large pages and no limits of memory, which its boot files will change", async () => {
    note(pi, "before");
    const done = await play(repository, targets, { limit: "pi-1", tags: ["preflight"] });
    expect(changedSince(pi)).toEqual([]);
    expect(done.results.find(({ board }) => board !== undefined)?.board?.board).toMatchObject({ name: "pi-5-8", serial: "8d1f4a2b6c3e5f70" });
    const asked = done.results.filter(({ task }) => task === "Refuse a machine that is not what the fleet says");
    expect(asked.map(({ outcome }) => outcome)).toEqual(["skipped", "failed"]);
    expect(refusals(done)).toEqual([
      expect.stringMatching(/^FL4112: .*`cgroup_memory=1 cgroup_enable=memory` in the one line of \/boot\/firmware\/cmdline.txt/),
    ]);
  });

  it("refuses a clock that is off by years", async () => {
    expect(await refuse(pi, { vars: { ansible_python_interpreter: "/usr/local/bin/python-of-another-year" } })).toEqual([
      expect.stringMatching(/^FL4118: its clock says 20\d\d-.* UTC, this machine's says 20\d\d-.* UTC; .* fix: `timedatectl set-ntp true`/),
    ]);
  });

  it("refuses another board, and names the one that is there as the fleet file would", async () => {
    showTree(pi, place, "pi-4-8");
    expect(await refuse(pi)).toEqual([
      expect.stringMatching(/^FL4113: it is Raspberry Pi 4 Model B Rev 1\.4 .*, the fleet says pi-5-8; .*`hardware: pi-4-8`/),
    ]);
  });

  it("refuses the right board with other memory", async () => {
    showTree(pi, place, "pi-5-8");
    // 16 GB, by the table of revision codes.
    show(pi, { "/sys/firmware/devicetree/base/system/linux,revision": Buffer.from([0x00, 0xe0, 0x41, 0x71]) });
    expect(await refuse(pi)).toEqual([
      expect.stringMatching(/^FL4113: .* with 16 GiB of memory, the fleet says pi-5-8, which has 8 GiB; .*`hardware: pi-5-16`/),
    ]);
    show(pi, { "/sys/firmware/devicetree/base/system/linux,revision": Buffer.from([0x00, 0xd0, 0x41, 0x70]) });
  });

  it("refuses a board that nobody knows with all its problems at once", async () => {
    showTree(pi, place, "unknown");
    show(pi, { "/proc/meminfo": "MemTotal: 4000000 kB\n", "/sys/devices/system/cpu/possible": "0-1\n", "/proc/sys/kernel/arch": "armv7l\n" });
    const found = await refuse(pi, { vars: { ansible_python_interpreter: "/usr/local/bin/python-of-another-year" } });
    expect(found.map((message) => message.slice(0, 6))).toEqual(["FL4111", "FL4114", "FL4113", "FL4113", "FL4118"]);
    expect(found[0]).toContain("it is Radxa ROCK 5B (radxa,rock-5b, rockchip,rk3588), a board that Fogline does not know");
    for (const message of found) expect(message).toMatch(/; .+\. fix: .+/);
  });

  it("refuses a Jetson whose kernel cannot limit memory, at once, because no file of ours would change that", async () => {
    show(jetson, { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io hugetlb pids\n" });
    expect(await refuse(jetson)).toEqual([
      expect.stringMatching(/^FL4112: .* lists cpuset cpu io hugetlb pids; .* take `cgroup_disable=memory` out of the kernel's command line/),
    ]);
    show(jetson, { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids\n" });
  });

  it("refuses a machine that belongs to another fleet", async () => {
    jetson.ask("mkdir -p /etc/fogline && printf 'fleet: other\\ndevice: jetson-9\\n' > /etc/fogline/identity.yaml");
    expect(await refuse(jetson)).toEqual([expect.stringMatching(/^FL4116: it is jetson-9 of the fleet other, not jetson-1 of trial; /)]);
    jetson.ask("rm -r /etc/fogline");
  });

  it("refuses a Tegra kernel without what NetworkPolicy needs", async () => {
    jetson.ask("sed -i '/ip_set/d' /usr/lib/modules/5.15.136-tegra/modules.dep");
    expect(await refuse(jetson)).toEqual([
      expect.stringMatching(
        /^FL4112: its kernel 5\.15\.136-tegra has no module ip_set; NetworkPolicy is not enforced\. fix: flash a newer Jetson Linux/,
      ),
    ]);
  });
});
