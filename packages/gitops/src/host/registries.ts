import type { Fleet } from "@fogline/fleet";
import { yamlText } from "@fogline/manifests";
import type { HostContext, NodeContext } from "./context.ts";
import type { HostFile } from "./file.ts";
import { sharesImages } from "./k3s.ts";

/** The registry of an image reference: its first part when that looks like a host, else Docker's. */
const registryOf = (image: string): string => {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && /[.:]/.test(first) ? first : "docker.io";
};

/** The registries that what runs in a cluster comes from, sorted. */
const registriesOf = ({ registry }: Fleet, { targets }: NodeContext): readonly string[] =>
  [...new Set([registryOf(`${registry}/`), ...targets.flatMap(({ image }) => (image === undefined ? [] : [registryOf(image)]))])].toSorted();

/**
 * `/etc/rancher/k3s/registries.yaml`. K3s reads credentials from this one file only, so they are not rendered: provisioning adds
 * `configs.<registry>.auth` from the device's secrets, and writes the result readable by root only.
 */
export const registriesConfig = ({ fleet, node }: HostContext): readonly HostFile[] => {
  if (node === undefined) return [];
  const registries = registriesOf(fleet, node);
  // A mirror without an endpoint is what makes the nodes share images of that registry; "*" covers those that K3s itself brings.
  const shared = sharesImages(node) ? { "*": {} } : {};
  return [
    {
      path: "k3s/registries.yaml",
      from: "registries.ts registriesConfig",
      notes: ["Credentials are not here: provisioning adds configs.<registry>.auth from the secrets of the device."],
      body: yamlText({
        mirrors: { ...shared, ...Object.fromEntries(registries.map((registry) => [registry, { endpoint: endpointsOf(fleet, registry) }])) },
      }),
      install: { to: "/etc/rancher/k3s/registries.yaml", how: "copy", mode: "0600", after: "restart-k3s" },
    },
  ];
};

/** The mirrors that the fleet file states, then the registry itself. Docker's images come from another host than their name says. */
const endpointsOf = ({ registries }: Fleet, registry: string): readonly string[] => [
  ...(registries.find(({ host }) => host === registry)?.mirrors ?? []),
  `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}`,
];
