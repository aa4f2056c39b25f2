import type { KubernetesObject } from "@fogline/manifests";
import { documentIn, documentsIn } from "../tree/yaml-text.ts";

/** Something that people write, as `fixtures/objects/traps.yaml` has it. */
export interface Trap {
  readonly says: string;
  /** What refuses it; absent where it only looks wrong. */
  readonly code?: string;
  readonly object: KubernetesObject;
}

/** Reads the objects of a YAML text. */
export const readObjects = (text: string): readonly KubernetesObject[] => documentsIn(text) as KubernetesObject[];

/** Reads the traps: those that are refused, with their codes, and those that are not. */
export const readTraps = (text: string): readonly Trap[] => {
  const { refused, accepted } = documentIn(text) as Record<"refused" | "accepted", Readonly<Record<string, KubernetesObject>>>;
  return [
    ...Object.entries(refused).map(([line, object]) => ({ code: line.slice(0, "FL0000".length), says: line.slice("FL0000 ".length), object })),
    ...Object.entries(accepted).map(([says, object]) => ({ says, object })),
  ];
};
