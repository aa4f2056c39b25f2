import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listEnrolments, listNodes } from "@fogline/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/root.ts";
import { fogline as run } from "./testing/cli.ts";
import { eventually } from "./testing/eventually.ts";
import { type HubProcess, makeDataFolder, removeDataFolder, startHubProcess } from "./testing/hub.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

// Images as they are made, and what the programs that read them say: cloud-init, netplan, OpenSSH, systemd.

const installed = (program: string): boolean => spawnSync("which", [program]).status === 0;
const note = (program: string, name = program): string => (installed(program) ? "" : ` (skipped: apt-get install ${name})`);
const cloudInit = process.env.FOGLINE_CLOUD_INIT ?? "cloud-init";

const keysFile = "clusters/facts/known_hosts";
const fleetFile = "clusters/fleet.yaml";
let repository: Repository;
let elsewhere: string;

const prepare = (): void => {
  repository = makeRepository();
  elsewhere = mkdtempSync(join(tmpdir(), "fogline-image-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f", join(elsewhere, "operator")]);
  const key = readFileSync(join(elsewhere, "operator.pub"), "utf8").trim();
  const networks =
    "networks: { 10.7.0.0/24: { gateway: 10.7.0.254 }, 10.7.1.0/24: { gateway: 10.7.1.254 } }, timeServers: [ntp.acme.example], timeZone: Europe/Berlin";
  repository.edit(fleetFile, "residency: eu }\n", `residency: eu, ${networks} }\n`);
  repository.edit(fleetFile, /^rings:/m, `access: { keys: ["${key}"] }\nrings:`);
};
const tidy = (): void => {
  repository?.remove();
  rmSync(elsewhere, { recursive: true, force: true });
};
const fogline = (...args: string[]) => run(args, {}, repository.path);
const text = (path: string): string => readFileSync(join(repository.path, path), "utf8");

