import type { createEnrolment, Enrolment, Output } from "@fogline/contracts";
import { type Answer, ask } from "./http.ts";

export type NewEnrolment = Output<(typeof createEnrolment)["response"]>;

export interface EnrolmentPage {
  readonly enrolments: readonly Enrolment[];
  readonly next: string | null;
}

export const enrolmentsAddress = "/api/enrolments?limit=100";

/** Setting up a simulated device waits for it. */
const simulationTimeoutMs = 20_000;

const simulated = (id: string): string => `/api/simulation/${encodeURIComponent(id)}`;

export const makeToken = (id: string): Promise<Answer<NewEnrolment>> =>
  ask<NewEnrolment>("POST", `/api/nodes/${encodeURIComponent(id)}/enrolment`, {});

export const revokeToken = (id: string): Promise<Answer<object>> => ask<object>("DELETE", `/api/enrolments/${encodeURIComponent(id)}`);

export const addSimulated = (id: string, hardware: string, site: string): Promise<Answer<{ id: string }>> =>
  ask<{ id: string }>("PUT", simulated(id), { hardware, ...(site === "" ? {} : { site }) }, { timeoutMs: simulationTimeoutMs });

export const removeSimulated = (id: string): Promise<Answer<object>> =>
  ask<object>("DELETE", simulated(id), undefined, { timeoutMs: simulationTimeoutMs });
