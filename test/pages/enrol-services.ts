import {
  addSimulatedDevice,
  createEnrolment,
  type Enrolment,
  failureOf,
  listEnrolments,
  removeEnrolment,
  removeSimulatedDevice,
} from "@fogline/contracts";
import { fail, ok } from "@fogline/findings";
import { type Answering, answering } from "./answering.ts";
import type { World } from "./hub.ts";

/** As long as a real one. */
const token = `fle_${"eyJ1Ijoid3NzOi8vaHViLmV4YW1wbGUub3JnOjgwOTEvYWdlbnRzIiwibiI6InBpLTQifQ".repeat(3)}`;

export interface EnrolServices {
  readonly enrolments: Map<string, Enrolment>;
  /** Simulated devices that were asked for. */
  readonly simulated: Map<string, { hardware: string; site: string | undefined }>;
  readonly answers: (world: World, nowMs: number) => readonly Answering[];
}

/** The gateway's enrolment and the simulation as the page sees them. */
export const enrolServices = (): EnrolServices => {
  const services: EnrolServices = {
    enrolments: new Map(),
    simulated: new Map(),
    answers: ({ nodes }, nowMs) => [
      answering(listEnrolments, async () => ok({ enrolments: [...services.enrolments.values()].toReversed(), next: null })),
      answering(createEnrolment, async ({ id: node, ttlMs }) => {
        if (!nodes.has(node)) return fail(failureOf(createEnrolment, "notFound", { id: node }));
        for (const [id, known] of services.enrolments) if (known.node === node) services.enrolments.delete(id);
        const enrolment = { id: `e-${services.enrolments.size + 1}`, node, createdAtMs: nowMs, expiresAtMs: nowMs + ttlMs, usedAtMs: null };
        services.enrolments.set(enrolment.id, enrolment);
        return ok({ ...enrolment, token, command: `npx fogline agent --token ${token}` });
      }),
      answering(removeEnrolment, async ({ id }) =>
        services.enrolments.delete(id) ? ok({}) : fail(failureOf(removeEnrolment, "noEnrolment", { id })),
      ),
      answering(addSimulatedDevice, async ({ id, hardware, site }) => {
        if (nodes.has(id)) return fail(failureOf(addSimulatedDevice, "idTaken", { id }));
        if (hardware === "toaster") return fail(failureOf(addSimulatedDevice, "unknownHardware", { hardware, known: ["pi-4-4", "pi-5-8"] }));
        services.simulated.set(id, { hardware, site });
        return ok({ id });
      }),
      answering(removeSimulatedDevice, async ({ id }) =>
        services.simulated.delete(id) ? ok({}) : fail(failureOf(removeSimulatedDevice, "notSimulated", { id })),
      ),
    ],
  };
  return services;
};
