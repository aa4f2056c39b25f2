import type { KubernetesObject } from "@fogline/manifests";
import { mappingAt } from "../tree/loose.ts";

/** Whether SOPS has been over an object: it leaves its metadata under `sops`. */
export const isEncrypted = (object: KubernetesObject): boolean => Object.keys(mappingAt(object.sops)).length > 0;
