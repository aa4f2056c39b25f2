import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { firstBootFindings } from "./check.ts";
import { imagedDevice } from "./inputs.ts";
import { commandLineWords, firstBootFiles, withWords } from "./plan.ts";
import { deviceOf, inputsOf, operatorKey, sampleFleet } from "./samples.ts";

type Tree = Record<string, unknown>;
const textOf = (id: string, path: string, given: Parameters<typeof inputsOf>[1] = {}): string => {
  const file = firstBootFiles(inputsOf(id, given)).find((one) => one.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.text;
};
const yamlOf = (id: string, path: string, given: Parameters<typeof inputsOf>[1] = {}): Tree => load(textOf(id, path, given)) as Tree;

describe("what cloud-init is told", () => {
  it("lets the operators in by their keys and nobody by a password", () => {
    expect(yamlOf("pi-1", "user-data")).toMatchObject({
      hostname: "pi-1",
      timezone: "Europe/Lisbon",
      ntp: { servers: ["ntp.orchard.example"] },
      users: [{ name: "keeper", lock_passwd: true, ssh_authorized_keys: [operatorKey], sudo: "ALL=(ALL) NOPASSWD:ALL" }],
      disable_root: true,
      ssh_pwauth: false,
      package_update: false,
      package_upgrade: false,
    });
    expect(textOf("pi-1", "user-data").startsWith("#cloud-config\n")).toBe(true);
  });

  it("brings the host key that was made before, so that the image's own are gone", () => {
    const { ssh_keys: keys, ssh_deletekeys: deleted } = yamlOf("pi-1", "user-data");
    expect(keys).toEqual({ ed25519_private: inputsOf("pi-1").hostKey.privateKey, ed25519_public: "ssh-ed25519 AAAAHOST" });
    expect(deleted).toBe(true);
    expect(textOf("pi-1", "meta-data")).not.toContain("PRIVATE");
  });

  it("has the token in a file that root alone reads, and no such file without a token", () => {
    expect(yamlOf("pi-1", "user-data", { token: "fle_abc" }).write_files).toEqual([
      expect.objectContaining({ path: "/etc/hosts", append: true }),
      { path: "/etc/fogline/enrolment.token", owner: "root:root", permissions: "0600", content: "fle_abc\n" },
    ]);
    expect(JSON.stringify(yamlOf("pi-1", "user-data").write_files)).not.toContain("token");
  });

  it("keeps Raspberry Pi OS from making other host keys, and leaves that out on other machines", () => {
    expect(JSON.stringify(yamlOf("pi-1", "user-data").bootcmd)).toContain("regenerate_ssh_host_keys");
    expect(yamlOf("box", "user-data")).not.toHaveProperty("bootcmd");
  });

  it("is known again by its meta-data", () => {
    expect(imagedDevice(textOf("pi-1", "meta-data"))).toBe("pi-1");
    for (const text of ["instance_id: rpios-image\n", "instance-id: i-0123\n", "", "instance-id: fogline.pi-1\n"])
      expect(imagedDevice(text)).toBeUndefined();
  });
});

describe("the network of a machine", () => {
  const ofNetwork = (id: string, given: Parameters<typeof inputsOf>[1] = {}) => yamlOf(id, "network-config", given).network as Tree;

  it("is the stated address with the prefix, gateway and name servers of its network", () => {
    expect(ofNetwork("pi-1")).toEqual({
      version: 2,
      ethernets: {
        wired: {
          match: { name: "e*" },
          dhcp4: false,
          addresses: ["10.9.1.4/23"],
          routes: [{ to: "0.0.0.0/0", via: "10.9.0.254" }],
          nameservers: { addresses: ["10.9.0.253"] },
        },
      },
    });
  });

  it("is DHCP on the card of the stated MAC address, a text though its parts are numbers", () => {
    expect(ofNetwork("box")).toEqual({ version: 2, ethernets: { wired: { match: { macaddress: "12:34:56:10:20:30" }, dhcp4: true } } });
    expect(textOf("box", "network-config")).toContain("'12:34:56:10:20:30'");
  });

  it("is the radio's where there is one, and then the cable is not waited for", () => {
    const wifi = { ssid: "hall: 7 #2", password: "correct horse", country: "PT" };
    expect(ofNetwork("pi-1", { wifi })).toMatchObject({
      ethernets: { wired: { dhcp4: true, optional: true } },
      wifis: { wlan0: { addresses: ["10.9.1.4/23"], "regulatory-domain": "PT", "access-points": { "hall: 7 #2": { password: "correct horse" } } } },
    });
    expect(JSON.stringify(yamlOf("pi-1", "user-data", { wifi }).runcmd)).toContain("network-config");
  });
});

describe("what a Jetson is flashed with", () => {
  it("is an overlay with the address, the key and the token, each with its mode", () => {
    const files = new Map(firstBootFiles(inputsOf("eye", { token: "fle_abc" })).map((file) => [file.path, file]));
    expect(files.get("rootfs/etc/ssh/ssh_host_ed25519_key")).toMatchObject({ mode: "0600" });
    expect(files.get("rootfs/etc/fogline/enrolment.token")).toMatchObject({ mode: "0600", text: "fle_abc\n" });
    expect(files.get("rootfs/etc/sudoers.d/90-fogline")).toMatchObject({ text: "keeper ALL=(ALL) NOPASSWD:ALL\n" });
    const connection = files.get("rootfs/etc/NetworkManager/system-connections/fogline.nmconnection");
    expect(connection).toMatchObject({ mode: "0600" });
    // A network without a gateway has a way to itself alone.
    expect(connection?.text).toContain("\n[ipv4]\nmethod=manual\naddress1=10.9.9.7/24\n\n");
    expect(connection?.text).toContain("mac-address=48:B0:2D:00:00:07");
  });

  it("is the configuration that has the power that the fleet wants", () => {
    const command = (watts: string): string => {
      const fleet = sampleFleet(
        `  cam: { site: farm, hardware: jetson-orin-nx-16, power: ${watts} }\n  big: { site: farm, hardware: jetson-agx-orin-64 }\n`,
      );
      return textOf("cam", "README.md", { fleet });
    };
    expect(command("25W")).toContain("--network usb0 jetson-orin-nano-devkit internal");
    expect(command("40W")).toContain("--network usb0 jetson-orin-nano-devkit-super internal");
    const fleet = sampleFleet("  big: { site: farm, hardware: jetson-agx-orin-64 }\n");
    expect(textOf("big", "README.md", { fleet })).toContain("sudo ./flash.sh jetson-agx-orin-devkit internal");
  });
});

describe("what speaks against an image", () => {
  const codesOf = (id: string, request: Partial<Parameters<typeof firstBootFindings>[2]> = {}, extra = "") => {
    const fleet = sampleFleet(extra);
    return firstBootFindings(fleet, deviceOf(fleet, id), { keys: [operatorKey], wifi: false, ...request }).map(({ code }) => code);
  };

  it("is nothing where the fleet says all that is needed", () => {
    expect(["pi-1", "eye", "box"].flatMap((id) => codesOf(id))).toEqual([]);
  });

  it("is said all at once", () => {
    expect(codesOf("pc", { keys: [] }, "  pc: { site: farm, hardware: desktop, address: 10.9.0.5 }\n")).toEqual(["FL4131", "FL4132"]);
    expect(codesOf("eye", { wifi: true })).toEqual(["FL4132"]);
    expect(codesOf("tablet")).toEqual(["FL4130"]);
  });
});

describe("the kernel's command line of a Pi", () => {
  it("needs the words of its rendered host files, and other machines none", () => {
    const fleet = sampleFleet();
    expect(commandLineWords(fleet, deviceOf(fleet, "pi-1"))).toEqual(["cgroup_memory=1", "cgroup_enable=memory", "cgroup_enable=cpuset"]);
    expect(commandLineWords(fleet, deviceOf(fleet, "box"))).toEqual([]);
  });

  it("stays one line, keeps every word, gets each that it lacks once, and is not changed again", () => {
    const word = fc.stringMatching(/^[a-z_.]{1,8}(=[a-z0-9/,]{1,8})?$/);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.uniqueArray(word, { maxLength: 4 }), (line, words) => {
        const after = withWords(`${line.join(" ")}\n`, words);
        const has = after.trimEnd().split(" ");
        expect(after.trimEnd()).not.toContain("\n");
        expect(has.slice(0, line.length).filter((one) => one !== "")).toEqual(line);
        for (const one of words) expect(has.filter((each) => each === one).length).toBeGreaterThanOrEqual(1);
        expect(withWords(after, words)).toBe(after);
      }),
    );
  });
});