/** The boot partition of a card onto which Raspberry Pi OS was just written. */
const blankCard = (name: string): string => {
  const card = join(elsewhere, name);
  mkdirSync(card);
  const files = {
    "cmdline.txt": "console=tty1 root=PARTUUID=1 rootwait cgroup_enable=memory\n",
    "config.txt": "[all]\n",
    "meta-data": "dsmode: local\ninstance_id: rpios-image\n",
    "user-data": "#cloud-config\nssh_pwauth: false\n",
    "network-config": "network: { version: 2 }\n",
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(join(card, file), content);
  return card;
};
const userDataOf = (folder: string) =>
  parse(readFileSync(join(folder, "user-data"), "utf8")) as {
    ssh_keys: { ed25519_private: string; ed25519_public: string };
    write_files: { path: string; content: string }[];
  };

describe("an image of a device", () => {
  beforeEach(prepare);
  afterEach(tidy);

  it("goes onto the boot partition of a fresh card, with the words that its kernel needs, each once", () => {
    const card = blankCard("bootfs");
    const said = fogline("device", "image", "pi-1", "--to", card, "--without-token");
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(join(card, "cmdline.txt"), "utf8")).toBe(
      "console=tty1 root=PARTUUID=1 rootwait cgroup_enable=memory cgroup_memory=1 cgroup_enable=cpuset\n",
    );
    expect(readFileSync(join(card, "config.txt"), "utf8")).toBe("[all]\n");
    expect(parse(readFileSync(join(card, "network-config"), "utf8"))).toMatchObject({
      network: { ethernets: { wired: { addresses: ["10.7.1.1/24"] } } },
    });
  });

  it("has a host key whose public half SSH finds by the device's name and address, and whose private half is nowhere else", () => {
    const said = fogline("device", "image", "pi-1", "--without-token", "--json");
    const folder = join(repository.path, ".fogline/images/pi-1");
    const { ed25519_private: own, ed25519_public: shown } = userDataOf(folder).ssh_keys;
    writeFileSync(join(elsewhere, "host"), own, { mode: 0o600 });
    expect(execFileSync("ssh-keygen", ["-y", "-f", join(elsewhere, "host")], { encoding: "utf8" }).trim()).toBe(shown);
    for (const name of ["pi-1", "10.7.1.1"]) {
      const found = spawnSync("ssh-keygen", ["-F", name, "-f", join(repository.path, keysFile)], { encoding: "utf8" });
      expect(found.stdout).toContain(shown);
    }
    const [, body = ""] = own.split("\n");
    expect(said.stdout + said.stderr + text(keysFile)).not.toContain(body);
    expect(readdirSync(folder).filter((name) => readFileSync(join(folder, name), "utf8").includes(body))).toEqual(["user-data"]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "user-data")).mode & 0o777).toBe(0o600);
  });

  it("is not written over another, and with --force keeps the host key by which the device is known", () => {
    const card = blankCard("bootfs");
    fogline("device", "image", "pi-1", "--to", card, "--without-token");
    const before = userDataOf(card).ssh_keys;
    const meta = readFileSync(join(card, "meta-data"), "utf8");
    expect(fogline("device", "image", "pi-1", "--to", card, "--without-token")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("FL4134"),
    });
    expect(fogline("device", "image", "pi-2", "--to", card, "--without-token", "--force")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("FL4133"),
    });
    expect(readFileSync(join(card, "meta-data"), "utf8")).toBe(meta);
    expect(fogline("device", "image", "pi-1", "--to", card, "--without-token", "--force")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("as before"),
    });
    expect(userDataOf(card).ssh_keys).toEqual(before);
    expect(readFileSync(join(card, "meta-data"), "utf8")).not.toBe(meta);
  });

  it("is refused, before anything is written, for a place, a network or a key that does not fit", () => {
    mkdirSync(join(elsewhere, "empty"));
    writeFileSync(join(elsewhere, "notes"), "x\n");
    writeFileSync(join(elsewhere, "open"), "ssid: hall\npassword: correct horse\ncountry: DE\n", { mode: 0o644 });
    writeFileSync(join(elsewhere, "short"), "ssid: hall\npassword: hunter2\ncountry: DE\n", { mode: 0o600 });
    chmodSync(join(elsewhere, "short"), 0o600);
    const card = blankCard("bootfs");
    const edited = blankCard("edited");
    writeFileSync(join(edited, "meta-data"), "instance-id: rpi-imager-1764167000\n");
    const cases: [string[], number, string][] = [
      [["pi-1", "--to", join(elsewhere, "empty")], 1, "FL4133"],
      [["jetson-1", "--to", card], 1, "FL4133"],
      [["pi-1", "--to", edited], 1, "FL4134"],
      [["pi-9"], 1, "FL4130"],
      [["gate-phone"], 1, "FL4130"],
      [["pi-1", "--ssh-key", join(elsewhere, "notes")], 3, "FL4131"],
      [["pi-1", "--ssh-key", join(elsewhere, "operator")], 3, "FL4131"],
      [["pi-1", "--wifi", join(elsewhere, "open")], 3, "FL4136"],
      [["pi-1", "--wifi", join(elsewhere, "short")], 3, "FL4136"],
      [["jetson-1", "--seed-iso", join(elsewhere, "x.iso")], 1, "FL4133"],
      [["pi-1", "--csv", "x.csv"], 2, "name one of"],
      [["pi-1", "--for", "9d"], 2, "1m to 7d"],
    ];
    for (const [args, status, code] of cases) {
      const said = fogline("device", "image", ...args, ...(args.includes("--for") ? [] : ["--without-token"]));
      expect({ args, status: said.status, said: said.stdout + said.stderr }).toMatchObject({ args, status, said: expect.stringContaining(code) });
      expect(said.stdout + said.stderr).not.toMatch(/hunter2|correct horse/);
    }
    expect(existsSync(join(repository.path, ".fogline"))).toBe(false);
    expect(existsSync(join(repository.path, keysFile))).toBe(false);
    expect(readFileSync(join(card, "user-data"), "utf8")).toBe("#cloud-config\nssh_pwauth: false\n");
  });

  it("is not made where the hub gives no token", () => {
    expect(fogline("--url", "http://127.0.0.1:9", "device", "image", "pi-1")).toMatchObject({ status: 3 });
    expect(existsSync(join(repository.path, ".fogline/images"))).toBe(false);
    expect(existsSync(join(repository.path, keysFile))).toBe(false);
  });
});

