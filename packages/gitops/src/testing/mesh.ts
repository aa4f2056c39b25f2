import { type Fleet, parseFleet } from "@fogline/fleet";

/** A fleet of three sites with a cluster `main`; each of `devices` is a line of YAML below that key. */
export const meshFleet = (devices: readonly string[], mesh = "mesh: {}"): Fleet => {
  const text = `fleet: demo
domain: demo.example
${mesh}
rings: { first: { k3s: v1.36.3+k3s1 } }
sites: { home: { region: eu-central }, work: { region: eu-central }, barn: { region: eu-central } }
clusters:
  main: { site: home, tier: access-edge, ring: first }
devices:
${devices.join("\n")}
`;
  const { fleet, findings } = parseFleet([{ path: "clusters/fleet.yaml", text }]);
  if (fleet === undefined) throw new Error(findings.map(({ message }) => message).join("; "));
  return fleet;
};
