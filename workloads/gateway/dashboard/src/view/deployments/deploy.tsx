import type { DeploymentRecord } from "@fogline/contracts";
import { useEffect, useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { curlOf } from "../../text/curl.ts";
import {
  type DeploymentForm,
  type DeploymentFormProblems,
  emptyDeploymentForm,
  exampleOf,
  problemsOfAnswer,
  problemsOfForm,
  specOf,
} from "../../text/deployment.ts";
import { Command } from "../command.tsx";
import { ChoiceField, TextField } from "../form.tsx";
import { refusedText, useSubmission } from "../submission.ts";

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
      <div class="ask">
        <button type="submit" class="primary" disabled={refusal !== null || sent.kind === "asking" || sent.kind === "made"}>
          {sent.kind === "asking" ? "Asking the hub" : "Deploy it"}
        </button>
        <button type="button" onClick={close}>
          Close
        </button>
        <span role="status" class={sent.kind === "refused" ? "bad" : ""}>
          {refusal ??
            (sent.kind === "made"
              ? `${sent.value.spec.name} is ${sent.value.status}: ${sent.value.reason}.`
              : sent.kind === "refused"
                ? refusedText(sent.refused, "deployment", Object.keys(shown).length > 0)
                : "")}
        </span>
      </div>
      <div class="same">
        <span class="quiet">The same as a request, on the hub's machine:</span>
        <Command text={curlOf(location.origin, "POST", "/api/deployments", exampleOf(form))} />
      </div>
    </form>
  );
};

interface FieldsProps {
  readonly form: DeploymentForm;
  readonly problems: DeploymentFormProblems;
  readonly change: (part: Partial<DeploymentForm>) => void;
}

const Fields = ({ form, problems, change }: FieldsProps) => (
  <div class="fields">
    <TextField
      label="Name"
      value={form.name}
      change={(name) => change({ name })}
      placeholder="detector"
      problem={problems.name}
      hint="How people call it."
    />
    <Spread {...{ form, problems, change }} />
    <TextField
      label="Image"
      value={form.image}
      change={(image) => change({ image })}
      placeholder="none: on the device itself"
      problem={problems.image}
      hint="Runs in a container where there is a runtime."
    />
    <TextField
      wide
      mono
      label="Command"
      value={form.command}
      change={(command) => change({ command })}
      placeholder="python3 detect.py"
      problem={problems.command}
      hint="Started again whenever it ends. It runs without a shell."
    />
    <TextField
      label="Memory"
      value={form.memory}
      change={(memory) => change({ memory })}
      placeholder="64MiB"
      problem={problems.memory}
      hint="Of each replica."
    />
    <TextField
      label="CPU cores"
      value={form.cpu}
      change={(cpu) => change({ cpu })}
      placeholder="0.1"
      inputMode="decimal"
      problem={problems.cpu}
      hint="Of each replica."
    />
  </div>
);

/** A number of replicas anywhere, or one on each of some devices. */
const Spread = ({ form, problems, change }: FieldsProps) => (
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
      <TextField
        label="Replicas"
        value={form.replicas}
        change={(replicas) => change({ replicas })}
        inputMode="numeric"
        problem={problems.replicas}
        hint="On the devices that suit it best."
      />
    ) : (
      <TextField
        label="Devices"
        value={form.nodes}
        change={(nodes) => change({ nodes })}
        placeholder="pi-1, pi-2"
        problem={problems.nodes}
        hint="Parted by commas."
      />
    )}
  </>
);
