import type { DeviceForm, DeviceFormProblems } from "../../text/enrolment.ts";
import { TextField } from "../form.tsx";

interface DeviceFieldsProps {
  readonly form: DeviceForm;
  readonly problems: DeviceFormProblems;
  readonly change: (part: Partial<DeviceForm>) => void;
  readonly hardware: readonly string[];
  readonly sites: readonly string[];
  /** What happens without a site. */
  readonly siteHint: string;
}

/** What a new device is called, what it is, and where it stands. */
export const DeviceFields = ({ form, problems, change, hardware, sites, siteHint }: DeviceFieldsProps) => (
  <div class="fields three">
    <TextField label="Name" value={form.id} change={(id) => change({ id })} placeholder="pi-7" problem={problems.id} hint="Unique in the fleet." />
    <TextField
      label="Hardware"
      value={form.hardware}
      change={(value) => change({ hardware: value })}
      offers={hardware}
      placeholder="pi-5-8"
      problem={problems.hardware}
      hint="Its profile."
    />
    <TextField label="Site" value={form.site} change={(site) => change({ site })} offers={sites} problem={problems.site} hint={siteHint} />
  </div>
);
