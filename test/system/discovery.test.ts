import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BlankBoard, BoardLan, missingForBoards } from "./testing/boards.ts";
import { fogline } from "./testing/cli.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";

const missing = missingForBoards();
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

const pi5 = { model: "Raspberry Pi 5 Model B Rev 1.0", machine: "aarch64" } as const;
const boards: readonly BlankBoard[] = [
  { ...pi5, serial: "a000000000000001", mac: "2c:cf:67:00:00:01", memoryKibibytes: 8_245_040, address: "10.99.0.11" },
  { ...pi5, serial: "a000000000000002", mac: "2c:cf:67:00:00:02", memoryKibibytes: 8_245_040, address: "10.99.0.12" },
  { ...pi5, serial: "a000000000000004", mac: "2c:cf:67:00:00:04", memoryKibibytes: 4_051_232, address: "10.99.0.14" },
  // Two that say they are the same: a card was copied after its first boot, and its key was made anew.
  { ...pi5, serial: "d000000000000001", mac: "2c:cf:67:00:00:d1", memoryKibibytes: 8_245_040, address: "10.99.0.21" },
  { ...pi5, serial: "d000000000000001", mac: "2c:cf:67:00:00:d1", memoryKibibytes: 8_245_040, address: "10.99.0.22" },
];
/** A busy machine needs longer than a network does. */
const listen = "4";
const keysFile = "clusters/facts/known_hosts";
const fleetFile = "clusters/fleet.yaml";

