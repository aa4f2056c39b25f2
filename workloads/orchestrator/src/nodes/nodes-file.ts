import { readFile } from "node:fs/promises";
import { NodeDeclaration } from "@fogline/contracts";
import { FoglineError, textOf } from "@fogline/findings";
import type { Client } from "@fogline/rpc";
import type { Log } from "@fogline/service";
import { z } from "zod";
import { declareNodes } from "./declare.ts";

/** How often the file is looked at. A mounted ConfigMap takes up to a minute itself. */
export const nodesFileMs = 5_000;

const problemsMax = 3;

/** The nodes in the text of a file: a JSON array of declarations. Throws FL4015 with what is wrong first. */
const nodesIn = (text: string, path: string): NodeDeclaration[] => {
  const refuse = (why: string): never => {
    throw new FoglineError("FL4015", `nodesFile ${path}: ${why}`, { remedy: "Let `fogline fleet nodes` write it." });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("it is not JSON");
  }
  const parsed = z.array(NodeDeclaration).safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse(
    parsed.error.issues
      .slice(0, problemsMax)
      .map(({ path: at, message }) => `${at.join(".")}: ${message}`)
      .join("; "),
  );
};

/**
 * Makes the registry follow a file. `look` reads it and declares its nodes when its text is another than the last that was declared; one that
 * cannot be used changes nothing, and is told once.
 */
export const followNodesFile = (path: string, { client, log }: { client: Client; log: Log }): { look(): Promise<void> } => {
  let declared: string | undefined;
  let refused: string | undefined;
  return {
    look: async () => {
      try {
        const text = await readFile(path, "utf8");
        if (text === declared) return;
        const nodes = nodesIn(text, path);
        await declareNodes(client, nodes);
        declared = text;
        refused = undefined;
        log.info({ path, nodes: nodes.length }, "the nodes of the file are declared");
      } catch (thrown) {
        const why = textOf(thrown);
        if (why !== refused) log.error({ path, why }, "the file of nodes cannot be used; the nodes stay as they are");
        refused = why;
      }
    },
  };
};
