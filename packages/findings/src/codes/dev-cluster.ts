import type { CodeEntry } from "../codes.ts";

/** FL418x: a cluster of this machine to try a fleet on. docs/development.md walks through it. */
export const devClusterCodes = {
  FL4180: {
    title: "the dev cluster cannot be made of this repository",
    remedy: "Run `fogline render` and commit clusters/ and bootstrap/generated/; a dev cluster runs what is committed.",
    handling: "stall",
  },
  FL4181: {
    title: "a program of the embedded dev cluster is not built",
    remedy: "Run `npm run tools` in a clone of Fogline, which needs Go, or name a folder that has them in FOGLINE_TOOLS.",
    handling: "stall",
  },
  FL4182: {
    title: "there is a dev cluster already, made otherwise",
    remedy: "`fogline dev status` says what runs. End it with `fogline dev down`, then start the other.",
    handling: "stall",
  },
  FL4183: {
    title: "the dev cluster did not start",
    remedy: "Look into the log that the message names; `fogline dev down` removes what was made so far.",
    handling: "stall",
  },
  FL4184: {
    title: "no containers can be had for the dev cluster",
    remedy: "Start Docker and see that images can be pulled, or run `fogline dev up --embedded`, which needs neither.",
    handling: "stall",
  },
  FL4185: {
    title: "this machine is too small for the nodes that were asked for",
    remedy: "Choose fewer clusters with `--nodes-of`, or run `fogline dev up --embedded`, whose nodes take no memory.",
    handling: "stall",
  },
  FL4186: {
    title: "Flux has not brought the dev cluster to the commit",
    remedy: "`fogline dev status` says what Flux waits for. It goes on trying; `fogline dev up` waits for it again.",
    handling: "wait",
  },
  FL4187: {
    title: "the dev cluster could not be handed over to Flux by its stack",
    remedy: "`nix develop` brings Pulumi; docs/day-zero.md says what stacks need. `fogline dev up` again goes on where it stopped.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
