import { listAuditRecords, verifyAudit } from "./audit.ts";
import { refreshSession, signIn, signInMethods, signOut, whoAmI } from "./auth.ts";
import { createDeployment, deploymentLogs, getDeployment, listDeployments, stopDeployment } from "./deployments.ts";
import { createEnrolment, getAuthority, listCertificates, listEnrolments, removeEnrolment, revokeCertificates } from "./enrolment.ts";
import { addSimulatedDevice, getGitOps, removeSimulatedDevice, setSimulatedDevice, watchActivity, watchChanges } from "./hub.ts";
import { drainNode, getNode, heartbeatNode, listNodes, nodeHistory, nodeLogs, registerNode, removeNode, utilisation } from "./nodes.ts";
import { createUser, linkUser, listSessions, listUsers, removeUser, revokeSession, setPassword, updateUser } from "./people.ts";
import { listAudit, listPolicies, putPolicy, removePolicy } from "./policies.ts";
import { decommissionNode, explainNode, rebootNode, replaceNode, rotateCertificate } from "./remote.ts";
import { discoverService, healthOfServices, initializeServices, listServices, shutdownServices } from "./services.ts";
import { cancelTask, createTask, explainTask, getTask, listMoves, listTasks } from "./tasks.ts";

/**
 * Every contract that has a route: what the gateway serves over HTTP, and what a client has a method for. Apart from the other contracts,
 * because a page that imports one of those shall not carry all of these.
 */
export const routed = [
  ...[registerNode, listNodes, getNode, heartbeatNode, drainNode, removeNode, nodeHistory, nodeLogs, utilisation],
  ...[explainNode, rebootNode, rotateCertificate, decommissionNode, replaceNode],
  ...[createTask, listTasks, getTask, explainTask, cancelTask, listMoves],
  ...[createDeployment, listDeployments, getDeployment, deploymentLogs, stopDeployment],
  ...[listPolicies, putPolicy, removePolicy, listAudit],
  ...[initializeServices, discoverService, healthOfServices, listServices, shutdownServices],
  ...[listUsers, createUser, updateUser, removeUser, linkUser, setPassword, listSessions, revokeSession],
  ...[createEnrolment, listEnrolments, removeEnrolment, listCertificates, revokeCertificates, getAuthority],
  ...[listAuditRecords, verifyAudit],
  ...[getGitOps, setSimulatedDevice, addSimulatedDevice, removeSimulatedDevice, watchActivity, watchChanges],
  ...[signIn, refreshSession, signOut, whoAmI, signInMethods],
] as const;
