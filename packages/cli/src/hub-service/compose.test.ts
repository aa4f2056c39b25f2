import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fileIn, fleet, inWords, machine, service } from "../testing/hub-service.ts";
import { planInstall } from "./plan.ts";

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

const program = fileURLToPath(new URL("../../../../.cache/tools/docker-compose", import.meta.url));
const note = existsSync(program) ? "" : " (skipped: no Docker Compose; `npm run tools` builds it)";

describe.skipIf(note !== "")(`the compose file, to Docker Compose itself${note}`, () => {
  it("is without a fault, and a key that compose does not know would be one", () => {
    const folder = mkdtempSync(join(tmpdir(), "fogline-compose-"));
    const exposure = { publicUrl: "https://fog.example.org", bind: "0.0.0.0", acme: "letsencrypt" };
    const steps = planInstall(service({ method: "compose", exposure, port: 443 }), machine(fleet));
    const load = (text: string) => {
      writeFileSync(join(folder, "hub.env"), fileIn(steps, "/etc/fogline/hub.env"));
      writeFileSync(join(folder, "compose.yaml"), text.replace("/etc/fogline/hub.env", join(folder, "hub.env")));
      const { status, stderr } = spawnSync(program, ["--file", join(folder, "compose.yaml"), "config", "--quiet"], { encoding: "utf8" });
      return { status, stderr };
    };
    const text = fileIn(steps, "/etc/fogline/compose.yaml");
    expect(load(text)).toEqual({ status: 0, stderr: "" });
    expect(load(text.replace("mem_limit", "memory_limit")).status).not.toBe(0);
    rmSync(folder, { recursive: true });
  });
});
