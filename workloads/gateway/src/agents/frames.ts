import { FromAgent, type FromHub } from "@fogline/contracts";

/** What a text message of an agent is. `unknown` is a frame type of a newer agent: ignored. */
export type Parsed =
  | { readonly kind: "frame"; readonly frame: FromAgent }
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "malformed"; readonly message: string };

const typeLengthMax = 64;
const problemsMax = 3;
const types: ReadonlySet<string> = new Set(FromAgent.def.options.map((option) => option.shape.type.def.values[0] as string));

/** Reads one message. Never throws, whatever the text is. */
export const parseFrame = (text: string): Parsed => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "malformed", message: "the frame is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "malformed", message: "the frame is not a JSON object" };
  const { type } = value as { type?: unknown };
  if (typeof type !== "string") return { kind: "malformed", message: "the frame has no type" };
  if (!types.has(type)) return { kind: "unknown", type: type.slice(0, typeLengthMax) };
  const parsed = FromAgent.safeParse(value);
  if (parsed.success) return { kind: "frame", frame: parsed.data };
  const problems = parsed.error.issues.slice(0, problemsMax).map((issue) => `${issue.path.join(".") || "frame"}: ${issue.message}`);
  return { kind: "malformed", message: `the frame "${type}" does not fit: ${problems.join("; ")}` };
};

export const textOfFrame = (frame: FromHub): string => JSON.stringify(frame);
