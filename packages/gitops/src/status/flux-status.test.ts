import { describe, expect, it } from "vitest";
import { commitIn, type FluxObject, fluxStatus } from "./flux-status.ts";

const old = `refs/heads/ring/stable@sha1:${"a".repeat(40)}`;
const newer = `refs/heads/ring/stable@sha1:${"b".repeat(40)}`;

const source = (revision: string | undefined, ready: Partial<{ status: string; reason: string; message: string }> = {}): FluxObject => ({
  metadata: { name: "flux-system" },
  status: {
    conditions: [{ type: "Ready", status: "True", ...ready }],
    ...(revision === undefined ? {} : { artifact: { revision } }),
  },
});

interface Sample {
  readonly applied?: string;
  readonly attempted?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly generation?: number;
  readonly lastReconciled?: string;
}

const kustomization = (
  name: string,
  { applied = newer, attempted = applied, status = "True", generation = 1, ...rest }: Sample = {},
): FluxObject => ({
  metadata: { name, generation },
  status: {
    conditions: [{ type: "Ready", status, observedGeneration: 1, reason: rest.reason ?? "ReconciliationSucceeded", message: rest.message ?? "" }],
    lastAppliedRevision: applied,
    lastAttemptedRevision: attempted,
    history: rest.lastReconciled === undefined ? [] : [{ lastReconciled: rest.lastReconciled }],
  },
});

describe("what Flux makes of a tree", () => {
  it("is current when every Kustomization runs what the source holds", () => {
    const at = "2026-11-26T06:00:00Z";
    expect(fluxStatus(source(newer), [kustomization("display", { lastReconciled: at }), kustomization("agent")])).toEqual({
      state: "current",
      stuck: false,
      reason: "it runs what its source holds",
      wantedRevision: newer,
      appliedRevision: newer,
      lastReconciledAtMs: Date.parse(at),
      kustomizations: [
        { name: "agent", state: "ready", appliedRevision: newer, message: "" },
        { name: "display", state: "ready", appliedRevision: newer, message: "" },
      ],
    });
  });

  it("is unknown where there is no source", () => {
    expect(fluxStatus(undefined, [])).toMatchObject({ state: "unknown", stuck: true, wantedRevision: null });
  });

  it("names what is not there yet while a revision is applied", () => {
    const status = fluxStatus(source(newer), [
      kustomization("controllers"),
      kustomization("configs", { applied: old, status: "Unknown", reason: "Progressing" }),
      kustomization("display", { applied: old, status: "False", reason: "DependencyNotReady" }),
    ]);
    expect(status).toMatchObject({ state: "behind", stuck: false, appliedRevision: null });
    expect(status.reason).toBe("bbbbbbbbbbbb is being applied: configs, display wait");
  });

  it("is not current while a Kustomization has not looked at its own newest form", () => {
    expect(fluxStatus(source(newer), [kustomization("display", { generation: 2 })])).toMatchObject({ state: "behind", stuck: false });
  });

  it("says which Kustomization refused a revision, why, and what stays there", () => {
    const status = fluxStatus(source(newer), [
      kustomization("agent"),
      kustomization("display", { applied: old, attempted: newer, status: "False", reason: "ReconciliationFailed", message: "no such field" }),
    ]);
    expect(status).toMatchObject({ state: "refused", stuck: true });
    expect(status.reason).toBe("bbbbbbbbbbbb was refused in display, where aaaaaaaaaaaa stays: no such field");
  });

  it("does not hold an older revision's refusal against a newer one", () => {
    const status = fluxStatus(source(newer), [kustomization("display", { applied: old, attempted: old, status: "False", reason: "BuildFailed" })]);
    expect(status).toMatchObject({ state: "behind", stuck: false });
  });

  it("tells what is applied and not healthy from what is refused", () => {
    const status = fluxStatus(source(newer), [
      kustomization("display", {
        applied: old,
        attempted: newer,
        status: "False",
        reason: "HealthCheckFailed",
        message: "timeout waiting for: display",
      }),
    ]);
    expect(status).toMatchObject({ state: "behind", stuck: true, reason: "display is not healthy in bbbbbbbbbbbb: timeout waiting for: display" });
  });

  it("says that the source cannot be fetched and what stays, before anything else", () => {
    const status = fluxStatus(source(old, { status: "False", reason: "GitOperationFailed", message: "connection refused" }), [
      kustomization("display", { applied: old }),
    ]);
    expect(status).toMatchObject({ state: "behind", stuck: true });
    expect(status.reason).toBe("the source cannot be fetched, aaaaaaaaaaaa stays: connection refused");
    expect(fluxStatus(source(undefined, { status: "False" }), []).reason).toContain("nothing was fetched yet");
  });
});

describe("the commit of a revision", () => {
  it.each([
    [newer, "b".repeat(40)],
    [`stable@sha256:${"c".repeat(64)}`, "c".repeat(64)],
    ["main", "main"],
    [null, null],
  ])("of %s is %s", (revision, commit) => {
    expect(commitIn(revision)).toBe(commit);
  });
});