describe("images for a table of boards", () => {
  beforeEach(prepare);
  afterEach(tidy);

  it("are one folder each, and serial numbers and MAC addresses go into the fleet file", () => {
    const ids = ["pi-1", "pi-2", "pi-3", "jetson-1"];
    const rows = ids.map((id, index) => `${id},serial-${index},02:00:00:00:00:0${index}`);
    writeFileSync(join(repository.path, "boards.csv"), `device,serial,mac\n${rows.join("\n")}\n`);
    const before = text(fleetFile);
    const said = fogline("device", "image", "--csv", "boards.csv", "--to", "cards", "--without-token");
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(join(repository.path, "cards"))).toEqual(ids.toSorted());
    expect(text("cards/pi-2/network-config")).toContain("macaddress: '02:00:00:00:00:01'");
    expect(new Set(ids.slice(0, 3).map((id) => userDataOf(join(repository.path, "cards", id)).ssh_keys.ed25519_public)).size).toBe(3);
    expect(text(keysFile).match(/^[a-z]+-\d,/gm)).toEqual(["jetson-1,", "pi-1,", "pi-2,", "pi-3,"]);
    for (const comment of before.match(/# .*/g) ?? []) expect(text(fleetFile)).toContain(comment);
    expect(text(fleetFile)).toContain("pi-2: { mac: 02:00:00:00:00:01, serial: serial-1 }");
    for (const id of ids) expect(said.stdout).toMatch(new RegExp(`^ *${id} .*SHA256:\\S+ +none +\\S*cards/${id}$`, "m"));
  });

  it("are all of them or none, with every problem at its line", () => {
    const before = text(fleetFile);
    writeFileSync(
      join(repository.path, "boards.csv"),
      "device,serial,mac\npi-1,s-1,02:00:00:00:00:01\npi-9,s-2,\npi-2,,no-mac\npi-3,s-1,\ngate-phone,,\n",
    );
    const { findings } = fogline("device", "image", "--csv", "boards.csv", "--without-token", "--json").json() as {
      findings: { code: string; place: { line: number } }[];
    };
    expect(findings.map(({ code, place }) => `${place.line} ${code}`)).toEqual(["3 FL4130", "4 FL1022", "5 FL1046"]);
    writeFileSync(join(repository.path, "boards.csv"), "device\npi-1\ngate-phone\n");
    expect(fogline("device", "image", "--csv", "boards.csv", "--without-token")).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/boards\.csv:3[\s\S]*nothing is changed: 1 problem/),
    });
    expect(text(fleetFile)).toBe(before);
    expect(existsSync(join(repository.path, ".fogline"))).toBe(false);
  });
});

describe("what reads an image", () => {
  beforeAll(() => {
    prepare();
    writeFileSync(join(elsewhere, "wifi"), 'ssid: "hall: 7 #2"\npassword: "pass: {word} #1"\ncountry: DE\n', { mode: 0o600 });
    for (const args of [["pi-1"], ["pi-2", "--wifi", join(elsewhere, "wifi")], ["jetson-1"], ["--unclaimed", "--site", "plant-7"]])
      expect(fogline("device", "image", ...args, ...(args.includes("--unclaimed") ? [] : ["--without-token"]))).toMatchObject({
        status: 0,
        stderr: "",
      });
  });
  afterAll(tidy);
  const image = (id: string, file: string): string => join(repository.path, ".fogline/images", id, file);

  it.skipIf(!installed(cloudInit))(`is cloud-init, which finds nothing wrong in user-data${note(cloudInit, "cloud-init")}`, () => {
    for (const id of ["pi-1", "pi-2", "unclaimed-plant-7"]) {
      const { status, stdout, stderr } = spawnSync(cloudInit, ["schema", "--config-file", image(id, "user-data")], { encoding: "utf8" });
      expect({ status, said: stdout + stderr }).toMatchObject({ status: 0, said: expect.stringMatching(/^Valid /) });
    }
    // It would say so: a key of another module, and a value of the wrong kind.
    writeFileSync(join(elsewhere, "wrong"), readFileSync(image("pi-1", "user-data"), "utf8").replace("lock_passwd: true", "lock_passwd: [1]"));
    expect(spawnSync(cloudInit, ["schema", "--config-file", join(elsewhere, "wrong")]).status).toBe(1);
  });

  const netplan = ["/usr/libexec/netplan/generate", "/usr/lib/netplan/generate"].find((path) => existsSync(path));
  it.skipIf(netplan === undefined)(
    `is netplan, which makes the address and the radio of it${netplan === undefined ? " (skipped: apt-get install netplan.io)" : ""}`,
    () => {
      for (const [id, file, expected] of [
        ["pi-1", "run/systemd/network/10-netplan-wired.network", "Address=10.7.1.1/24"],
        ["pi-2", "run/netplan/wpa-wlan0.conf", 'psk="pass: {word} #1"'],
        ["pi-2", "run/systemd/network/10-netplan-wlan0.network", "Gateway=10.7.1.254"],
        ["unclaimed-plant-7", "run/systemd/network/10-netplan-wired.network", "DHCP=ipv4"],
      ] as const) {
        const machine = mkdtempSync(join(elsewhere, "machine-"));
        mkdirSync(join(machine, "etc/netplan"), { recursive: true });
        writeFileSync(join(machine, "etc/netplan/50-cloud-init.yaml"), readFileSync(image(id, "network-config")), { mode: 0o600 });
        execFileSync(netplan ?? "", ["--root-dir", machine]);
        expect(readFileSync(join(machine, file), "utf8")).toContain(expected);
      }
    },
  );

  it("is a shell and systemd on a Jetson", () => {
    const rootfs = image("jetson-1", "rootfs");
    execFileSync("sh", ["-n", join(rootfs, "usr/local/lib/fogline/first-boot")]);
    const modes = [
      "etc/ssh/ssh_host_ed25519_key",
      "etc/NetworkManager/system-connections/fogline.nmconnection",
      "etc/ssh",
      "etc",
      "usr/local/lib/fogline/first-boot",
    ];
    expect(modes.map((path) => (statSync(join(rootfs, path)).mode & 0o777).toString(8))).toEqual(["600", "600", "755", "755", "755"]);
    if (!installed("systemd-analyze")) return;
    // The targets that it names are the system's own.
    const units = join(rootfs, "usr/lib/systemd/system");
    mkdirSync(units, { recursive: true });
    for (const target of ["basic", "sysinit", "local-fs", "multi-user", "shutdown"])
      cpSync(`/lib/systemd/system/${target}.target`, join(units, `${target}.target`));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", `--root=${rootfs}`, "fogline-first-boot.service"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.not.stringContaining("fogline-first-boot") });
  });

  it.skipIf(!installed("xorriso"))(`is a medium named cidata, which xorriso writes${note("xorriso")}`, () => {
    const iso = join(elsewhere, "pi-3.iso");
    expect(fogline("device", "image", "pi-3", "--without-token", "--seed-iso", iso)).toMatchObject({ status: 0 });
    expect(statSync(iso).mode & 0o777).toBe(0o600);
    const read = (path: string): string => {
      rmSync(join(elsewhere, "read"), { force: true });
      execFileSync("xorriso", ["-osirrox", "on", "-indev", iso, "-extract", path, join(elsewhere, "read")], { stdio: "ignore" });
      return readFileSync(join(elsewhere, "read"), "utf8");
    };
    expect(spawnSync("xorriso", ["-indev", iso, "-pvd_info"], { encoding: "utf8" }).stdout).toMatch(/Volume Id *: *cidata/);
    expect(read("/meta-data")).toMatch(/^instance-id: fogline\.pi-3\./);
    expect(read("/user-data")).toContain("BEGIN OPENSSH PRIVATE KEY");
    expect(fogline("device", "image", "pi-3", "--without-token", "--seed-iso", iso)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("FL4134"),
    });
  });
});

