import type { Finding } from "@fogline/findings";
import type { Device, Fleet } from "@fogline/fleet";
import { type HostContext, hostContexts } from "../host/context.ts";
import { sshHostOf } from "../inventory/inventory.ts";
import type { Observed } from "./observed.ts";
import { problemsOf } from "./problems.ts";
import type { RoleName, StageName } from "./stages.ts";

/** One stage of a device: what it will do there, and why. */
export interface PlannedStage {
  readonly stage: StageName;
  readonly does: string;
  readonly why: string;
  readonly roles: readonly RoleName[];
}

/** What will happen on one device. */
export interface DevicePlan {
  readonly device: string;
  readonly cluster?: string;
  readonly role: "server" | "agent" | "alone";
  /** Where it is reached, as ssh writes it. */
  readonly at: string;
  /** Devices of this plan that must have been set up before. */
  readonly after: readonly string[];
  readonly stages: readonly PlannedStage[];
  /** A one-time token of the hub: none where the machine has its identity, and one that lies there already does where no new one is to be had. */
  readonly token: "none" | "new" | "new-or-present";
}

/** The whole set-up as data: devices in the order in which they are begun, and what speaks against it. */
export interface BootstrapPlan {
  readonly devices: readonly DevicePlan[];
  readonly findings: readonly Finding[];
}

export interface PlanInputs {
  readonly fleet: Fleet;
  readonly devices: readonly Device[];
  /** What was seen of each device by its id; a device that is missing here was not looked at. */
  readonly observed: ReadonlyMap<string, Observed>;
  /** Only this stage, after the preflight. */
  readonly only?: StageName;
  /** Leaves the agent out, and with it the token. */
  readonly withoutAgent?: boolean;
}

/** In which order devices of a cluster are begun; those alone come last, since nothing waits for them. */
const rankOf = ({ device, node }: HostContext): number => {
  if (node === undefined) return 3;
  if (device.id === node.servers[0].id) return 0;
  return node.serves ? 1 : 2;
};

/** The devices of the plan that one has to wait for: everything in a cluster joins its first server, and agents all of its servers. */
const waitsFor = (context: HostContext, chosen: ReadonlySet<string>): readonly string[] => {
  const { device, node } = context;
  if (node === undefined || device.id === node.servers[0].id) return [];
  const servers = node.serves ? [node.servers[0]] : node.servers;
  return servers.map(({ id }) => id).filter((id) => chosen.has(id));
};

type Words = Pick<PlannedStage, "does" | "why" | "roles">;

const boardRoles = ({ device: { profile } }: HostContext): readonly RoleName[] => {
  if (profile.kind !== "known") return [];
  return profile.deviceClass === "raspberry-pi" ? ["pi"] : profile.deviceClass === "jetson" ? ["jetson"] : [];
};

const hostWords = (context: HostContext): Words => {
  const board = boardRoles(context);
  const named = board.length === 0 ? "" : board[0] === "pi" ? ", boot settings of a Pi" : ", power mode and GPU runtime of a Jetson";
  return context.device.host.ours
    ? { does: `users, SSH, firewall, time, logs${named}, disks and memory`, why: "docs/host-files.md", roles: ["common", ...board, "storage"] }
    : { does: "what its `host` states, and nothing else", why: "it is somebody's machine", roles: ["common", "storage"] };
};

const k3sWords = ({ device, node }: HostContext): Words | undefined => {
  if (node === undefined) return undefined;
  const first = node.servers[0].id;
  const version = node.cluster.kubernetes.version ?? "as its cluster has it";
  if (device.id === first) return { does: `K3s ${version} as server`, why: `it begins cluster ${node.cluster.name}`, roles: ["k3s"] };
  return { does: `K3s ${version} as ${device.role}`, why: `it joins ${node.cluster.name} at ${first}`, roles: ["k3s"] };
};

