import { describe, expect, it } from "vitest";
import { fileIn, fleet, inWords, machine, service, written } from "../testing/hub-service.ts";
import { hindrances, obstacles, planInstall, planUninstall } from "./plan.ts";
import { type HubService, repositorySourceOf } from "./service.ts";

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
