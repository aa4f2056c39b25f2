import { type Component, components, type Device } from "@fogline/fleet";

/** Whether a component of K3s is kept where nothing is stated, and why. Total: a new component does not compile until it has a row. */
const byDefault: { readonly [Name in Component]: { readonly kept: boolean; readonly why: string } } = {
  traefik: { kept: false, why: "people and devices come in through the gateway, which needs no ingress of the site" },
  servicelb: { kept: false, why: "no service of a site asks for a load balancer" },
  "local-storage": { kept: true, why: "volumes of a site are directories of their node" },
  "metrics-server": { kept: false, why: "telemetry reads each kubelet itself; keep it where an autoscaler needs it" },
};

/** The components that a server leaves out, with the reason for each. CoreDNS and the runtime classes always stay: the GPU's class is one of them. */
export const disabledComponents = ({ host }: Device): readonly { readonly name: Component; readonly why: string }[] =>
  components
    .filter((name) => !(host.components[name] ?? byDefault[name].kept))
    .map((name) => ({ name, why: host.components[name] === false ? "the fleet file says so" : byDefault[name].why }));
