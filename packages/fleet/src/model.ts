import type { Place } from "@fogline/findings";
import type { ConnectivityProfile } from "./connectivity.ts";
import type { HardwareName, HardwareProfile } from "./hardware.ts";
import type { HostOptions } from "./host/build.ts";
import type { DataMedium } from "./host/facts.ts";
import type { Tier } from "./tiers.ts";
import type { Window } from "./window.ts";

/** JSON as settings carry it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One step of every rollout; rings follow each other in the order of the fleet file. */
export interface Ring {
  readonly name: string;
  /** Position in the order, from 0. */
  readonly order: number;
  /** How long everything must be healthy here before the next ring gets a revision. */
  readonly soakMs: number;
  /** `healthy` moves on by itself after the soak, `manual` waits for a person. */
  readonly gate: "healthy" | "manual";
  /** Share of devices that may be offline without holding the ring up, from 0 to 1. */
  readonly skipOfflineFraction: number;
  /** When changes may be applied; absent means always. */
  readonly window?: Window;
  /** K3s version of the ring's clusters, as its release is tagged. */
  readonly k3s?: string;
  readonly place: Place;
}

export interface Site {
  readonly name: string;
  readonly region: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** The site through which this one reaches the others. */
  readonly uplink?: string;
  readonly connectivity: ConnectivityProfile;
  /** The jurisdiction whose data may stay here: as declared, else the region up to its first hyphen. */
  readonly residency: string;
  /** In the order of the fleet file. */
  readonly networks: readonly Network[];
  readonly timeServers: readonly string[];
  /** IANA name. */
  readonly timeZone: string;
  readonly place: Place;
}

/** A network of a site. */
export interface Network {
  /** Its range, as 10.7.0.0/24. */
  readonly subnet: string;
  readonly gateway?: string;
  readonly nameservers: readonly string[];
}

/** Who may sign in on machines. */
export interface Access {
  readonly user: string;
  /** SSH public keys, each as one line. */
  readonly keys: readonly string[];
}

export interface Cluster {
  readonly name: string;
  readonly site: string;
  readonly tier: Tier;
  readonly ring: string;
  /** The one cluster that `fogline up` runs on this machine. */
  readonly local: boolean;
  readonly kubernetes: { readonly distribution: "k3s" | "kind" | "managed"; readonly fingerprint?: string; readonly version?: string };
  readonly connectivity: ConnectivityProfile;
  /** Ids of its devices, in the order of the fleet file. */
  readonly devices: readonly string[];
  readonly place: Place;
}

/** `server` and `agent` are K3s roles; `alone` runs our agent without Kubernetes. */
export type DeviceRole = "server" | "agent" | "alone";

/** One device, after ranges, refinements and defaults: nothing is left to look up. */
export interface Device {
  readonly id: string;
  readonly site: string;
  readonly cluster?: string;
  readonly hardware: HardwareName;
  readonly profile: HardwareProfile;
  readonly tier: Tier;
  /** Expected share of time it is up, from 0 to 1, by its tier. */
  readonly availability: number;
  readonly ring: string;
  readonly connectivity: ConnectivityProfile;
  readonly role: DeviceRole;
  readonly labels: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly mac?: string;
  readonly serial?: string;
  /** Where workload data lies, when not on the system's medium. */
  readonly data?: DataMedium;
  /** Into how many shares the GPU is divided for pods; 1 when not stated. */
  readonly gpuSlices: number;
  /** How the shares are made: by taking turns, or by CUDA's multi-process service, which Tegra lacks. */
  readonly gpuSharing: "time-slicing" | "mps";
  /** The power limit it is set to, when stated. */
  readonly powerWatts?: number;
  /** Absent where the fleet has no mesh, or the device is not in it. */
  readonly mesh?: MeshMember;
  /** How the machine itself is set up. */
  readonly host: HostOptions;
  readonly place: Place;
}

/** Where WireGuard reaches a device from outside of its site. */
export interface MeshEndpoint {
  readonly host: string;
  readonly port: number;
}

/** A device's place in the mesh. */
export interface MeshMember {
  /** IPv6 address, from the fleet's name and the device's id alone. */
  readonly address: string;
  readonly endpoint?: MeshEndpoint;
}

