import { entriesOf, namesOf, textOf } from "../declared.ts";
import type { FleetDocument } from "../document.ts";
import { NAME } from "../quantities.ts";
import { outermost, parseDeviceKey } from "../ranges.ts";
import { finding } from "../report.ts";
import { tables } from "../schema.ts";
import { type FleetRule, rule, type Use } from "./rule.ts";

const nameInUse = (document: FleetDocument): readonly Use[] => {
  const fleet = textOf(document.raw.fleet);
  const parts = entriesOf(document, "workloads").flatMap(([workload, { on }]) =>
    typeof on === "object" && on !== null && !Array.isArray(on)
      ? Object.keys(on).map((name) => ({ name, path: ["workloads", workload, "on", name] }))
      : [],
  );
  return [
    ...(fleet === undefined ? [] : [{ name: fleet, path: ["fleet"] }]),
    ...tables.flatMap((table) => namesOf(document, table).map((name) => ({ name, path: [table, name] }))),
    ...parts,
  ];
};

/** Of a range, the outermost ids stand for all; a malformed range has its own code. */
const isName = ({ name, path }: Use): boolean =>
  path[0] === "devices" ? outermost(parseDeviceKey(name)).every((id) => NAME.test(id)) : NAME.test(name);

/** Folders of clusters/ that hold inputs: the tree of a cluster of such a name would take their place. */
const inputFolders = ["secrets", "facts"];
/** Files of clusters/facts/ that are about no cluster: the facts of a cluster of such a name would take their place. */
const factFiles = ["wireguard"];

export const nameRules: readonly FleetRule[] = [
  rule("FL1014", (document) => [
    ...nameInUse(document)
      .filter((use) => !isName(use))
      .map(({ name, path }) => finding("FL1014", `${name || "an empty text"} cannot be a name`, document.placeOf(path, "key"), { value: name })),
    ...namesOf(document, "clusters")
      .filter((name) => inputFolders.includes(name) || factFiles.includes(name))
      .map((name) => {
        const place = document.placeOf(["clusters", name], "key");
        const holder = factFiles.includes(name) ? `clusters/facts/${name}.yaml` : `clusters/${name}`;
        return finding("FL1014", `a cluster cannot be named ${name}: ${holder} holds inputs`, place, {
          value: name,
          remedy: "Give it another name.",
        });
      }),
  ]),
];
