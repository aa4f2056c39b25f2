import type { Owner } from "@fogline/gitops";
import { parse } from "yaml";
import { z } from "zod";

const shape = z.object({ fleet: z.string(), device: z.string(), cluster: z.string().optional() });

/** What `/etc/fogline/identity.yaml` of a machine says; `broken` where it says nothing that can be used. */
export const readOwner = (text: string): Owner | "broken" => {
  try {
    const { fleet, device, cluster } = shape.parse(parse(text));
    return { fleet, device, ...(cluster === undefined ? {} : { cluster }) };
  } catch {
    return "broken";
  }
};
