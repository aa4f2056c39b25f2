import { describe, expect, it } from "vitest";
import { fleetWith, yamlFile } from "../testing/hosts.ts";

interface Probe {
  readonly probe: string;
  readonly severity: string;
  readonly when: string;
  readonly name?: string;
  readonly [wanted: string]: unknown;
}

const probesOf = (fields: string) => yamlFile(fleetWith(`  one: { ${fields} }`), "one", "preflight.yaml").probes as Probe[];
const errorsOf = (fields: string, when: string) =>
  probesOf(fields)
    .filter((probe) => probe.severity === "error" && probe.when === when)
    .map(({ probe, name }) => name ?? probe);

const berry = "cluster: main, role: server, hardware: pi-5-8";
const jetson = "cluster: main, role: server, hardware: jetson-orin-nx-16, power: 25W";

describe("the preflight of a Raspberry Pi", () => {
  it("asks at once for what no boot file changes, and after the reboot for what they do", () => {
    expect(errorsOf(`${berry}, data: usb-ssd`, "first")).toEqual([
      ...["board", "architecture", "userland", "possible-cpu-cores", "memory", "membership", "clock", "disk", "file-system-label", "file"],
    ]);
    expect(errorsOf(berry, "after-boot")).toEqual(["page-size", "memory", "br_netfilter", "overlay", "xt_comment", "ip_set", "vxlan"]);
  });

  it("wants the board with its memory, by the name in the fleet file", () => {
    expect(probesOf(berry)[0]).toMatchObject({ probe: "board", is: "pi-5-8" });
    expect(probesOf("site: home, hardware: pi-4-2")[0]).toMatchObject({ probe: "board", is: "pi-4-2" });
  });

  it("takes its boot files from either place where images have them", () => {
    expect(probesOf(berry)).toContainEqual(expect.objectContaining({ path: "/boot/firmware/cmdline.txt", or: "/boot/cmdline.txt" }));
  });
});

describe("the preflight of a Jetson", () => {
  it("asks at once for the kernel, which nothing of ours changes, and for what its maker ships", () => {
    expect(errorsOf(jetson, "first")).toEqual([
      ...["board", "architecture", "userland", "possible-cpu-cores", "memory", "membership", "clock", "page-size", "memory"],
      ...["br_netfilter", "overlay", "xt_comment", "ip_set", "vxlan", "disk", "power-mode", "nvidia-ctk"],
    ]);
  });

  it("is content with a toolkit that it could install, and wants it installed afterwards", () => {
    const toolkit = probesOf(jetson).filter(({ name }) => name === "nvidia-ctk");
    expect(toolkit.map(({ when, package: from }) => [when, from])).toEqual([
      ["first", "nvidia-container-toolkit"],
      ["after-boot", undefined],
    ]);
    expect(toolkit.every(({ least }) => least === "1.11.0")).toBe(true);
  });

  it("asks for a mode of these watts only where the fleet file states them", () => {
    expect(probesOf(jetson)).toContainEqual(expect.objectContaining({ probe: "power-mode", watts: 25, uncappedFromWatts: 40 }));
    const silent = probesOf("cluster: main, role: server, hardware: jetson-orin-nx-16");
    expect(silent.filter(({ probe }) => probe === "power-mode")).toEqual([]);
  });
});

describe("the preflight of any machine", () => {
  it("wants a disk that holds K3s, or the agent alone, and the swap file that lies on it", () => {
    const disks = (fields: string) =>
      probesOf(fields)
        .filter(({ leastBytes, probe }) => leastBytes !== undefined && probe !== "memory")
        .map(({ probe, leastBytes }) => [probe, leastBytes]);
    expect(disks(berry)).toEqual([["disk", 8e9]]);
    expect(disks("site: home, hardware: pi-5-8")).toEqual([["disk", 2e9]]);
    expect(disks(`${berry}, data: nvme, host: { swap: 2GiB }`)).toEqual([
      ["disk", 2e9],
      ["file-system-label", 8e9 + 2 * 1024 ** 3],
    ]);
  });

  it("wants a clock that the controller's agrees with", () => {
    for (const fields of [berry, jetson, "site: home, hardware: laptop"]) expect(errorsOf(fields, "first")).toContain("clock");
  });

  it("wants the machine's place, if it has one already, to be this one", () => {
    expect(probesOf(berry)).toContainEqual(expect.objectContaining({ probe: "membership", fleet: "demo", device: "one", cluster: "main" }));
    expect(probesOf("site: home, hardware: pi-5-8").find(({ probe }) => probe === "membership")).not.toHaveProperty("cluster");
  });

  it("does not ask somebody's laptop to be another", () => {
    expect(errorsOf("site: home, hardware: laptop", "first")).toEqual(["membership", "clock"]);
  });

  it("asks a machine of many makers for no board", () => {
    expect(errorsOf("cluster: main, role: server, hardware: server", "first")).not.toContain("board");
    expect(errorsOf("cluster: main, role: server, hardware: detected", "first")).not.toContain("board");
  });

  it("says of each question why it is asked", () => {
    for (const fields of [berry, jetson]) for (const { why } of probesOf(fields)) expect(why).toMatch(/^\S.{10,}[^.]$/);
  });
});
