/** A fleet file as a person writes it, with comments and spaces of their own, a range of devices and one that is refined. */
export const orchard = `# The fleet of the orchard.
fleet:   orchard      # spaces are somebody's taste
rings:
  only: {}
sites:
  farm: { region: eu-west }
clusters:
  pis: { site: farm, tier: access-edge, ring: only }

devices:
  pi-[1-3]:   { cluster: pis, hardware: pi-5-8, address: 10.0.0.* }   # bought in spring
  pi-1:       { role: server }
  tractor:
    site: farm
    hardware: tablet     # screen is broken

# What runs.
workloads:
  web: { on: pis, version: 0.1.0 }
`;