/** The network that devices reach each other in, wherever they are. */
export interface Mesh {
  /** UDP port of WireGuard. */
  readonly port: number;
  /** The first 48 bits of every address. */
  readonly prefix: string;
}

export interface WorkloadHealth {
  readonly http?: string;
  readonly command?: readonly string[];
  readonly port?: number;
  readonly intervalMs: number;
}

/** A volume of a workload: `keep` outlives the pod, `scratch` and `memory` end with it, `files` and `secret` are read only. */
export type Volume = { readonly name: string; readonly path: string } & (
  | { readonly kind: "keep" | "scratch" | "memory"; readonly sizeBytes: number }
  | { readonly kind: "files"; readonly files: Readonly<Record<string, string>> }
  | { readonly kind: "secret"; readonly secret: string }
);

/** How a workload runs in one place, after every layer. */
export interface WorkloadOptions {
  /** Absent for images given directly. */
  readonly version?: string;
  readonly settings: Readonly<Record<string, Json>>;
  readonly env: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly placement: { readonly prefer: "latency" | "energy" | "balanced"; readonly failover: "fast" | "normal" | "none" };
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly userId?: number;
  readonly ports: readonly number[];
  /** Device files it needs, as paths on the machine. */
  readonly devices: readonly string[];
  readonly volumes: readonly Volume[];
  /** Secrets whose keys become environment variables. */
  readonly secrets: readonly string[];
  readonly needs: { readonly memoryBytes?: number; readonly cpuMillicores?: number; readonly gpuSlices?: number };
  readonly health?: WorkloadHealth;
  /** Workloads of the same cluster that it talks to. */
  readonly uses: readonly string[];
}

/** Where one workload, or one part of a hybrid one, runs, and how. */
export interface WorkloadTarget extends WorkloadOptions {
  readonly cluster: string;
  /** Name of the part, for workloads that state `on` as parts. */
  readonly part?: string;
  readonly place: Place;
}

export interface Workload {
  readonly name: string;
  readonly targets: readonly WorkloadTarget[];
  readonly pattern?: "cloud-first" | "edge-first" | "hybrid";
  readonly syncs: readonly string[];
  readonly aggregatesTo?: string;
  readonly place: Place;
}

/** A registry that needs credentials or has mirrors. */
export interface Registry {
  readonly host: string;
  /** Name of the Secret with its credentials. */
  readonly credentials?: string;
  readonly mirrors: readonly string[];
}

/** Data that sync moves between clusters. */
export interface Collection {
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Jurisdiction it must not leave; `any` when it may go anywhere. */
  readonly residency: string;
  /** How long it is kept; absent means for good. */
  readonly retentionMs?: number;
  readonly place: Place;
}

/** A finding of `fogline check` that somebody decided to live with for a while. */
export interface Exception {
  /** Code of the rule. */
  readonly code: string;
  /** Name of the object as findings have it, such as `Deployment fogline/camera-*`; a star stands for any text without a slash. Absent for every object. */
  readonly object?: string;
  /** Absent for every cluster. */
  readonly cluster?: string;
  readonly reason: string;
  /** The last day on which it holds, as 2026-12-31. */
  readonly until: string;
  readonly place: Place;
}

/** The whole fleet, resolved and frozen. Lists keep the order of the file. */
export interface Fleet {
  readonly name: string;
  readonly domain: string;
  /** Where clusters fetch this repository. */
  readonly repository: string;
  /** Registry of Fogline's own images and of trees. */
  readonly registry: string;
  readonly registries: readonly Registry[];
  readonly access: Access;
  /** Absent where the fleet file declares none. */
  readonly mesh?: Mesh;
  readonly rings: readonly Ring[];
  /** Built-in and declared profiles by name. */
  readonly connectivity: Readonly<Record<string, ConnectivityProfile>>;
  readonly sites: readonly Site[];
  readonly clusters: readonly Cluster[];
  readonly devices: readonly Device[];
  readonly workloads: readonly Workload[];
  readonly collections: readonly Collection[];
  readonly exceptions: readonly Exception[];
}
