import { nameOf } from "@fogline/manifests";
import { mappingAt, mappingsIn, textIn } from "../../tree/loose.ts";
import type { PodOwner } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const accountOf = ({ spec }: PodOwner): string => textIn(spec.serviceAccountName) ?? "default";

/** Accounts, as `namespace/name`, that a binding of the tree allows something: their pods have a use for a token. */
const boundAccounts = ({ objects }: Subject): ReadonlySet<string> =>
  new Set(
    objects
      .filter(({ object }) => object.kind === "RoleBinding" || object.kind === "ClusterRoleBinding")
      .flatMap(({ object }) =>
        mappingsIn(object.subjects)
          .filter(({ kind }) => kind === "ServiceAccount")
          .map(({ namespace, name }) => `${textIn(namespace) ?? object.metadata.namespace ?? "default"}/${textIn(name)}`),
      ),
  );

const needlessToken = (subject: Subject): Objection[] => {
  const bound = boundAccounts(subject);
  const declined = new Set(
    subject.objects
      .filter(({ object }) => object.kind === "ServiceAccount" && object.automountServiceAccountToken === false)
      .map(({ object }) => `${object.metadata.namespace ?? "default"}/${object.metadata.name}`),
  );
  return subject.pods.flatMap((owner) => {
    const account = `${owner.namespace}/${accountOf(owner)}`;
    const mounts = owner.spec.automountServiceAccountToken ?? !declined.has(account);
    if (mounts === false || bound.has(account)) return [];
    return [{ about: owner, message: `${owner.title} mounts the token of ServiceAccount ${account}, which no binding of this tree allows anything` }];
  });
};

const hostFields = ["hostNetwork", "hostPID", "hostIPC"] as const;

const sharesHost = ({ pods }: Subject): Objection[] =>
  pods.flatMap((owner) => {
    const shared = hostFields.filter((field) => owner.spec[field] === true);
    return shared.length === 0 ? [] : [{ about: owner, message: `${owner.title} sets ${shared.join(" and ")}` }];
  });

/** What the levels of Pod Security forbid in general (kubernetes.io, "Pod Security Standards"): each with how it shows. */
const baseline: readonly { readonly what: string; readonly found: (owner: PodOwner) => boolean }[] = [
  { what: "a hostPath volume", found: ({ spec }) => mappingsIn(spec.volumes).some(({ hostPath }) => hostPath !== undefined) },
  { what: "namespaces of the host", found: ({ spec }) => hostFields.some((field) => spec[field] === true) },
  {
    what: "a host port",
    found: ({ containers }) => containers.some(({ spec }) => mappingsIn(spec.ports).some(({ hostPort }) => hostPort !== undefined && hostPort !== 0)),
  },
  { what: "a privileged container", found: ({ containers }) => containers.some(({ spec }) => mappingAt(spec.securityContext).privileged === true) },
];

const volumesOfRestricted = new Set(["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"]);

const restricted: typeof baseline = [
  ...baseline,
  {
    what: "a volume of another kind than it allows",
    found: ({ spec }) =>
      mappingsIn(spec.volumes).some((volume) => Object.keys(volume).some((key) => key !== "name" && !volumesOfRestricted.has(key))),
  },
];

const levels: Readonly<Record<string, typeof baseline>> = { baseline, restricted };

const refusedByLevel = ({ objects, pods }: Subject): Objection[] => {
  const enforced = new Map(
    objects
      .filter(({ object }) => object.kind === "Namespace")
      .map(({ object }) => [object.metadata.name, object.metadata.labels?.["pod-security.kubernetes.io/enforce"] ?? ""]),
  );
  return pods.flatMap((owner) => {
    const level = enforced.get(owner.namespace) ?? "";
    const broken = (Object.hasOwn(levels, level) ? (levels[level] ?? []) : []).filter(({ found }) => found(owner));
    const [first] = broken;
    return first === undefined
      ? []
      : [{ about: owner, message: `${nameOf(owner.object)} has ${first.what}, and namespace ${owner.namespace} enforces ${level}` }];
  });
};

/** What pods must not be allowed. */
export const podRules: readonly TreeRule[] = [
  {
    code: "FL2206",
    severity: "error",
    why: "Every pod gets a token of the API server unless it says no. Stolen, it is a way into the cluster from a program that never wanted it.",
    check: needlessToken,
  },
  {
    code: "FL2207",
    severity: "error",
    why: "In the host's namespaces a pod sees the traffic and the processes of everything else on its machine, and no NetworkPolicy holds for it.",
    check: sharesHost,
  },
  {
    code: "FL2211",
    severity: "error",
    why: "The API server accepts the Deployment and then refuses each of its pods. Nothing runs, and the reason stands only in an event of the ReplicaSet.",
    check: refusedByLevel,
  },
];