describe("the token of an image", () => {
  let hub: HubProcess;
  const dataFolder = makeDataFolder();
  const deviceFolder = makeDataFolder();
  beforeAll(async () => {
    prepare();
    repository.edit(fleetFile, /^devices:\n/m, "devices:\n  bench-board: { site: plant-7, hardware: detected }\n");
    repository.render();
    repository.commit("a slot for a board");
    hub = await startHubProcess({ repository: repository.path, dataFolder });
  });
  afterAll(async () => {
    await hub?.end();
    tidy();
    removeDataFolder(dataFolder);
    removeDataFolder(deviceFolder);
  });

  it("is the hub's, for as long as was asked, is told to nobody, and lets the device in", async () => {
    const before = Date.now();
    const said = fogline("--data", dataFolder, "device", "image", "bench-board", "--for", "2d", "--json");
    expect(said).toMatchObject({ status: 0, stderr: "" });
    const file = userDataOf(join(dataFolder, "images/bench-board")).write_files.find(({ path }) => path.endsWith(".token"));
    const token = file?.content.trim() ?? "";
    expect(token).toMatch(/^fle_/);
    expect(said.stdout).not.toContain(token);
    const { enrolments } = await hub.client.call(listEnrolments, {});
    const made = enrolments.find(({ node, usedAtMs }) => node === "bench-board" && usedAtMs === null);
    expect(said.json()).toMatchObject({ images: [{ device: "bench-board", tokenUntilMs: made?.expiresAtMs }] });
    expect((made?.expiresAtMs ?? 0) - (made?.createdAtMs ?? 0)).toBe(2 * 24 * 3_600_000);
    expect(made?.createdAtMs).toBeGreaterThanOrEqual(before - 1);
    // As the board's service does it: by a file.
    const tokenFile = join(elsewhere, "token");
    writeFileSync(tokenFile, file?.content ?? "", { mode: 0o600 });
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, FOGLINE_AGENT_ENROLMENT_TOKEN_FILE: tokenFile };
    const agent = spawn(process.execPath, [join(root, "packages/cli/src/main.ts"), "agent", "--data", deviceFolder], { stdio: "ignore", env });
    try {
      await eventually("bench-board is online", async () =>
        (await hub.client.call(listNodes, {})).nodes.find(({ id, status }) => id === "bench-board" && status === "online"),
      );
    } finally {
      agent.kill("SIGKILL");
    }
  });
});
