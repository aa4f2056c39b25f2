import type { Fleet } from "@fogline/fleet";
import * as pulumi from "@pulumi/pulumi";
import { ImageRegistry } from "./components/image-registry.ts";
import type { StackSettings } from "./config/settings.ts";
import { sharedSettings } from "./config/shared.ts";

/** The outputs of stack `shared` that stacks of clusters read. */
export const sharedOutputs = { registry: "registry", pullLogin: "pullLogin" } as const;

/** What clusters share: the registry of images and trees, and the login with which clusters pull. */
export const sharedStack = async (fleet: Fleet, given: StackSettings): Promise<pulumi.Inputs> => {
  const { registry } = sharedSettings(fleet, given);
  if (registry === undefined) return { [sharedOutputs.registry]: fleet.registry };
  const made = new ImageRegistry(registry.name, registry);
  return { [sharedOutputs.registry]: made.host, [sharedOutputs.pullLogin]: pulumi.secret(made.pullLogin) };
};
