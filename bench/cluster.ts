import { missingForCluster } from "../scripts/tools.ts";
import type { Bench } from "./bench.ts";
import { idleFigures } from "./cluster-idle.ts";
import { pushFigures } from "./cluster-push.ts";
import { schedulerFigures } from "./cluster-scheduler.ts";
import { clusterVersions } from "./cluster-versions.ts";

const missing = (): string | undefined => {
  const names = missingForCluster();
  return names.length === 0 ? undefined : `${names.join(", ")} are not built. fix: npm run tools, which needs Go`;
};

const all = { defaults: { runs: 1, windowS: 300 }, missing };
const on = `${clusterVersions()}, all on this machine`;

/** Real Kubernetes and real Flux, which the suite cluster runs too, on nodes that only look like boards. */
export const cluster: Readonly<Record<string, Bench>> = {
  "cluster-push": { ...all, about: `a line changed in a rendered tree until it is applied and healthy (${on})`, run: pushFigures },
  "cluster-idle": { ...all, about: `what a cluster takes while nothing changes, by connectivity profile (${on})`, run: idleFigures },
  "cluster-scheduler": { ...all, about: `pods that kube-scheduler binds in a second (${on})`, run: schedulerFigures },
};
