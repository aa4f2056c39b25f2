import { type HardwareName, hardwareNames, hostFacts } from "@fogline/fleet";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { filesOf, fleetWith, lines, yamlFile } from "../testing/hosts.ts";
import { hostFiles } from "./files.ts";

const pathsOf = (fields: string): string[] => Object.keys(filesOf(fleetWith(`  one: { ${fields} }`), "one"));
const fileOf = (fields: string, path: string, workloads = ""): string[] => lines(filesOf(fleetWith(`  one: { ${fields} }`, workloads), "one")[path]);

describe("the host files of a Jetson server at 25 W", () => {
  const jetson = "cluster: main, role: server, hardware: jetson-orin-nx-16, power: 25W";

  it("state the watts and where the mode's number is looked up, never the number", () => {
    const mode = yamlFile(fleetWith(`  one: { ${jetson} }`), "one", "power/power-mode.yaml");
    expect(mode).toMatchObject({ watts: 25, uncappedFromWatts: 40, modesFrom: "/etc/nvpmodel.conf" });
    expect(Object.keys(mode)).not.toContain("id");
  });

  it("set a governor, or hold the clocks after the power mode is set and give them back", () => {
    expect(fileOf(jetson, "power/governor.conf")).toEqual(["w /sys/devices/system/cpu/cpufreq/policy*/scaling_governor - - - - schedutil"]);
    const held = `${jetson}, host: { clocks: true }`;
    expect(pathsOf(held)).not.toContain("power/governor.conf");
    const unit = fileOf(held, "power/fogline-clocks.service");
    expect(unit).toContain("After=nvpmodel.service");
    expect(unit.indexOf("ExecStartPre=/usr/bin/jetson_clocks --store /run/fogline-clocks")).toBeLessThan(
      unit.indexOf("ExecStart=/usr/bin/jetson_clocks"),
    );
    expect(unit).toContain("ExecStop=/usr/bin/jetson_clocks --restore /run/fogline-clocks");
  });

  it("have no boot files of a Pi", () => {
    expect(pathsOf(jetson).filter((path) => path.startsWith("boot/"))).toEqual(["boot/watchdog.conf"]);
  });
});

