import type { Fleet } from "@fogline/fleet";
import type { z } from "zod";
import { digitalOceanRegistry } from "./digitalocean.ts";
import { readSettings, type StackSettings } from "./settings.ts";

const shape = {
  /** The registry that this stack makes. Without it the fleet's registry is somebody else's. */
  registry: digitalOceanRegistry.optional(),
};

export type SharedSettings = { readonly registry?: z.infer<typeof digitalOceanRegistry> | undefined };

/** Where DigitalOcean serves a registry. */
export const digitalOceanHost = (name: string): string => `registry.digitalocean.com/${name}`;

/** The settings of stack `shared`. Throws FL3301 with every problem, a registry that is not the fleet's included. */
export const sharedSettings = (fleet: Fleet, given: StackSettings): SharedSettings =>
  readSettings(given, shape, ({ registry }) => {
    const { name } = (typeof registry === "object" ? registry : {}) as { readonly name?: unknown };
    if (typeof name !== "string" || digitalOceanHost(name) === fleet.registry) return [];
    const message = `${name} would be at ${digitalOceanHost(name)}, and the fleet file names ${fleet.registry}`;
    return [{ key: "registry.name", message, remedy: `Write registry: ${digitalOceanHost(name)} in clusters/fleet.yaml, or another name here.` }];
  });
