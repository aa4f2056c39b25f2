import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCertificates, listEnrolments, listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../system/testing/eventually.ts";
import type { HubProcess } from "../system/testing/hub.ts";
import { layCloudImage, layJetsonLinux, layRaspberryPiOs } from "./testing/blank.ts";
import { layBoard } from "./testing/board.ts";
import { hubFleet, startHub } from "./testing/hub.ts";
import { type Operator, startOperator } from "./testing/operator.ts";
import { cardFile, hostAddress, keyPair, layBridge, startTargets, type Targets } from "./testing/targets.ts";

// The whole way: from what a maker's image knows, which is nothing, through one image and one command.

const devices = `  box: { site: bench, hardware: laptop, address: 10.7.1.1, mac: "02:00:00:00:00:01" }
  pi-1: { site: bench, hardware: pi-5-8, address: 10.7.1.2 }
  jetson-1: { site: bench, hardware: jetson-orin-nx-16, address: 10.7.1.3, power: 25W }`;
const user = "hands";

let place: string;
let targets: Targets;
let operator: Operator;
let hub: HubProcess;

/** Makes the image of a device; what it says goes wrong fails. */
const image = async (device: string, ...args: readonly string[]): Promise<void> => {
  const said = await operator.fogline("device", "image", device, ...args);
  expect(said.code, said.stdout + said.stderr).toBe(0);
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "fogline-blank-"));
  const identityFile = join(place, "login");
  const access = `access: { user: ${user}, keys: ["${keyPair(identityFile)}"] }`;
  const fleet = hubFleet(devices, { access, site: `, networks: { 10.0.0.0/8: { gateway: ${hostAddress} } }, timeZone: Europe/Berlin` });
  operator = await startOperator(place, fleet, { all: [], identityFile });
  layBridge();
  hub = await startHub(operator);
  const images = join(operator.repository, ".fogline/images");
  targets = await startTargets([
    {
      name: "box",
      address: "10.7.1.1",
      // netplan finds a card by the MAC address that its maker gave it, and this kernel's cards have none.
      files: { "/etc/systemd/network/05-eth0.network": cardFile("eth0", "10.7.1.1") },
      blank: async (root) => {
        const seed = layCloudImage(root);
        await image("box", "--to", seed);
      },
    },
    {
      name: "pi-1",
      address: "10.7.1.2",
      board: layBoard(place, "pi-5-8"),
      blank: async (root) => {
        layRaspberryPiOs(root);
        await image("pi-1", "--to", join(root, "boot/firmware"), "--without-token");
      },
    },
    {
      name: "jetson-1",
      address: "10.7.1.3",
      board: layBoard(place, "jetson-orin-nx-16", ["nvpmodel", "jetson_clocks"]),
      blank: async (root) => {
        await image("jetson-1", "--without-token");
        layJetsonLinux(root, join(images, "jetson-1/rootfs"), user);
      },
    },
  ]);
}, 600_000);
afterAll(async () => {
  await hub?.end();
  operator?.stop();
  await targets?.stop();
  rmSync(place, { recursive: true, force: true });
});

describe("a blank machine", () => {
  it("has after its first boot the key that the fleet knows, the user who may sign in, and no password", async () => {
    const known = readFileSync(join(operator.repository, "clusters/facts/known_hosts"), "utf8");
    for (const target of targets.all) {
      expect(known).toContain(`${target.name},${target.address} ${target.hostKey}`);
      await eventually(`${target.name} has its user`, () => target.run(`test -s /home/${user}/.ssh/authorized_keys`).code === 0);
      expect(target.ask(`passwd --status ${user}; passwd --status root`)).toMatch(/^hands L .*\nroot L /);
      expect(target.ask("hostname").trim()).toBe(target.name);
      expect(target.ask("ls /etc/ssh | grep -c '^ssh_host_.*_key$'").trim()).toBe("1");
      await eventually(`${target.name} has its time zone`, () => target.ask("readlink /etc/localtime").includes("Europe/Berlin"));
    }
  });

  it("keeps no secret on the partition that everybody reads", async () => {
    const pi = targets.get("pi-1");
    await eventually("cloud-init has ended", () => pi.run("cloud-init status").stdout.includes("done"));
    expect(pi.ask("cat /boot/firmware/user-data")).toBe("#cloud-config\n{}\n");
  });

  it("becomes a machine of the fleet by one command, with the token of its image, and is online", async () => {
    const said = await operator.fogline("bootstrap", "box", "--yes");
    expect(said.code, said.stdout + said.stderr).toBe(0);
    await eventually("box is online", async () =>
      (await hub.client.call(listNodes, {})).nodes.some(({ id, status }) => id === "box" && status === "online"),
    );
    expect((await hub.client.call(listCertificates, { id: "box" })).certificates).toHaveLength(1);
    // The command brings no token of its own where the image has brought one.
    const used = (await hub.client.call(listEnrolments, {})).enrolments.map(({ node, usedAtMs }) => [node, usedAtMs !== null]);
    expect(used).toEqual([["box", true]]);
    expect(targets.get("box").run("ls /etc/fogline/enrolment.token").code).not.toBe(0);
  });

  it.each(["pi-1", "jetson-1"])("is set up as the board that it is, and a second run changes nothing: %s", async (device) => {
    const first = await operator.fogline("bootstrap", device, "--yes", "--without-agent");
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const second = await operator.fogline("bootstrap", device, "--yes", "--without-agent");
    expect(operator.events(device).filter((line) => line.includes('"changed"'))).toEqual([]);
    expect(second.stdout).toContain("1 of 1 device set up, 0 tasks changed");
    expect(targets.get(device).read("/etc/fogline/identity.yaml")).toContain(`fleet: trial\ndevice: ${device}\n`);
  });
});
