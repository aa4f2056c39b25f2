/** Clusters of this machine to try a fleet on: Kubernetes without kubelets, reconciled by real Flux. */
export { ApiRefusal, KubernetesApi, type LiveObject, type Named } from "./api.ts";
export { atOnce } from "./at-once.ts";
export { backgroundStarted, startBackground } from "./background.ts";
export { type Chosen, choose, clusterDefault, committedFleet, nodesOfDefault } from "./chosen.ts";
export { makeContainers, prepareContainers } from "./containers/make.ts";
export { handOverByStack } from "./containers/stack.ts";
export { type ControlPlane, type ControlPlaneOptions, type Person, startControlPlane } from "./control-plane.ts";
export { endDev } from "./end.ts";
export type { Flux, FluxOptions } from "./flux.ts";
export { deviceResources, type FluxCluster, startFluxCluster } from "./flux-cluster.ts";
export { type GitLogin, gitOverHttp } from "./git-http.ts";
export { startGitService } from "./git-service.ts";
export { operatorManifest, operatorObjects } from "./hand-over.ts";
export { nodesOf } from "./nodes.ts";
export { freePorts, type Program, startProgram } from "./program.ts";
export { serveDev } from "./serve.ts";
export { type Served, servedIn, serveRepository } from "./served-repository.ts";
export { objectsIn, type StandIns, startStandIns } from "./stand-ins.ts";
export {
  claim,
  type DevNode,
  type DevProgram,
  type DevRequest,
  type DevState,
  devFolderIn,
  isServed,
  logIn,
  readState,
  servedName,
  stateFolders,
} from "./state.ts";
export { missingTools, toolsFolder } from "./tools.ts";
