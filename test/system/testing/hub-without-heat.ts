import { type Profile, profiles } from "@fogline/placement";
import { runHubProgram } from "./hub-program.ts";

// A hub whose scheduler sees heat and tells of it, but whose score for it is 1 whatever the temperature is.

const coldBlooded = (profile: Profile): Profile => ({
  ...profile,
  parts: profile.parts.map((part) => (part.name === "heat" ? { ...part, of: (task, node) => ({ ...part.of(task, node), value: 1 }) } : part)),
});

await runHubProgram({ profiles: { fog: coldBlooded(profiles.fog), tiers: coldBlooded(profiles.tiers) } });
