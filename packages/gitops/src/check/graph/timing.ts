import { REFERENCE_IMAGE_BYTES } from "@fogline/fleet";
import { describeBytes, formatDurationMs, parseDurationMs } from "@fogline/units";
import { type FluxKustomization, isFlux } from "../../tree/kustomizations.ts";
import { mappingAt, textIn } from "../../tree/loose.ts";
import { lockedImage } from "../images.ts";
import { landingPlaces } from "../machines.ts";
import type { PodOwner } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const MINUTE_MS = 60_000;

/** Bytes that a pod pulls onto a machine that has nothing: known sizes added up, and at least the reference where one is not known. */
const pullBytes = (owner: PodOwner, { images, machines }: Subject): number => {
  const architectures = [...new Set(landingPlaces(owner, machines).flatMap(({ profile }) => profile?.architecture ?? []))];
  const layers = new Map<string, number>();
  let unknown = false;
  for (const { image } of owner.containers) {
    const locked = lockedImage(image, images);
    const platforms = architectures.length === 0 ? Object.values(locked?.platforms ?? {}) : architectures.map((one) => locked?.platforms[one]);
    const sizes = platforms.map((platform) => platform?.layers ?? []);
    const largest = sizes.toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
    if (largest.length === 0) unknown = true;
    for (const { digest, bytes } of largest) layers.set(digest, bytes);
  }
  const known = [...layers.values()].reduce((total, bytes) => total + bytes, 0);
  return unknown ? Math.max(known, REFERENCE_IMAGE_BYTES) : known;
};

const sum = (layers: readonly { readonly bytes: number }[]): number => layers.reduce((total, { bytes }) => total + bytes, 0);

const shorterThanPull = (subject: Subject): Objection[] => {
  const { cluster, pods } = subject;
  // Where nothing can be pulled, images are carried there and a pull takes no time.
  if (cluster.connectivity.pullPolicy === "Never") return [];
  const byFile = Map.groupBy(pods, ({ file }) => file);
  return subject.kustomizations.flatMap((one) => {
    const { timeoutMs } = one;
    if (timeoutMs === undefined || !one.waits) return [];
    const owners = (one.folder?.objects ?? []).flatMap(({ file }) => byFile.get(file) ?? []);
    const needs = owners.map((owner) => ({ owner, bytes: pullBytes(owner, subject) })).toSorted((a, b) => b.bytes - a.bytes);
    const [slowest] = needs;
    const pullMs = Math.ceil((slowest?.bytes ?? 0) / cluster.connectivity.bandwidthBytesPerSecond) * 1000;
    if (slowest === undefined || pullMs <= timeoutMs) return [];
    const link = `${describeBytes(Math.round(cluster.connectivity.bandwidthBytesPerSecond))}/s`;
    return [
      {
        about: one,
        message: `Kustomization ${one.name} gives up after ${formatDurationMs(timeoutMs)}, and ${describeBytes(slowest.bytes)} of images for ${slowest.owner.title} take ${formatDurationMs(pullMs)} at ${link}`,
        remedy: `Set its timeout to at least ${formatDurationMs(pullMs)}, make the image smaller, or have it pulled ahead.`,
      },
    ];
  });
};

const tooOften = ({ objects }: Subject): Objection[] =>
  objects
    .filter(({ object }) => isFlux(object))
    .flatMap((about) => {
      const written = textIn(mappingAt(about.object, "spec").interval);
      const intervalMs = written === undefined ? undefined : parseDurationMs(written);
      if (intervalMs === undefined || intervalMs >= MINUTE_MS) return [];
      return [{ about, message: `${about.object.kind} ${about.object.metadata.name} has an interval of ${written}, and 60s is the least` }];
    });

/** What a Kustomization must say itself, and how it says it. */
const statements: readonly { readonly name: string; readonly said: (one: FluxKustomization) => boolean }[] = [
  { name: "wait", said: ({ spec }) => typeof spec.wait === "boolean" || Array.isArray(spec.healthChecks) },
  { name: "timeout", said: ({ spec }) => typeof spec.timeout === "string" },
  { name: "retryInterval", said: ({ spec }) => typeof spec.retryInterval === "string" },
  { name: "prune", said: ({ spec }) => typeof spec.prune === "boolean" },
];

const leftToDefaults = ({ kustomizations }: Subject): Objection[] =>
  kustomizations.flatMap((about) => {
    const missing = statements.filter(({ said }) => !said(about)).map(({ name }) => name);
    return missing.length === 0 ? [] : [{ about, message: `Kustomization ${about.name} does not say ${missing.join(", ")}` }];
  });

/** What can be wrong with times, and with what a Kustomization says of itself. */
export const timingRules: readonly TreeRule[] = [
  {
    code: "FL3105",
    severity: "error",
    why: "The health check fails while the image is still on its way, the Kustomization counts as failed, and whatever depends on it never starts on a slow line.",
    check: shorterThanPull,
  },
  {
    code: "FL3106",
    severity: "error",
    why: "Flux refuses a Kustomization that reconciles more often than once a minute, and a thousand sites that ask each second are an attack on their own source.",
    check: tooOften,
  },
  {
    code: "FL3107",
    severity: "error",
    why: "Defaults change between releases of Flux: retryInterval and timeout fall back to the interval, which on an edge cluster can be hours.",
    check: leftToDefaults,
  },
];
