import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeStep } from "./perform.ts";
import { hindrances, type Machine, obstacles, planInstall, planUninstall, type Step } from "./plan.ts";
import { type HubService, repositorySourceOf } from "./service.ts";

const service = (given: Partial<HubService> = {}): HubService => ({
  method: "systemd",
  repository: { kind: "folder", path: "/srv/acme" },
  user: "fogline",
  home: "/var/lib/fogline",
  exposure: {},
  port: 3_000,
  agentPort: 8_091,
  orchestratorPort: 8_080,
  memoryMaxBytes: 536_870_912,
  program: ["/usr/bin/node", "/usr/lib/node_modules/fogline/bin/fogline.js"],
  image: "registry.acme.example/fogline/hub:1.2.0",
  ...given,
});

/** A machine with these files; folders are there when a file below them is. */
const machine = (files: Record<string, string> = {}, given: Partial<Machine> = {}): Machine => ({
  ...{ isRoot: true, hasSystemd: true, hasCompose: true, users: new Set(["root"]) },
  exists: (path) => Object.keys(files).some((one) => one === path || one.startsWith(`${path}/`)),
  textOf: (path) => files[path],
  ...given,
});
const fleet = { "/srv/acme/clusters/fleet.yaml": "fleet: acme" };

const inWords = (steps: readonly Step[]) => steps.map(describeStep);
const fileIn = (steps: readonly Step[], path: string): string => {
  const step = steps.find((one) => one.kind === "writeFile" && one.path === path);
  if (step?.kind !== "writeFile") throw new Error(`the plan writes no ${path}`);
  return step.text;
};
const written = (steps: readonly Step[]): Record<string, string> =>
  Object.fromEntries(steps.flatMap((step) => (step.kind === "writeFile" ? [[step.path, step.text]] : [])));

describe("the plan of an installation", () => {
  it("makes user, folders, settings and unit, and starts the hub last", () => {
    expect(inWords(planInstall(service(), machine(fleet)))).toEqual([
      "make the system user fogline",
      "make the folder /var/lib/fogline (fogline, 700)",
      "write /var/lib/fogline/.gitconfig (644)",
      "make the folder /etc/fogline (root, 755)",
      "write /etc/fogline/hub.env (600)",
      "write /etc/systemd/system/fogline.service (644)",
      "run systemctl daemon-reload",
      "run systemctl enable fogline.service",
      "run systemctl restart fogline.service",
    ]);
  });

  it("clones a repository that is a URL, keeps it current, and shows no password", () => {
    const repository = { kind: "url", url: "https://ops:hunter2@git.example.org/fleet.git" } as const;
    expect(inWords(planInstall(service({ repository }), machine()))).toEqual(
      expect.arrayContaining([
        "clone https://ops:[hidden]@git.example.org/fleet.git to /var/lib/fogline/repository",
        "write /etc/systemd/system/fogline-repository.timer (644)",
        "run systemctl enable --now fogline-repository.timer",
      ]),
    );
  });

  it("leaves alone what is as it shall be, and says what it replaces", () => {
    const first = planInstall(service(), machine(fleet));
    const there = { ...fleet, ...written(first), "/var/lib/fogline/data/root.key": "k" };
    const users = new Set(["root", "fogline"]);
    expect(inWords(planInstall(service(), machine(there, { users }))).filter((step) => !step.startsWith("run"))).toEqual([]);
    expect(inWords(planInstall(service({ port: 4_000 }), machine(there, { users }))).filter((step) => !step.startsWith("run"))).toEqual([
      "replace /etc/fogline/hub.env (600), the one there becomes /etc/fogline/hub.env.before",
    ]);
  });

  it("lets git read the repository, whoever it belongs to", () => {
    expect(fileIn(planInstall(service(), machine(fleet)), "/var/lib/fogline/.gitconfig")).toContain('[safe]\n\tdirectory = "/srv/acme"\n');
  });

  it("has every setting in the environment file, and refuses a value that it cannot hold", () => {
    const exposure = { publicUrl: "https://fog.example.org", bind: "0.0.0.0", acme: "letsencrypt", acmeEmail: "ops@example.org" };
    expect(
      fileIn(planInstall(service({ exposure, port: 443 }), machine(fleet)), "/etc/fogline/hub.env")
        .split("\n")
        .slice(1),
    ).toEqual([
      "FOGLINE_PUBLIC_URL=https://fog.example.org",
      "FOGLINE_BIND=0.0.0.0",
      "FOGLINE_ACME=letsencrypt",
      "FOGLINE_ACME_EMAIL=ops@example.org",
      "FOGLINE_PORT=443",
      "FOGLINE_AGENT_PORT=8091",
      "FOGLINE_ORCHESTRATOR_PORT=8080",
      "HOME=/var/lib/fogline",
      "",
    ]);
    expect(() => planInstall(service({ exposure: { publicUrl: "https://fog\nFOGLINE_BIND=0.0.0.0" } }), machine(fleet))).toThrow("cannot hold");
  });
});