describe("the host files of a Pi 5 agent with a USB SSD", () => {
  const berry = "cluster: main, hardware: pi-5-8, data: usb-ssd, address: 10.0.0.2";
  const fleet = fleetWith(`  first: { cluster: main, role: server, hardware: pi-5-8 }\n  one: { ${berry} }`);
  const files = filesOf(fleet, "one");

  it("are these", () => {
    expect(Object.keys(files)).toEqual([
      "boot/cmdline.txt",
      "boot/config-pages.txt",
      "boot/config.txt",
      "boot/watchdog.conf",
      "firewall/fogline.nft",
      "install.yaml",
      "k3s/config.yaml",
      "k3s/fogline-k3s-certificates.service",
      "k3s/fogline-k3s-certificates.timer",
      "k3s/kubelet.conf.d/10-fogline.conf",
      "k3s/registries.yaml",
      "logs/journald.conf",
      "logs/logrotate.conf",
      "memory/90-fogline.conf",
      "memory/zram-generator.conf",
      "modules/fogline.conf",
      "power/governor.conf",
      "preflight.yaml",
      "storage/60-fogline-disks.rules",
      "storage/data.mount",
      "storage/k3s-agent.service.d/fogline-data.conf",
      "storage/var-lib-fogline.mount",
      "storage/var-lib-kubelet.mount",
      "storage/var-lib-rancher.mount",
      "storage/var-log-pods.mount",
    ]);
  });

  it("give the folder of the agent's pod to its user, where there is such a pod", () => {
    expect(files["agent/folder.conf"]).toBeUndefined();
    const agents = (more = "") => fleetWith(`  one: { ${berry}, role: server }`, `  agent: { on: main, version: 0.1.0${more} }`);
    expect(lines(filesOf(agents(), "one")["agent/folder.conf"])).toEqual(["d /var/lib/fogline 0700 65532 65532 -"]);
    expect(lines(filesOf(agents(", user: 1000"), "one")["agent/folder.conf"])).toEqual(["d /var/lib/fogline 0700 1000 1000 -"]);
    const plan = yamlFile(agents(), "one", "install.yaml").files as { file: string; to: string; after: string }[];
    expect(plan.find(({ file }) => file === "agent/folder.conf")).toMatchObject({
      to: "/etc/tmpfiles.d/fogline-agent.conf",
      after: "create-tmpfiles",
    });
  });

  it("switch the memory controller on, on one line, and boot small pages only where that kernel exists", () => {
    expect(lines(files["boot/cmdline.txt"])).toEqual(["cgroup_memory=1 cgroup_enable=memory cgroup_enable=cpuset"]);
    expect(lines(files["boot/config-pages.txt"])).toEqual(["[all]", "kernel=kernel8.img"]);
    expect(lines(files["boot/config.txt"])).toEqual(["[all]", "arm_64bit=1", "dtparam=watchdog=on"]);
    const plan = yamlFile(fleet, "one", "install.yaml").files as { file: string; onlyIf?: string; how: string; after: string }[];
    expect(plan.filter(({ onlyIf }) => onlyIf !== undefined).map(({ file, onlyIf }) => [file, onlyIf])).toEqual([
      ["boot/config-pages.txt", "/boot/firmware/kernel8.img"],
    ]);
    expect(plan.find(({ file }) => file === "boot/cmdline.txt")).toMatchObject({ how: "words", after: "reboot" });
  });

  it("put what is written often on the SSD, whose absence keeps K3s from starting on the SD card", () => {
    expect(lines(files["storage/data.mount"])).toContain("What=/dev/disk/by-label/fogline-data");
    expect(lines(files["storage/var-lib-rancher.mount"])).toEqual([
      "[Unit]",
      "Description=/var/lib/rancher on the data disk",
      "RequiresMountsFor=/data",
      "[Mount]",
      "What=/data/rancher",
      "Where=/var/lib/rancher",
      "Type=none",
      "Options=bind",
      "[Install]",
      "WantedBy=multi-user.target",
    ]);
    expect(lines(files["storage/k3s-agent.service.d/fogline-data.conf"])).toEqual([
      "[Unit]",
      "RequiresMountsFor=/var/lib/rancher /var/lib/kubelet /var/log/pods",
    ]);
    expect(yamlFile(fleet, "one", "install.yaml")).toMatchObject({
      directories: ["/data/rancher", "/data/kubelet", "/data/pod-logs", "/data/fogline"],
      mountOptions: { "/": ["noatime"] },
      packages: ["logrotate", "nftables", "systemd-zram-generator"],
    });
  });

  it("spare the SD card: the journal in memory, no second copy of it, no swap file", () => {
    expect(lines(files["logs/journald.conf"])).toEqual([
      "[Journal]",
      "Storage=volatile",
      "RuntimeMaxUse=67108864",
      "RuntimeMaxFileSize=8388608",
      "Compress=yes",
      "RateLimitIntervalSec=30s",
      "RateLimitBurst=5000",
      "ForwardToSyslog=no",
    ]);
    const units = (yamlFile(fleet, "one", "install.yaml").disable as { unit: string }[]).map(({ unit }) => unit);
    expect(units).toContain("rsyslog.service");
    expect(units).toContain("dphys-swapfile.service");
    expect(lines(files["memory/zram-generator.conf"])).toEqual([
      "[zram0]",
      "zram-fraction=0.5",
      "max-zram-size=none",
      "compression-algorithm=lz4",
      "swap-priority=100",
    ]);
  });

  it("order requests to the card and to the SSD, and set what the kubelet insists on", () => {
    expect(lines(files["storage/60-fogline-disks.rules"]).map((line) => /KERNEL=="([^"]+)".*="([^"]+)"$/.exec(line)?.slice(1))).toEqual([
      ["mmcblk[0-9]", "mq-deadline"],
      ["sd[a-z]", "mq-deadline"],
    ]);
    const settings = lines(files["memory/90-fogline.conf"]);
    for (const setting of ["vm.overcommit_memory = 1", "kernel.panic = 10", "net.bridge.bridge-nf-call-iptables = 1", "vm.swappiness = 100"]) {
      expect(settings).toContain(setting);
    }
    expect(settings).toEqual(settings.toSorted());
  });
});

