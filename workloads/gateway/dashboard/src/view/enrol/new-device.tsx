import { useState } from "preact/hooks";
import type { Device } from "../../live/state.ts";
import { addDeviceCommand, type DeviceForm, problemsOfDevice } from "../../text/enrolment.ts";
import { Command } from "../command.tsx";
import { DeviceFields } from "./device-fields.tsx";

/** A device that is not in the fleet file: what adds it there. The file is the truth, so the page only says how. */
export const NewDevice = ({
  devices,
  hardware,
  sites,
}: {
  devices: ReadonlyMap<string, Device>;
  hardware: readonly string[];
  sites: readonly string[];
}) => {
  const [form, setForm] = useState<DeviceForm>({ id: "", hardware: "", site: "" });
  const found = problemsOfDevice(form, (id) => devices.has(id));
  // Nobody is blamed for a field that is still empty.
  const problems = Object.fromEntries(Object.entries(found).filter(([field]) => form[field as keyof DeviceForm] !== ""));
  return (
    <section aria-labelledby="new-device">
      <h2 id="new-device">A device that is not in the fleet file</h2>
      <div class="panel">
        <DeviceFields
          {...{ form, hardware, sites, problems }}
          change={(part) => setForm((before) => ({ ...before, ...part }))}
          siteHint="Of a device without a cluster."
        />
        <div class="same">
          <span class="quiet">In the repository, this adds it; then render, look at the difference and commit. Its slot appears above.</span>
          <Command text={addDeviceCommand(form)} />
          <Command text="npx fogline render" />
        </div>
      </div>
    </section>
  );
};