describe("the plan of a composed hub", () => {
  const exposure = { publicUrl: "https://fog.example.org", bind: "0.0.0.0", acme: "letsencrypt" };
  const steps = planInstall(service({ method: "compose", exposure, port: 443 }), machine(fleet));
  const { services, networks } = parse(fileIn(steps, "/etc/fogline/compose.yaml")) as {
    services: Record<string, Record<string, unknown>>;
    networks: unknown;
  };

  it("runs the fleet's image without rights, without a writable root, with limits and a probe", () => {
    expect(services.hub).toMatchObject({
      image: "registry.acme.example/fogline/hub:1.2.0",
      user: "65532:65532",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      mem_limit: "536870912b",
      restart: "unless-stopped",
      env_file: ["/etc/fogline/hub.env"],
      ulimits: { nofile: { soft: 65_536, hard: 65_536 } },
      healthcheck: { test: ["CMD", "node", "-e", expect.stringContaining('connect(3000,"127.0.0.1")')] },
      volumes: [
        { type: "bind", source: "/var/lib/fogline", target: "/var/lib/fogline" },
        { type: "bind", source: "/srv/acme", target: "/repository", read_only: true },
      ],
    });
    expect(services.hub?.cap_add).toBeUndefined();
    expect(networks).toMatchObject({ hub: { ipam: { config: [{ gateway: "172.30.91.1" }] } } });
  });

  it("publishes the chosen ports to ports that need no privilege inside", () => {
    expect(services.hub?.ports).toEqual(["443:3000", "8091:8091", "80:8000"]);
    const settings = fileIn(steps, "/etc/fogline/hub.env");
    for (const line of ["FOGLINE_PORT=3000", "FOGLINE_HTTP_PORT=8000", "FOGLINE_BIND=0.0.0.0"]) expect(settings).toContain(line);
  });

  it("lets git read the repository where the container has it", () => {
    expect(fileIn(steps, "/var/lib/fogline/.gitconfig")).toContain('directory = "/repository"');
  });

  it("trusts the proxy of this machine by the address that it has inside", () => {
    const proxied = planInstall(service({ method: "compose", exposure: { behindProxy: true, agentBind: "0.0.0.0" } }), machine(fleet));
    expect(fileIn(proxied, "/etc/fogline/hub.env")).toContain("FOGLINE_TRUSTED_PROXIES=172.30.91.1/32\n");
    const { services: composed } = parse(fileIn(proxied, "/etc/fogline/compose.yaml")) as { services: { hub: { ports: string[] } } };
    expect(composed.hub.ports).toEqual(["127.0.0.1:3000:3000", "8091:8091"]);
  });

  it("makes no user and no unit, and gives the folder to the user of the image", () => {
    expect(inWords(steps)).toEqual([
      "make the folder /var/lib/fogline (65532, 700)",
      "write /var/lib/fogline/.gitconfig (644)",
      "make the folder /etc/fogline (root, 755)",
      "write /etc/fogline/hub.env (600)",
      "write /etc/fogline/compose.yaml (644)",
      "run docker compose --file /etc/fogline/compose.yaml up --detach",
    ]);
  });
});

const loader = fileURLToPath(new URL("../../../../.cache/go/compose", import.meta.url));
const note = existsSync(loader) ? "" : " (skipped: no compose-go; `npm run go-programs` builds it)";

