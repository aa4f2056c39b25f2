import { explainNode, type OfflineExplanation } from "@fogline/contracts";
import type { Context } from "../context.ts";
import { Exit, exitCodes } from "../exit.ts";

const lead = (name: string, index: number): string => (index === 0 ? name : "").padEnd("because".length);

/** The answer first, what speaks for it second, what to do last. */
export const whyLines = ({ answer, because, also, next }: OfflineExplanation): string[] => [
  answer,
  ...because.map((text, index) => `  ${lead("because", index)}  ${text}`),
  ...also.map((text, index) => `  ${lead("also", index)}  ${text}`),
  ...next.map((text, index) => `  ${lead("next", index)}  ${text}`),
];

/** `fogline device why <device>`: why it is away. Ends with 1 while it is. */
export const deviceWhyCommand = async ({ output, hub }: Context, id: string): Promise<void> => {
  const why = await hub().call(explainNode, { id });
  output.value({ why });
  for (const line of whyLines(why)) output.line(line);
  if (why.cause !== "online") throw new Exit(exitCodes.findings);
};
