import type { DeviceForm } from "../../text/enrolment.ts";
import { type Draft, fieldsOf, TextField } from "../form.tsx";

interface DeviceFieldsProps extends Draft<DeviceForm> {
  readonly hardware: readonly string[];
  readonly sites: readonly string[];
  /** What happens without a site. */
  readonly siteHint: string;
}

/** What a new device is called, what it is, and where it stands. */
export const DeviceFields = ({ hardware, sites, siteHint, ...draft }: DeviceFieldsProps) => {
  const field = fieldsOf<DeviceForm>(draft);
  return (
    <div class="fields three">
      <TextField label="Name" {...field("id")} placeholder="pi-7" hint="Unique in the fleet." />
      <TextField label="Hardware" {...field("hardware")} offers={hardware} placeholder="pi-5-8" hint="Its profile." />
      <TextField label="Site" {...field("site")} offers={sites} hint={siteHint} />
    </div>
  );
};
