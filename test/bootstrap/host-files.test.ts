import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { play, renderFleet } from "./testing/playbook.ts";
import { startTargets, type Target, type Targets } from "./testing/targets.ts";

const fleet = `
fleet: trial
rings: { all: {} }
sites: { bench: { region: eu-central } }
clusters: { here: { site: bench, tier: cloud, ring: all, local: true } }
devices:
  pi-1: { site: bench, hardware: pi-5-8, address: 10.7.1.1 }
workloads: { agent: { on: [here], version: 0.1.0 } }
`;

/** What a Pi has on its boot partition. */
const boot = {
  "/boot/firmware/config.txt": "# For more options see the documentation\n\ndtparam=audio=on\n[all]\narm_64bit=1",
  "/boot/firmware/cmdline.txt": "console=serial0,115200 root=PARTUUID=4e639091-02 rootfstype=ext4 fsck.repair=yes rootwait\n",
  "/boot/firmware/kernel8.img": "a kernel",
};

const onlyFiles = ["storage", "pi"];

describe("host files on a machine", () => {
  let place: string;
  let repository: string;
  let targets: Targets;
  let pi: Target;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "fogline-host-files-"));
    repository = renderFleet(place, fleet);
    targets = await startTargets([{ name: "pi-1", address: "10.7.1.1", files: boot }]);
    pi = targets.get("pi-1");
  });
  afterAll(async () => {
    await targets?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  it("are shown and not laid in check mode", async () => {
    const shown = await play(repository, targets, { tags: onlyFiles, check: true });
    expect(shown.failed).toEqual([]);
    expect(shown.changed).not.toEqual([]);
    expect(shown.output).toContain("rootwait cgroup_memory=1 cgroup_enable=memory cgroup_enable=cpuset");
    expect(pi.read("/etc/sysctl.d/90-fogline.conf")).toBeUndefined();
    expect(pi.read("/boot/firmware/cmdline.txt")).toBe(boot["/boot/firmware/cmdline.txt"]);
  });

  it("lie where they belong, once each, and a second run changes nothing", async () => {
    const first = await play(repository, targets, { tags: onlyFiles });
    expect(first.failed).toEqual([]);
    expect(pi.read("/boot/firmware/cmdline.txt")).toBe(
      `${boot["/boot/firmware/cmdline.txt"].trim()} cgroup_memory=1 cgroup_enable=memory cgroup_enable=cpuset\n`,
    );
    const config = pi.read("/boot/firmware/config.txt") ?? "";
    expect(config.startsWith(`${boot["/boot/firmware/config.txt"]}\n# BEGIN fogline boot/config.txt\n`)).toBe(true);
    expect(config.match(/^kernel=kernel8.img$/gm)).toHaveLength(1);
    expect(pi.ask("stat -c %a /etc/sysctl.d/90-fogline.conf").trim()).toBe("644");
    expect(pi.read("/run/reboot-required")).toBe("");
    expect(pi.ask("ls -A /etc/fogline/pending")).toBe("");
    const second = await play(repository, targets, { tags: onlyFiles });
    expect(second.failed).toEqual([]);
    expect(second.changed).toEqual([]);
  });

  it("are repaired by one changed task where one was damaged", async () => {
    pi.ask("echo broken > /etc/tmpfiles.d/fogline-governor.conf; sed -i 's/cgroup_enable=memory//' /boot/firmware/cmdline.txt");
    const repair = await play(repository, targets, { tags: onlyFiles });
    expect(repair.failed).toEqual([]);
    expect(repair.changed).toEqual(["pi: Lay the boot and power files"]);
    expect(
      pi
        .read("/boot/firmware/cmdline.txt")
        ?.split(" ")
        .filter((word) => word.trim() === "cgroup_enable=memory"),
    ).toHaveLength(1);
    expect(pi.read("/etc/tmpfiles.d/fogline-governor.conf")).toContain("scaling_governor");
  });

  it("have what follows done by the next run where one was ended before it", async () => {
    // As a run that was ended after the file was replaced and before systemd read it.
    pi.ask("mkdir -p /etc/fogline/pending && touch /etc/fogline/pending/reload-systemd");
    const next = await play(repository, targets, { tags: ["storage"] });
    expect(next.changed).toEqual(["storage: Lay mounts, swap and kernel settings"]);
    expect(pi.ask("ls -A /etc/fogline/pending")).toBe("");
  });

  it("are not guessed at where the system's file is not what it should be", async () => {
    pi.ask("printf 'one\\ntwo\\n' > /boot/firmware/cmdline.txt");
    const refused = await play(repository, targets, { tags: ["pi"] });
    expect(refused.failed.map(({ message }) => message)).toEqual([
      expect.stringContaining("FL4110: /boot/firmware/cmdline.txt cannot take boot/cmdline.txt: it has 2 lines"),
    ]);
    expect(pi.read("/boot/firmware/cmdline.txt")).toBe("one\ntwo\n");
  });
});
