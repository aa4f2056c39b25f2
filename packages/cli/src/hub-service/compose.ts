import { stringify } from "yaml";
import { type HubService, pathsOf, plainPortOf } from "./service.ts";
import { openFilesMax } from "./units.ts";

/** The user that every container of ours runs as: `nonroot` of the distroless images. */
export const containerUser = 65_532;
/** The network of the composed hub: fixed, so that the address is known from which a proxy on this machine comes. */
export const composeGateway = "172.30.91.1";
const composeSubnet = "172.30.91.0/29";

/** Ports inside of the container, where none is privileged. */
export const containerPorts = { people: 3_000, agents: 8_091, orchestrator: 8_080, plain: 8_000 } as const;
const pidsMax = 512;
const loopback = "127.0.0.1";
/** Addresses that mean every one of the machine, which is what compose publishes on unless told otherwise. */
const everywhere: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Whether somebody answers on the people's port; the image has Node and no shell. */
const probe = `require("node:net").connect(${containerPorts.people},"127.0.0.1").on("connect",()=>process.exit(0)).on("error",()=>process.exit(1))`;

/** `compose.yaml` of the hub. */
export const composeFile = (service: HubService): string => {
  const { data, repository, environment } = pathsOf(service);
  const { bind = loopback, agentBind = bind, tlsCertificate, tlsKey, acmeCa } = service.exposure;
  const published = (address: string, outside: number, inside: number): string =>
    `${everywhere.has(address) ? "" : `${address.includes(":") ? `[${address}]` : address}:`}${outside}:${inside}`;
  const plain = plainPortOf(service.exposure);
  const mounted = [tlsCertificate, tlsKey, acmeCa].filter((path) => path !== undefined);
  const hub = {
    image: service.image,
    command: ["up", "--no-simulate", "--no-agent", "--log", "--repo", "/repository", "--data", data],
    env_file: [environment],
    user: `${containerUser}:${containerUser}`,
    init: true,
    restart: "unless-stopped",
    stop_grace_period: "45s",
    read_only: true,
    tmpfs: ["/tmp"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: `${service.memoryMaxBytes}b`,
    pids_limit: pidsMax,
    ulimits: { nofile: { soft: openFilesMax, hard: openFilesMax } },
    ports: [
      published(bind, service.port, containerPorts.people),
      published(agentBind, service.agentPort, containerPorts.agents),
      ...(plain === undefined ? [] : [published(bind, plain, containerPorts.plain)]),
    ],
    volumes: [
      { type: "bind", source: service.home, target: service.home },
      { type: "bind", source: repository, target: "/repository", read_only: true },
      ...mounted.map((path) => ({ type: "bind", source: path, target: path, read_only: true })),
    ],
    healthcheck: { test: ["CMD", "node", "-e", probe], interval: "30s", timeout: "5s", retries: 3, start_period: "60s" },
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
    networks: ["hub"],
  };
  const value = { name: "fogline", services: { hub }, networks: { hub: { ipam: { config: [{ subnet: composeSubnet, gateway: composeGateway }] } } } };
  return `# Written by \`fogline hub install --compose\`.\n${stringify(value, { lineWidth: 0 })}`;
};

/** What a service looks like from inside of its container: it listens on every address there, on ports that need no privilege. */
export const insideContainer = (service: HubService): HubService => {
  const { behindProxy, httpPort: _outside, agentBind: _published, ...exposure } = service.exposure;
  const proxies = behindProxy === true ? `${composeGateway}/32` : behindProxy;
  return {
    ...service,
    port: containerPorts.people,
    agentPort: containerPorts.agents,
    orchestratorPort: containerPorts.orchestrator,
    exposure: {
      ...exposure,
      bind: "0.0.0.0",
      ...(proxies === undefined ? {} : { behindProxy: proxies }),
      ...(plainPortOf(service.exposure) === undefined ? {} : { httpPort: containerPorts.plain }),
    },
  };
};
