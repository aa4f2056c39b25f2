import { useState } from "preact/hooks";
import { addSimulated, removeSimulated } from "../../live/enrolment.ts";
import type { Refused } from "../../live/http.ts";
import type { Device } from "../../live/state.ts";
import { curlOf } from "../../text/curl.ts";
import { type DeviceForm, problemsOfDevice } from "../../text/enrolment.ts";
import { Action } from "../action.tsx";
import { Same } from "../same.tsx";
import { DeviceFields } from "./device-fields.tsx";
import { Progress } from "./progress.tsx";

export interface SimulatedProps {
  readonly devices: ReadonlyMap<string, Device>;
  readonly hardware: readonly string[];
  readonly sites: readonly string[];
  readonly refusal: string | null;
  /** The device that was added here last; null when there is none. */
  readonly added: string | null;
  readonly add: (id: string | null) => void;
  /** Says what happened, because the place of the action goes with the device. */
  readonly tell: (what: string) => void;
}

const freeName = (devices: ReadonlyMap<string, Device>): string => {
  for (let number = 1; ; number++) if (!devices.has(`virtual-${number}`)) return `virtual-${number}`;
};

/** Enrols a device that exists only in the hub: the same way in as a real one, without having one. */
export const Simulated = ({ devices, hardware, sites, refusal, added, add, tell }: SimulatedProps) => {
  const [form, setForm] = useState<DeviceForm>({ id: freeName(devices), hardware: "pi-5-8", site: "" });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const problems = problemsOfDevice(form, (id) => devices.has(id) && id !== added);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (busy || refusal !== null || Object.keys(problems).length > 0) return;
    setBusy(true);
    const { id } = form;
    const answer = await addSimulated(id, form.hardware, form.site);
    setBusy(false);
    setRefused(answer.ok ? null : answer);
    if (!answer.ok) return;
    setTried(false);
    add(id);
  };
  const change = (part: Partial<DeviceForm>): void => {
    setForm((before) => ({ ...before, ...part }));
    setRefused(null);
  };
  return (
    <section aria-labelledby="simulated">
      <h2 id="simulated">Try it with a simulated device</h2>
      <p class="quiet lead">
        It runs inside the hub, has a virtual battery, heat and link, takes tasks, and lives until it is removed or the hub stops.
      </p>
      <form class="panel" aria-labelledby="simulated" onSubmit={send} novalidate>
        <DeviceFields {...{ form, change, hardware, sites }} problems={tried ? problems : {}} siteHint="Left empty, the hub's own." />
        <div class="ask">
          <button type="submit" class="primary" disabled={busy || refusal !== null}>
            {busy ? "Setting it up" : `Enrol ${form.id === "" ? "it" : form.id}`}
          </button>
          <span role="status" class={refused === null ? "" : "bad"}>
            {refusal ?? (refused === null ? "" : `Nothing was set up: ${refused.message}.`)}
          </span>
        </div>
        <Same
          commands={[
            curlOf(location.origin, "PUT", `/api/simulation/${form.id}`, {
              hardware: form.hardware,
              ...(form.site === "" ? {} : { site: form.site }),
            }),
          ]}
        />
        {added !== null && <Added id={added} {...{ devices, refusal, add, tell }} />}
      </form>
    </section>
  );
};

/** The device that was added last: how far it is, and the way to take it back. */
const Added = ({ id, devices, refusal, add, tell }: Pick<SimulatedProps, "devices" | "refusal" | "add" | "tell"> & { readonly id: string }) => {
  const node = devices.get(id)?.node;
  return (
    <>
      <Progress id={id} node={node} cameIn={node?.status === "online"} />
      <Action
        verb={`Remove ${id}`}
        keep="Keep it"
        effect={`${id} ends and is forgotten. What runs there moves where it may.`}
        act={() => removeSimulated(id)}
        done={() => {
          tell(`${id} is gone`);
          return `${id} is gone`;
        }}
        refusal={refusal}
        after={() => add(null)}
      />
    </>
  );
};
