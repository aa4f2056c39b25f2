import type { ImagesLock } from "@fogline/fleet";
import type { KubernetesObject } from "@fogline/manifests";

interface Pod {
  readonly containers?: readonly { readonly image?: string }[];
  readonly initContainers?: readonly { readonly image?: string }[];
}

/** An object whose containers name the digest that was released, where the lock has one and the image does not name its own. */
export const withDigests = (object: KubernetesObject, images: ImagesLock): KubernetesObject => {
  const spec = object.spec as { readonly template?: { readonly spec?: Pod } } | undefined;
  const pod = spec?.template?.spec;
  if (pod?.containers === undefined) return object;
  const pinned = <Container extends { readonly image?: string }>(container: Container): Container => {
    const digest = container.image === undefined ? undefined : images[container.image]?.digest;
    return digest === undefined ? container : { ...container, image: `${container.image}@${digest}` };
  };
  const containers = {
    containers: pod.containers.map(pinned),
    ...(pod.initContainers === undefined ? {} : { initContainers: pod.initContainers.map(pinned) }),
  };
  return { ...object, spec: { ...spec, template: { ...spec?.template, spec: { ...pod, ...containers } } } };
};
