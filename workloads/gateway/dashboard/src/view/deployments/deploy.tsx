import type { DeploymentRecord } from "@fogline/contracts";
import { useEffect, useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { curlOf } from "../../text/curl.ts";
import { type DeploymentForm, emptyDeploymentForm, exampleOf, problemsOfAnswer, problemsOfForm, specOf } from "../../text/deployment.ts";
import { AskRow } from "../ask-row.tsx";
import { Command } from "../command.tsx";
import { ChoiceField, type Draft, fieldsOf, TextField } from "../form.tsx";
import { useSubmission } from "../submission.ts";

export interface DeployProps {
  readonly devices: ReadonlyMap<string, Device>;
  /** Why nothing can be deployed now; null when it can. */
  readonly refusal: string | null;
  readonly close: () => void;
  readonly made: (deployment: DeploymentRecord) => void;
}

/** Asks the hub to keep a program running, with the same as a request beside it. */
export const Deploy = ({ devices, refusal, close, made }: DeployProps) => {
  const [form, setForm] = useState<DeploymentForm>(emptyDeploymentForm);
  const [tried, setTried] = useState(false);
  const { sent, submit, anew } = useSubmission<DeploymentRecord>("/api/deployments");
  useEffect(() => {
    if (sent.kind === "made") made(sent.value);
  }, [sent.kind]);
  const found = problemsOfForm(form, (id) => devices.has(id));
  const shown = { ...(sent.kind === "refused" ? problemsOfAnswer(sent.refused.fields) : {}), ...(tried ? found : {}) };
  const change = (part: Partial<DeploymentForm>): void => {
    setForm((before) => ({ ...before, ...part }));
    if (sent.kind === "made") anew();
  };
  const send = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (refusal !== null || sent.kind === "asking" || sent.kind === "made") return;
    if (Object.keys(found).length === 0) void submit(specOf(form));
  };
  return (
    <form class="panel" aria-label="Deploy" onSubmit={send} onKeyDown={(event) => event.key === "Escape" && close()} novalidate>
      <Fields form={form} problems={shown} change={change} />
      <AskRow
        {...{ sent, refusal, close }}
        verb="Deploy it"
        thing="deployment"
        shownAtFields={Object.keys(shown).length > 0}
        made={({ spec, status, reason }) => `${spec.name} is ${status}: ${reason}.`}
      />
      <div class="same">
        <span class="quiet">The same as a request, on the hub's machine:</span>
        <Command text={curlOf(location.origin, "POST", "/api/deployments", exampleOf(form))} />
      </div>
    </form>
  );
};

const Fields = (draft: Draft<DeploymentForm>) => {
  const field = fieldsOf(draft);
  return (
    <div class="fields">
      <TextField label="Name" {...field("name")} placeholder="detector" hint="How people call it." />
      <Spread {...draft} />
      <TextField label="Image" {...field("image")} placeholder="none: on the device itself" hint="Runs in a container where there is a runtime." />
      <TextField
        wide
        mono
        label="Command"
        {...field("command")}
        placeholder="python3 detect.py"
        hint="Started again whenever it ends. It runs without a shell."
      />
      <TextField label="Memory" {...field("memory")} placeholder="64MiB" hint="Of each replica." />
      <TextField label="CPU cores" {...field("cpu")} placeholder="0.1" inputMode="decimal" hint="Of each replica." />
    </div>
  );
};

/** A number of replicas anywhere, or one on each of some devices. */
const Spread = (draft: Draft<DeploymentForm>) => {
  const { form, change } = draft;
  const field = fieldsOf(draft);
  return (
    <>
      <ChoiceField
        label="Spread"
        value={form.spread}
        change={(spread) => change({ spread: spread === "nodes" ? "nodes" : "number" })}
        choices={[
          { value: "number", text: "A number of replicas" },
          { value: "nodes", text: "One on each device named" },
        ]}
      />
      {form.spread === "number" ? (
        <TextField label="Replicas" {...field("replicas")} inputMode="numeric" hint="On the devices that suit it best." />
      ) : (
        <TextField label="Devices" {...field("nodes")} placeholder="pi-1, pi-2" hint="Parted by commas." />
      )}
    </>
  );
};