describe.skipIf(note !== "")(`the compose file, to Docker's own loader${note}`, () => {
  it("is without a fault, and a key that compose does not know would be one", () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-compose-"));
    const exposure = { publicUrl: "https://fog.example.org", bind: "0.0.0.0", acme: "letsencrypt" };
    const steps = planInstall(service({ method: "compose", exposure, port: 443 }), machine(fleet));
    const load = (text: string) => {
      writeFileSync(join(folder, "hub.env"), fileIn(steps, "/etc/fogline/hub.env"));
      writeFileSync(join(folder, "compose.yaml"), text.replace("/etc/fogline/hub.env", join(folder, "hub.env")));
      const { status, stderr } = spawnSync(loader, [join(folder, "compose.yaml")], { encoding: "utf8" });
      return { status, stderr };
    };
    const text = fileIn(steps, "/etc/fogline/compose.yaml");
    expect(load(text)).toEqual({ status: 0, stderr: "" });
    expect(load(text.replace("mem_limit", "memory_limit")).status).not.toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe("what stands in the way of an installation", () => {
  const messages = (given: Partial<HubService>, files: Record<string, string> = fleet) =>
    obstacles(service(given), machine(files)).map(({ message }) => message);

  it("is said all at once, with what to do", () => {
    expect(messages({})).toEqual([]);
    const findings = obstacles(
      service({
        repository: { kind: "folder", path: "/home/ann/fleet" },
        exposure: { tlsCertificate: "/etc/ssl/fog.pem", tlsKey: "/etc/ssl/fog.key" },
      }),
      machine(),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      "/home/ann/fleet has no clusters/fleet.yaml, so there is nothing to run",
      "there is no /etc/ssl/fog.pem",
      "there is no /etc/ssl/fog.key",
      "/home/ann/fleet lies in a home folder, which the service does not see",
    ]);
    for (const { code, remedy } of findings) expect([code, remedy]).toEqual(["FL4064", expect.any(String)]);
  });

  it("is a container that people would reach without TLS", () => {
    expect(messages({ method: "compose" })).toEqual(["in a container people come by a network, and there is neither a certificate nor a proxy"]);
    expect(messages({ method: "compose", exposure: { behindProxy: true } })).toEqual([]);
  });

  it("is a machine without systemd, without compose, or a user without rights", () => {
    const bare = machine(fleet, { isRoot: false, hasSystemd: false, hasCompose: false });
    expect(hindrances(service(), bare).map(({ message }) => message)).toEqual([
      "installing writes to /etc and makes a user, and this user may not",
      "no systemd runs here",
    ]);
    expect(hindrances(service({ method: "compose" }), machine(fleet, { hasCompose: false })).map(({ message }) => message)).toEqual([
      "there is no `docker compose` here",
    ]);
  });
});

describe("the plan of an uninstallation", () => {
  const there = { "/etc/systemd/system/fogline.service": "u", "/etc/fogline/hub.env": "e", "/var/lib/fogline/data/root.key": "k" };
  const users = new Set(["fogline"]);
  const plan = (purge: boolean) => inWords(planUninstall({ user: "fogline", home: "/var/lib/fogline" }, purge, machine(there, { users })));

  it("keeps data, settings and user", () => {
    expect(plan(false)).toEqual([
      "run systemctl disable --now fogline.service",
      "remove /etc/systemd/system/fogline.service",
      "run systemctl daemon-reload",
    ]);
  });

  it("removes them with --purge, after the service", () => {
    expect(plan(true).slice(3)).toEqual(["remove /etc/fogline", "remove /var/lib/fogline", "remove the system user fogline"]);
  });

  it("is empty where nothing is installed", () => {
    expect(planUninstall({ user: "fogline", home: "/var/lib/fogline" }, true, machine())).toEqual([]);
  });
});

describe("the repository of a fleet", () => {
  it("is a URL where it names a scheme or a host, else a folder", () => {
    const kind = (named: string) => repositorySourceOf(named, (path) => `/here/${path}`);
    for (const url of ["https://git.example.org/fleet.git", "ssh://git@example.org/fleet", "git@example.org:acme/fleet.git", "file:///srv/fleet"]) {
      expect(kind(url)).toEqual({ kind: "url", url });
    }
    expect(kind("fleet")).toEqual({ kind: "folder", path: "/here/fleet" });
  });
});