describe("the host files of other machines", () => {
  it("leave somebody's laptop alone, and change only what is stated", () => {
    expect(pathsOf("site: home, hardware: laptop")).toEqual(["install.yaml", "preflight.yaml"]);
    const stated = "site: home, hardware: laptop, host: { governor: performance, sysctl: { vm.swappiness: 20 } }";
    expect(pathsOf(stated)).toEqual(["install.yaml", "memory/90-fogline.conf", "power/governor.conf", "preflight.yaml"]);
    expect(fileOf(stated, "memory/90-fogline.conf")).toEqual(["vm.swappiness = 20"]);
  });

  it("are none for phones, for this machine's own cluster and for clusters that somebody else runs", () => {
    for (const fields of ["site: home, hardware: smartphone", "cluster: here, hardware: detected", "cluster: rented, hardware: server"]) {
      expect(pathsOf(fields), fields).toEqual([]);
    }
  });

  it("are those of a device without Kubernetes where its cluster has no server", () => {
    expect(pathsOf("cluster: main, hardware: pi-4-8").filter((path) => path.startsWith("k3s/"))).toEqual([]);
  });

  it("keep the camera's memory on a Pi 4 only where a workload opens a camera", () => {
    const pi = "cluster: main, role: server, hardware: pi-4-8";
    const camera = "  seen: { on: main, image: x.example/seen:1.0.0, devices: [/dev/video0] }";
    expect(fileOf(pi, "boot/config.txt").at(-1)).toBe("gpu_mem=16");
    expect(fileOf(pi, "boot/config.txt", camera).at(-1)).toBe("gpu_mem=128");
    expect(fileOf(pi, "boot/config.txt", camera.replace("on: main", "on: office")).at(-1)).toBe("gpu_mem=16");
  });

  it("put a swap file on the data disk, behind the compressed memory", () => {
    const swap = "cluster: main, role: server, hardware: pi-5-8, data: nvme, host: { swap: 2GiB }";
    expect(fileOf(swap, "storage/data-swapfile.swap")).toContain("What=/data/swapfile");
    expect(yamlFile(fleetWith(`  one: { ${swap} }`), "one", "install.yaml").swap).toEqual({ path: "/data/swapfile", bytes: 2 * 1024 ** 3 });
    expect(pathsOf("site: work, hardware: server, host: { swap: 2GiB }")).toContain("storage/swapfile.swap");
  });

  it("write less often to a medium that wears out, where data lies on it", () => {
    expect(fileOf("site: home, hardware: pi-5-8", "memory/90-fogline.conf")).toContain("vm.dirty_expire_centisecs = 6000");
    expect(fileOf("site: home, hardware: pi-5-8, data: nvme", "memory/90-fogline.conf").join()).not.toContain("dirty");
  });
});

describe("the host files of a fleet", () => {
  const provisioned = hardwareNames.filter((name) => hostFacts[name].provisioned);
  const boards: readonly HardwareName[] = provisioned.filter((name) => name !== "iot-sensor");

  /** Three nodes in a cluster, so that it has several with and without one of its agents, and some devices alone. */
  const devices = fc.record({
    nodes: fc.array(fc.constantFrom(...boards), { minLength: 3, maxLength: 6 }),
    alone: fc.array(fc.constantFrom(...provisioned), { maxLength: 4 }),
  });
  const written = ({ nodes, alone }: { nodes: readonly HardwareName[]; alone: readonly HardwareName[] }): string[] => [
    ...nodes.map((name, index) => `  node-${index}: { cluster: main, hardware: ${name}, role: ${index === 0 ? "server" : "agent"} }`),
    ...alone.map((name, index) => `  alone-${index}: { site: work, hardware: ${name} }`),
  ];

  it("lose one device's folder and nothing else when it goes", () => {
    fc.assert(
      fc.property(devices, fc.nat(), (drawn, choice) => {
        const all = written(drawn);
        // The server stays: without it there is no cluster that the others could join.
        const gone = 1 + (choice % (all.length - 1));
        const id = /^ {2}([\w-]+):/.exec(all[gone] ?? "")?.[1] ?? "";
        const before = hostFiles(fleetWith(all.join("\n")));
        const after = hostFiles(fleetWith(all.toSpliced(gone, 1).join("\n")));
        const others = [...before].filter(([path]) => !path.startsWith(`bootstrap/generated/${id}/`));
        expect(others.length).toBeLessThan(before.size);
        expect([...after]).toEqual(others);
      }),
      { numRuns: 100 },
    );
  });

  it("are the same text each time, sorted, and YAML where they say so; every file has one place on its machine", () => {
    fc.assert(
      fc.property(devices, (drawn) => {
        const text = written(drawn).join("\n");
        const files = hostFiles(fleetWith(text));
        expect([...hostFiles(fleetWith(text))]).toEqual([...files]);
        expect([...files.keys()]).toEqual([...files.keys()].toSorted());
        for (const [path, content] of files) {
          expect(content.endsWith("\n") && !content.includes("\r")).toBe(true);
          if (path.endsWith(".yaml")) expect(load(content), path).toBeTypeOf("object");
        }
        for (const [path, content] of files) {
          if (!path.endsWith("/install.yaml")) continue;
          const plan = (load(content) as { files: { file: string; to: string; how: string }[] }).files;
          const folder = path.slice(0, -"install.yaml".length);
          const here = [...files.keys()].filter((other) => other.startsWith(folder) && other !== path).map((other) => other.slice(folder.length));
          expect(plan.map(({ file }) => file).toSorted()).toEqual(here);
          const replaced = plan.filter(({ how }) => how === "copy").map(({ to }) => to);
          expect(new Set(replaced).size).toBe(replaced.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
