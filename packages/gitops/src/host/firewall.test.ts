import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { filesOf, fleetWith, yamlFile } from "../testing/hosts.ts";
import { meshFleet } from "../testing/mesh.ts";

const rulesOf = (devices: string, id: string): string => filesOf(fleetWith(devices), id)["firewall/fogline.nft"] ?? "";

const pis = `  pi-1: { cluster: main, role: server, hardware: pi-5-8, address: 10.7.1.1 }
  pi-2: { cluster: main, hardware: pi-5-8, address: 10.7.1.2 }`;

describe("the firewall of a device", () => {
  it("drops what nothing lets in, and is a table of its own that is replaced as a whole", () => {
    const text = rulesOf("  one: { site: home, hardware: pi-5-8 }", "one");
    expect(text).toMatch(/\ntable inet fogline\ndelete table inet fogline\ntable inet fogline \{\n/);
    expect(text).toContain("type filter hook input priority filter; policy drop;");
    expect(text).toContain("tcp dport 22 accept");
    expect(text).not.toContain("flush");
    expect(text).not.toMatch(/6443|10250|51820|chain forward/);
  });

  it("lets the nodes of a cluster in by their addresses: agents to the API server, servers to every kubelet", () => {
    expect(rulesOf(pis, "pi-1")).toContain("ip saddr { 10.7.1.2 } tcp dport { 10250, 6443, 5001 } accept");
    expect(rulesOf(pis, "pi-2")).toContain("ip saddr { 10.7.1.1 } tcp dport { 10250, 5001 } accept");
    expect(rulesOf(pis, "pi-2")).toContain("ip saddr { 10.7.1.1 } udp dport 8472 accept");
  });

  it("opens etcd to the other servers alone", () => {
    const servers = [1, 2, 3].map((n) => `  s-${n}: { cluster: main, role: server, hardware: pi-5-8, data: nvme, address: 10.7.1.${n} }`).join("\n");
    const agent = "  worker: { cluster: main, hardware: pi-5-8, address: 10.7.1.9 }";
    expect(rulesOf(`${servers}\n${agent}`, "s-1")).toContain("ip saddr { 10.7.1.2, 10.7.1.3 } tcp dport 2379-2380 accept");
    expect(rulesOf(`${servers}\n${agent}`, "worker")).not.toContain("2379");
  });

  it("takes any private address for a node whose own is not stated, and says so", () => {
    const text = rulesOf(pis.replace(", address: 10.7.1.2", ""), "pi-1");
    expect(text).toContain("ip saddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } udp dport 8472 accept");
    expect(text).toContain("not all have an address in the fleet file");
  });

  it("opens what the fleet file says, and stays away from a person's machine unless it is stated there", () => {
    const open = "host: { firewall: { open: [tcp/9100, udp/5000-5010] } }";
    const text = rulesOf(`  one: { site: home, hardware: pi-5-8, ${open} }`, "one");
    expect(text).toContain("\t\ttcp dport 9100 accept\n\t\tudp dport 5000-5010 accept\n");
    expect(rulesOf("  one: { site: home, hardware: laptop }", "one")).toBe("");
    expect(rulesOf(`  one: { site: home, hardware: laptop, ${open} }`, "one")).toContain("tcp dport 9100 accept");
    expect(rulesOf("  one: { site: home, hardware: pi-5-8, host: { firewall: { input: accept } } }", "one")).toContain("policy accept");
  });

  it("is loaded on trial, so that it is taken back when the device is not reached any more", () => {
    const plan = yamlFile(fleetWith(pis), "pi-1", "install.yaml").files as { file: string }[];
    expect(plan.find(({ file }) => file === "firewall/fogline.nft")).toMatchObject({
      how: "trial",
      after: "load-firewall",
      to: "/etc/fogline/firewall.nft",
    });
  });

  it("passes nothing on between the mesh and other networks", () => {
    const gate = "  gate: { site: work, hardware: server, endpoint: gate.demo.example }";
    const text = filesOf(meshFleet([gate]), "gate")["firewall/fogline.nft"] ?? "";
    expect(text).toContain("udp dport 51820 accept");
    expect(text).toContain('\t\tiifname "fogline" oifname != "fogline" drop\n\t\tiifname != "fogline" oifname "fogline" drop\n');
  });
});

/** The kernel's own reading of the rules, in a network of its own; needs nft and root. */
const canLoad = spawnSync("unshare", ["--net", "nft", "list", "ruleset"]).status === 0;

describe.skipIf(!canLoad)("nft", () => {
  const three = `${pis}\n  one: { site: home, hardware: pi-5-8, host: { firewall: { open: [tcp/9100, udp/5000-5010] } } }`;
  it.each(["pi-1", "pi-2", "one"])("loads the rules of %s, twice over, beside the tables of others", (id) => {
    const file = JSON.stringify(rulesOf(three, id));
    const script = `printf %b "$RULES" > /dev/shm/fogline-$$.nft
      nft add table ip filter
      nft -c -f /dev/shm/fogline-$$.nft && nft -f /dev/shm/fogline-$$.nft && nft list ruleset > /dev/shm/first-$$ && nft -f /dev/shm/fogline-$$.nft
      nft list ruleset | cmp - /dev/shm/first-$$ && nft list ruleset; status=$?
      rm /dev/shm/fogline-$$.nft /dev/shm/first-$$; exit $status`;
    const rules = JSON.parse(file) as string;
    const listed = execFileSync("unshare", ["--net", "sh", "-c", script], {
      encoding: "utf8",
      env: { ...process.env, RULES: rules.replaceAll("\\", "\\\\") },
    });
    expect(listed).toContain("table ip filter");
    expect(listed).toContain("policy drop;");
  });
});
