import type { Architecture } from "@fogline/fleet";
import { imageReference, lockedImage } from "../images.ts";
import { landingPlaces } from "../machines.ts";
import { containerTitle, type PodContainer, type PodOwner } from "../pods.ts";
import type { Objection, TreeRule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const everyContainer = ({ pods }: Subject, judge: (container: PodContainer, owner: PodOwner) => Omit<Objection, "about"> | undefined): Objection[] =>
  pods.flatMap((owner) =>
    owner.containers.flatMap((container) => {
      const objection = judge(container, owner);
      return objection === undefined ? [] : [{ about: owner, ...objection }];
    }),
  );

/**
 * An image of the fleet's own registry, and one that Fogline's charts bring, has its digest in the lock file once it is released. Before the first release there is no lock file, and
 * nothing to say. Any other image must be pinned by whoever names it.
 */
const notPinned = (subject: Subject): Objection[] => {
  const { fleet, cluster, images, edge } = subject;
  const severity = edge && cluster.connectivity.base !== "always" ? "error" : "warning";
  return everyContainer(subject, (container, owner) => {
    const { image } = container;
    const { tag, digest } = imageReference(image);
    if (digest !== undefined || tag === undefined || tag === "latest" || lockedImage(image, images) !== undefined) return undefined;
    // What Fogline itself brings is released with the fleet's own: the lock has both.
    const own = image.startsWith(`${fleet.registry}/`) || !owner.file.includes("/apps/");
    if (own && images === undefined) return undefined;
    const message = `${containerTitle(owner, container)} runs ${image}, which ${own ? "was not released: clusters/images.lock.yaml does not have it" : "has no digest"}`;
    return { message, severity };
  });
};

const withoutVersion = (subject: Subject): Objection[] =>
  everyContainer(subject, (container, owner) => {
    const { tag, digest } = imageReference(container.image);
    if (digest !== undefined || (tag !== undefined && tag !== "latest")) return undefined;
    const says = container.image === "" ? "no image" : `${container.image}, ${tag === undefined ? "which has no tag" : "whose tag is latest"}`;
    return { message: `${containerTitle(owner, container)} runs ${says}` };
  });

/** Without its digest, which says nothing to people. */
const named = (image: string): string => image.split("@", 1)[0] ?? image;

const wrongPlatform = (subject: Subject): Objection[] => {
  const { images, machines } = subject;
  return everyContainer(subject, (container, owner) => {
    const locked = lockedImage(container.image, images);
    if (locked === undefined) return undefined;
    const has = Object.keys(locked.platforms);
    const lacking = landingPlaces(owner, machines).find(({ profile }) => profile !== undefined && !has.includes(profile.architecture));
    const architecture: Architecture | undefined = lacking?.profile?.architecture;
    if (lacking === undefined || architecture === undefined) return undefined;
    const message = `${containerTitle(owner, container)} runs ${named(container.image)}, which there is for ${has.join(" and ")}; ${lacking.device.id} is ${architecture}`;
    return { message };
  });
};

/** What can be wrong with images. */
export const imageRules: readonly TreeRule[] = [
  {
    code: "FL2101",
    severity: "error",
    why: "A tag can be moved. With a digest every site runs the very bytes that were tested, and a registry that was broken into cannot change what is already declared. An error where the link is metered, intermittent or absent, since a second pull there is dear; a warning elsewhere. Images of the fleet's own registry get their digests from clusters/images.lock.yaml, and so do those that Fogline's own charts bring; before the first release there is none.",
    check: notPinned,
  },
  {
    code: "FL2102",
    severity: "error",
    why: "Two machines that pull `latest` a day apart run different programs, a rollback pulls the same tag again, and every start asks the registry.",
    check: withoutVersion,
  },
  {
    code: "FL2103",
    severity: "error",
    why: "The machine pulls nothing, or an image that ends with `exec format error`, and the rollout stops in the middle.",
    check: wrongPlatform,
  },
];
