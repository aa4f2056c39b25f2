export { type ApiServer, apiServerOf, confirmApiServer } from "./api-server.ts";
export { type ClusterReader, clusterReader, type Kind } from "./cluster-reader.ts";
export type { KubeconfigChoice } from "./kubeconfig.ts";
