import type { CodeEntry } from "../codes.ts";

/** FL4xxx: what running services answer and the `fogline` command prints. */
export const runtimeCodes = {
  FL4001: {
    title: "request does not fit the schema",
    remedy: "Correct the named fields; the reference of the operation lists what it takes.",
    handling: "stall",
    status: 400,
  },
  FL4002: {
    title: "not signed in, or the token is not valid",
    remedy: "Sign in again: `fogline login`, or the link that `fogline link` prints on the hub's machine.",
    handling: "stall",
    status: 401,
  },
  FL4003: {
    title: "the role does not allow this operation",
    remedy: "Ask an admin for the role that the operation names.",
    handling: "stall",
    status: 403,
  },
  FL4004: { title: "no such thing", remedy: "List what exists and use one of those names.", handling: "stall", status: 404 },
  FL4005: {
    title: "the thing is in another state than the request expects",
    remedy: "Read its current state and decide again.",
    handling: "stall",
    status: 409,
  },
  FL4006: {
    title: "the body is larger than the limit",
    remedy: "Send less than 256 KiB, or store the data as a blob and send its reference.",
    handling: "stall",
    status: 413,
  },
  FL4007: { title: "too many requests", remedy: "Wait for the seconds in Retry-After.", handling: "retry", status: 429 },
  FL4008: { title: "no answer in time", remedy: "Try again; an idempotency key makes that safe.", handling: "retry", status: 504 },
  FL4009: { title: "the service is not reachable", remedy: "See `fogline doctor` and the service list; try again.", handling: "retry", status: 503 },
  FL4010: {
    title: "the circuit breaker is open",
    remedy: "The called service failed repeatedly; the breaker tries again by itself.",
    handling: "retry",
    status: 503,
  },
  FL4011: {
    title: "an unexpected failure inside a service",
    remedy: "Report it with the request id; the log line with that id has the cause.",
    handling: "stall",
    status: 500,
  },
  FL4012: { title: "the queue is full", remedy: "Wait until tasks finish, or raise the limit.", handling: "wait", status: 429 },
  FL4013: {
    title: "a policy refuses this",
    remedy: "The refusal names the policy and both sides; change the task or the policy.",
    handling: "stall",
    status: 422,
  },
  FL4014: {
    title: "the idempotency key was used for another request",
    remedy: "Use a new key for a different request.",
    handling: "stall",
    status: 409,
  },
  FL4015: {
    title: "the configuration is not valid",
    remedy: "Correct the named settings; `--check-config` tries them without starting.",
    handling: "stall",
  },
  FL4016: { title: "a port is in use", remedy: "Stop the other program or choose another port.", handling: "stall" },
  FL4017: { title: "the data folder cannot be written", remedy: "Give this user write access, or name another folder.", handling: "stall" },
  FL4018: { title: "the request is malformed", remedy: "Send well-formed HTTP or WebSocket frames.", handling: "stall", status: 400 },
  FL4019: { title: "another process holds the data folder", remedy: "Stop it, or name another folder.", handling: "stall" },
  FL4020: {
    title: "the data was written by a newer version",
    remedy: "Start the newer version, or restore a backup that this version wrote.",
    handling: "stall",
  },
  FL4031: {
    title: "the device's certificate was revoked, or is not of this fleet",
    remedy: "Make a new token with `fogline device enrol <id>` and start the agent with it.",
    handling: "stall",
    status: 403,
  },
  FL4032: {
    title: "the device's certificate is not valid now",
    remedy:
      "The agent renews it by itself within the grace; later, or where the clock is wrong, set the clock or make a new token with `fogline device enrol <id>`.",
    handling: "retry",
    status: 401,
  },
  FL4033: {
    title: "the enrolment token is not valid",
    remedy: "Tokens are for one device, once, and expire. Make a new one with `fogline device enrol <id>`.",
    handling: "stall",
    status: 401,
  },
  FL4060: {
    title: "no certificate could be obtained",
    remedy: "See that the name leads to this machine and that its HTTP port is reached from the internet; the hub tries again by itself.",
    handling: "retry",
  },
  FL4061: {
    title: "the certificate or its key cannot be used",
    remedy: "Give a PEM certificate with its chain and the private key that belongs to it, readable by the hub's user.",
    handling: "stall",
  },
  FL4062: {
    title: "the backup cannot be used",
    remedy: "Use another backup, or correct what is named; nothing was changed.",
    handling: "stall",
  },
  FL4063: {
    title: "the versions of hub and agent do not fit",
    remedy: "Upgrade the older one of the two; docs/production.md has the table.",
    handling: "stall",
    status: 409,
  },
  FL4064: {
    title: "the hub cannot be installed this way here",
    remedy: "Correct what is named; `fogline hub install --dry-run` shows the plan.",
    handling: "stall",
  },
  FL4065: {
    title: "the cluster cannot be read",
    remedy: "See that the kubeconfig names it, that its login is valid, and that this machine reaches it.",
    handling: "retry",
  },
  FL4070: {
    title: "the message broker cannot be used",
    remedy:
      "See that natsUrl leads to a NATS server that this process reaches and that knows its login, and that its max_payload is not below the default.",
    handling: "retry",
  },
} as const satisfies Record<string, CodeEntry>;
