import type { CodeEntry } from "../codes.ts";

/** FL415x and FL416x: what is done on a device from afar. docs/remote-hands.md walks through it. */
export const remoteCodes = {
  FL4150: {
    title: "the agent of the device cannot do this",
    remedy: "Upgrade the agent of the device; a simulated device has no hands at all.",
    handling: "stall",
    status: 409,
  },
  FL4151: {
    title: "the device does not let you in",
    remedy:
      "Whoever uses the device allows it there, for a while: `fogline agent allow-shell --for 1h`. For good: FOGLINE_AGENT_REMOTE_SHELL=always in its agent's settings.",
    handling: "stall",
    status: 403,
  },
  FL4152: {
    title: "too many sessions are open on the device",
    remedy: "End one of them, then try again.",
    handling: "wait",
    status: 409,
  },
  FL4153: {
    title: "the session cannot be recorded",
    remedy:
      "A shell that leaves no record is not opened: give the gateway a folder that it may write, by its setting transcriptsFolder, or make room on its disk.",
    handling: "stall",
    status: 503,
  },
  FL4154: {
    title: "the device runs what may not be interrupted",
    remedy: "Wait until it has ended, or cancel it; --force interrupts it.",
    handling: "wait",
    status: 409,
  },
  FL4155: {
    title: "the device could not do what it was asked",
    remedy: "The message says what happened there; the agent's log says more: `fogline device logs <device>`.",
    handling: "stall",
    status: 502,
  },
  FL4156: {
    title: "the device did not come back in time",
    remedy: "Ask why: `fogline device why <device>`. It may still come back by itself.",
    handling: "wait",
    status: 504,
  },
  FL4157: {
    title: "the session broke off",
    remedy: "See whether the device is still there with `fogline device why <device>`, then begin anew.",
    handling: "retry",
    status: 502,
  },
} as const satisfies Record<string, CodeEntry>;