describe.skipIf(missing !== undefined)(`boards that announce themselves through the real Avahi${note}`, () => {
  let repository: Repository;
  let lan: BoardLan;
  let fleet: string;

  beforeAll(async () => {
    repository = makeRepository();
    // Without a pattern for addresses, so that the boards' own are taken.
    repository.edit(
      fleetFile,
      "pi-[1-3]: { cluster: edge-pi, hardware: pi-5-8, data: usb-ssd, address: 10.7.1.* }",
      "pi-[1-3]: { cluster: edge-pi, hardware: pi-5-8, data: usb-ssd }",
    );
    fleet = readFileSync(join(repository.path, fleetFile), "utf8");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(repository.path, "operator")]);
    const image = fogline(["device", "image", "--unclaimed", "--site", "plant-7", "--ssh-key", "operator.pub"], {}, repository.path);
    expect(image).toMatchObject({ status: 0, stderr: "" });
    lan = await BoardLan.start(boards, readFileSync(join(repository.path, ".fogline/images/unclaimed-plant-7/user-data"), "utf8"));
    // Responders look first whether somebody else has their names.
    const heard = (): number => (run("device", "discover", "--seconds", listen, "--json").json() as { boards: unknown[] }).boards.length;
    for (let tries = 0; heard() < boards.length; tries++) if (tries > 20) throw new Error("not all boards are heard");
  }, 120_000);
  afterAll(async () => {
    await lan?.stop();
    repository?.remove();
  });
  beforeEach(() => {
    writeFileSync(join(repository.path, fleetFile), fleet);
    execFileSync("rm", ["-f", join(repository.path, keysFile)]);
  });

  const run = (...args: string[]) => lan.fogline(args, repository.path);
  const text = (path: string): string => readFileSync(join(repository.path, path), "utf8");
  const fleetIsAsBefore = () => text(fleetFile) === fleet;

  it("are listed with what they are, and with the proof that they started from a card of this machine", () => {
    const { boards: found, malformed } = run("device", "discover", "--seconds", listen, "--json").json() as {
      boards: readonly Record<string, unknown>[];
      malformed: number;
    };
    expect(malformed).toBe(0);
    expect(found.map(({ serial, proof, twice, device }) => ({ serial, proof, twice, device }))).toEqual([
      { serial: "a000000000000001", proof: "proved", twice: false, device: null },
      { serial: "a000000000000002", proof: "proved", twice: false, device: null },
      { serial: "a000000000000004", proof: "proved", twice: false, device: null },
      { serial: "d000000000000001", proof: "proved", twice: true, device: null },
      { serial: "d000000000000001", proof: "proved", twice: true, device: null },
    ]);
    expect(found[0]).toMatchObject({
      mac: "2c:cf:67:00:00:01",
      model: pi5.model,
      architecture: "arm64",
      address: "10.99.0.11",
      memoryBytes: Math.floor(8_245_040 / 1024) * 1024 ** 2,
      fingerprint: expect.stringMatching(/^SHA256:/),
    });
  });

  it("become a device: serial number, MAC and address in the fleet file with its comments, the host key where SSH looks for it", () => {
    const said = run("device", "claim", "2C:CF:67:00:00:01", "pi-2", "--seconds", listen);
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(said.stdout).toContain("fogline bootstrap pi-2");
    const device = (fogline(["fleet", "show", "--json"], {}, repository.path).json() as { fleet: { devices: { id: string }[] } }).fleet.devices;
    expect(device.find(({ id }) => id === "pi-2")).toMatchObject({ address: "10.99.0.11", mac: "2c:cf:67:00:00:01", serial: "a000000000000001" });
    for (const comment of fleet.match(/# .*/g) ?? []) expect(text(fleetFile)).toContain(comment);
    // What SSH itself finds by the name and by the address.
    for (const name of ["pi-2", "10.99.0.11"]) {
      const found = execFileSync("ssh-keygen", ["-l", "-F", name, "-f", join(repository.path, keysFile)], { encoding: "utf8" });
      expect(said.stdout).toContain(/SHA256:\S+/.exec(found)?.[0]);
    }
    expect(run("device", "discover", "--seconds", listen, "--json").json()).toMatchObject({
      boards: expect.arrayContaining([expect.objectContaining({ serial: "a000000000000001", device: "pi-2" })]),
    });
    expect(run("device", "claim", "a000000000000001", "pi-3", "--seconds", listen)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("FL4141"),
    });
  });

  it.each<[string, readonly string[], string]>([
    ["has less memory than its slot", ["a000000000000004", "pi-2"], "FL4142"],
    ["is a Pi in the slot of a Jetson", ["a000000000000001", "jetson-2", "--address", "board"], "FL4142"],
    ["has a slot whose address is another", ["a000000000000001", "jetson-2"], "FL4146"],
    ["shares its serial number with another", ["d000000000000001", "pi-2"], "FL4143"],
    ["does not answer", ["nobody", "pi-2"], "FL4140"],
    ["shall be a device that there is not", ["a000000000000001", "pi-9"], "FL4130"],
    [
      "shows another key than the one that was read at its screen",
      ["a000000000000001", "pi-2", "--fingerprint", `SHA256:${"A".repeat(43)}`],
      "FL4144",
    ],
  ])("are refused, and nothing is changed, where one %s", (_what, args, code) => {
    const said = run("device", "claim", ...args, "--seconds", listen);
    expect(said).toMatchObject({ status: 1, stderr: "", stdout: expect.stringContaining(code) });
    expect(fleetIsAsBefore()).toBe(true);
    expect(() => text(keysFile)).toThrow();
  });

  it("need the fingerprint of their screen where the card was made elsewhere, or long ago", () => {
    const elsewhere = run("--data", "elsewhere", "device", "claim", "a000000000000001", "pi-2", "--seconds", listen);
    expect(elsewhere).toMatchObject({ status: 1, stdout: expect.stringContaining("FL4144") });
    const file = join(repository.path, ".fogline/first-boot/invitations.json");
    const kept = readFileSync(file, "utf8");
    writeFileSync(file, kept.replace(/"untilMs":\d+/, '"untilMs":1'));
    const late = run("device", "claim", "a000000000000001", "pi-2", "--seconds", listen);
    writeFileSync(file, kept.replace(/"secret":"[0-9a-f]{2}/, '"secret":"00'));
    const forged = run("device", "claim", "a000000000000001", "pi-2", "--seconds", listen);
    writeFileSync(file, kept);
    expect(late).toMatchObject({ status: 1, stdout: expect.stringContaining("FL4145") });
    expect(forged).toMatchObject({ status: 1, stdout: expect.stringContaining("does not hold its secret") });
    expect(fleetIsAsBefore()).toBe(true);
    const [fingerprint = ""] = /SHA256:\S+/.exec(elsewhere.stdout) ?? [];
    const typed = run("--data", "elsewhere", "device", "claim", "a000000000000001", "pi-2", "--fingerprint", fingerprint, "--seconds", listen);
    expect(typed).toMatchObject({ status: 0 });
  });

  it("are claimed by a table, all of them or none, with every problem at its line", () => {
    writeFileSync(
      join(repository.path, "boards.csv"),
      "board,device\na000000000000001,pi-1\na000000000000004,pi-2\nnobody,pi-3\nd000000000000001,pi-7\n",
    );
    const refused = run("device", "claim", "--csv", "boards.csv", "--seconds", listen, "--json").json() as {
      findings: { code: string; place: { line: number } }[];
    };
    expect(refused.findings.map(({ code, place }) => `${place.line} ${code}`)).toEqual(["3 FL4142", "4 FL4140", "5 FL4143", "5 FL4130"]);
    expect(fleetIsAsBefore()).toBe(true);
    writeFileSync(join(repository.path, "boards.csv"), "device;board\npi-1;A000000000000001\npi-3;2c:cf:67:00:00:02\n".replace("A0", "a0"));
    expect(run("device", "claim", "--csv", "boards.csv", "--seconds", listen)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("claimed 2 boards"),
    });
    expect(text(keysFile).match(/^pi-\d,10\.99\.0\.1\d ssh-ed25519 /gm)).toEqual(["pi-1,10.99.0.11 ssh-ed25519 ", "pi-3,10.99.0.12 ssh-ed25519 "]);
  });
});
