import { immutableField } from "./immutable.ts";
import { pullOverBudget, pullOverTimeout } from "./link.ts";
import { portClosed } from "./network.ts";
import { registrationChanged } from "./registration.ts";
import { clusterRemoved, containerRemoved, ownerChanged, protectionLost, secretChanged, secretRemoved } from "./removal.ts";
import { ringChanged, unprovenVersion } from "./rings.ts";
import type { ClusterChange, Risk, RiskRule } from "./risk.ts";
import { budgetBlocks, configKept, replicasUnderAutoscaler } from "./scale.ts";
import { volumeExchanged, volumeRemoved, volumeResized } from "./volumes.ts";

/** What is looked at in a cluster that goes as a whole: the rest would name every object of it. */
const ofRemovedCluster: readonly RiskRule[] = [clusterRemoved];

const rules: readonly RiskRule[] = [
  volumeRemoved,
  volumeResized,
  volumeExchanged,
  immutableField,
  portClosed,
  replicasUnderAutoscaler,
  containerRemoved,
  budgetBlocks,
  secretRemoved,
  secretChanged,
  registrationChanged,
  ownerChanged,
  protectionLost,
  unprovenVersion,
  ringChanged,
  configKept,
  pullOverBudget,
  pullOverTimeout,
];

const rank = { error: 0, warning: 1, info: 2 } as const;

/** Every risk of one cluster's change, the worst first. */
export const risksOf = (change: ClusterChange): readonly Risk[] =>
  (change.now === undefined && change.old !== undefined ? ofRemovedCluster : rules)
    .flatMap((rule) => rule(change))
    .toSorted((a, b) => rank[a.severity] - rank[b.severity] || (a.code < b.code ? -1 : a.code > b.code ? 1 : a.message < b.message ? -1 : 1));
