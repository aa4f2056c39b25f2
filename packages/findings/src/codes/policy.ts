import type { CodeEntry } from "../codes.ts";

/** FL2xxx: what the rules of a tree object to. */
export const policyCodes = {
  FL2301: {
    title: "the standing traffic of a place exceeds its budget",
    remedy: "Raise the budget, report less often, or move devices to another line; `fogline fleet traffic` shows what takes how much.",
    handling: "stall",
  },
  FL2302: {
    title: "the standing traffic of a place takes more than half of its budget",
    remedy: "Leave room for images and data, which are not in this sum.",
    handling: "stall",
  },
  FL2303: {
    title: "the metrics of an outage do not fit the log of a cluster",
    remedy: "Declare a shorter outage, or expect that the oldest metrics of a long one are lost.",
    handling: "stall",
  },
  FL2304: {
    title: "the logs of an outage do not fit the buffer of a node",
    remedy: "Expect that the oldest lines of a long outage are lost.",
    handling: "stall",
  },
  FL2305: {
    title: "an image takes longer to pull than a rollout waits",
    remedy: "Make the image smaller, or state the bandwidth of the line if it is larger.",
    handling: "stall",
  },
} as const satisfies Record<string, CodeEntry>;
