import { tableOf } from "./raw.ts";

/** True for a cluster, declared or resolved, that K3s runs on declared machines: neither the one on this machine nor one that somebody else manages. */
export const isOwnK3s = ({ local, kubernetes }: { readonly local?: unknown; readonly kubernetes?: unknown }): boolean =>
  local !== true && (tableOf(kubernetes).distribution ?? "k3s") === "k3s";
