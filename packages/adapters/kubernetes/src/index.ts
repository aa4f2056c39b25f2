export { type ClusterReader, clusterReader, type Kind } from "./cluster-reader.ts";