const fluxWords = ({ device, node }: HostContext): Words | undefined =>
  node === undefined || device.id !== node.servers[0].id
    ? undefined
    : {
        does: "Flux's operator, keys and first sync, where they are not there yet",
        why: `${node.cluster.name} follows clusters/${node.cluster.name}`,
        roles: ["flux"],
      };

const agentWords = ({ node, device }: HostContext, needsToken: boolean): Words => {
  const token = needsToken ? ", enrolled by a one-time token" : "";
  return node === undefined
    ? { does: `the agent as a hardened service${token}`, why: `${device.id} runs it alone`, roles: ["agent"] }
    : { does: `the folder of the agent's pod${token}`, why: "the pod is the agent there", roles: ["agent"] };
};

const stagesOf = (context: HostContext, { only, withoutAgent = false }: PlanInputs, needsToken: boolean): readonly PlannedStage[] => {
  const { device, fleet } = context;
  const { user, port, jump } = device.host.ssh;
  const through = jump === undefined ? "" : ` through ${jump}`;
  const words: { readonly [Stage in StageName]: Words | undefined } = {
    reach: {
      does: `sign in as ${user}@${sshHostOf(device, fleet)}:${port}${through}`,
      why: "everything goes over SSH, with a host key that is written down",
      roles: [],
    },
    preflight: {
      does: "ask the machine what it is; changes nothing",
      why: "what does not fit is refused before the first change",
      roles: ["preflight"],
    },
    host: hostWords(context),
    reboot: { does: "boot anew, only where a change wants it", why: "boot settings count from the next boot on", roles: [] },
    wireguard: {
      does: "key and peers of the mesh, where the fleet has one",
      why: "devices reach each other over foreign networks",
      roles: ["wireguard"],
    },
    k3s: k3sWords(context),
    flux: fluxWords(context),
    agent: withoutAgent ? undefined : agentWords(context, needsToken),
  };
  const kept = (stage: StageName): boolean => only === undefined || stage === only || stage === "reach" || stage === "preflight";
  return (Object.keys(words) as StageName[]).flatMap((stage) => {
    const found = words[stage];
    return found === undefined || !kept(stage) ? [] : [{ stage, ...found }];
  });
};

/** A machine enrols once, and keeps the identity that it has. A token that lies there may have expired meanwhile, so a new one is better. */
const tokenFor = (observed: Observed | undefined, { only, withoutAgent = false }: PlanInputs): DevicePlan["token"] => {
  if (withoutAgent || (only !== undefined && only !== "agent") || observed?.kind !== "seen" || observed.hasIdentity) return "none";
  return observed.token === "whole" ? "new-or-present" : "new";
};

/** Plans the set-up of devices: the order, the stages of each, and every problem that is known before anything is changed. Pure. */
export const planBootstrap = (inputs: PlanInputs): BootstrapPlan => {
  const { fleet, observed } = inputs;
  const chosen = new Set(inputs.devices.map(({ id }) => id));
  const contexts = hostContexts(fleet).filter(({ device }) => chosen.has(device.id));
  const devices = contexts
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((context): DevicePlan => {
      const { device, node } = context;
      const { user, port } = device.host.ssh;
      const token = tokenFor(observed.get(device.id), inputs);
      return {
        device: device.id,
        ...(node === undefined ? {} : { cluster: node.cluster.name }),
        role: node === undefined ? "alone" : device.role,
        at: `${user}@${sshHostOf(device, fleet)}:${port}`,
        after: waitsFor(context, chosen),
        stages: stagesOf(context, inputs, token !== "none"),
        token,
      };
    });
  return {
    devices,
    findings: contexts.flatMap((context) =>
      problemsOf(context, observed.get(context.device.id)).map((found) => ({ ...found, object: context.device.id })),
    ),
  };
};

/** The roles that a device's plan runs, in their order. */
export const rolesOf = ({ stages }: DevicePlan): readonly RoleName[] => stages.flatMap(({ roles }) => roles);
