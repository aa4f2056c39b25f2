import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readObjects, readTraps } from "@fogline/gitops/fixtures";
import { root } from "../../../scripts/root.ts";

const read = (name: string): string => readFileSync(join(root, "packages/gitops/fixtures/objects", name), "utf8");

/** Good objects of the kinds that check knows and no example tree has. */
export const otherKinds = readObjects(read("other-kinds.yaml"));

/** What people write, and whether check refuses it. */
export const traps = readTraps(read("traps.yaml"));
