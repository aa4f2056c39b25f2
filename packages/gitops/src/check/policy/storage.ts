import { mappingAt, mappingsIn, textIn } from "../../tree/loose.ts";
import { landingPlaces, type Machine } from "../machines.ts";
import type { PodOwner } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

/** Folders of the host that are in memory, are devices, or hold nothing but sockets, and therefore wear no card. */
const NOT_ON_DISK = /^\/(dev|proc|sys|run|var\/run|var\/lib\/kubelet\/(device-plugins|plugins_registry|pod-resources))(\/|$)/;

/** Where our agent keeps its store on every machine. It has to outlive a reboot without a link, and a board with nothing but a card has no better place. */
const agentFolder = "/var/lib/fogline";
const notFiles = new Set(["CharDevice", "BlockDevice", "Socket"]);

/** Folders of the host that a pod may write to, as paths. */
const writtenPaths = (owner: PodOwner): string[] =>
  mappingsIn(owner.spec.volumes).flatMap((volume) => {
    const { path, type } = mappingAt(volume.hostPath);
    if (
      typeof path !== "string" ||
      NOT_ON_DISK.test(path) ||
      (path === agentFolder && owner.kind === "DaemonSet") ||
      notFiles.has(textIn(type) ?? "")
    )
      return [];
    const written = owner.containers.some(({ spec }) =>
      mappingsIn(spec.volumeMounts).some(({ name, readOnly }) => name === volume.name && readOnly !== true),
    );
    return written ? [path] : [];
  });

const isOnCard = ({ device, profile }: Machine): boolean => (device.data ?? profile?.storage.medium) === "microsd";

const wearsCard = ({ pods, machines }: Subject): Objection[] =>
  pods.flatMap((owner) => {
    const [path] = writtenPaths(owner);
    const worn = path === undefined ? [] : landingPlaces(owner, machines).filter(isOnCard);
    const [first] = worn;
    if (path === undefined || first === undefined) return [];
    const others = worn.length === 1 ? "" : ` and ${worn.length - 1} more`;
    return [
      { about: owner, message: `${owner.title} writes to ${path} of its machine, and the data of ${first.device.id}${others} lies on an SD card` },
    ];
  });

/** What can be wrong with where pods keep data. */
export const storageRules: readonly TreeRule[] = [
  {
    code: "FL2109",
    severity: "error",
    why: "SD cards wear out with writing: a database or a log on one ends the machine within months, and the system with it, since it runs from the same card. Folders in memory, devices, sockets and read-only mounts are no writing. The store of our own agent is let be: it has to outlive a reboot without a link, and a board with nothing but a card has no better place for it.",
    check: wearsCard,
  },
];
