import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diffFleet, type FleetDiff } from "@fogline/gitops";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/root.ts";
import { fogline } from "../system/testing/cli.ts";
import { makeRepository, type Repository } from "../system/testing/repository.ts";
import { edits, type FleetEdit, richer } from "./testing/fleet-edits.ts";
import { type FleetRevision, revisionOf } from "./testing/fleet-revision.ts";
import { patched } from "./testing/merge-patch.ts";
import { type PredictedCluster, type Seen, startPredictedCluster } from "./testing/predicted-cluster.ts";

const fleetFile = "clusters/fleet.yaml";
const names = ["edge-pi", "edge-jetson"];
const startedFrom = patched(parse(readFileSync(join(root, fleetFile), "utf8")), richer);

/** The fleet file after an edit. */
const textOf = ({ patch = {}, comment }: Partial<FleetEdit> = {}): string =>
  `${comment === undefined ? "" : `# ${comment}\n`}${JSON.stringify(patched(startedFrom, patch), null, 2)}\n`;

type ClusterDiff = FleetDiff["clusters"][number];

const stays = new Set(["kept", "refused", "waits"]);

/** What the difference says of a cluster, in the words of what is seen. */
const predicted = ({ objects, restarts }: ClusterDiff): Seen => ({
  objects: objects.flatMap(({ change, name }) => (stays.has(change) ? [] : [`${change} ${name}`])).sort(),
  restarts: restarts.map(({ name, pods }) => `${name} ${pods}`).sort(),
  refused: objects.flatMap(({ change, name }) => (change === "refused" ? [name] : [])).sort(),
});

/** Whether clusters end up with the new tree, so that the way back from it can be predicted as well. */
const arrives = ({ clusters }: FleetDiff): boolean =>
  clusters.filter(({ cluster }) => names.includes(cluster)).every(({ objects }) => objects.every(({ change }) => !stays.has(change)));

describe("what fogline diff predicts", () => {
  const base: FleetRevision = revisionOf(textOf());
  const seenChanges = new Set<string>();
  let repository: Repository;
  let clusters: readonly PredictedCluster[] = [];
  beforeAll(async () => {
    clusters = await Promise.all(names.map((name) => startPredictedCluster(name, base)));
    repository = makeRepository();
    writeFileSync(join(repository.path, fleetFile), base.text);
    repository.render();
    repository.commit("a richer fleet");
  });
  afterAll(async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
    repository?.remove();
  });

  /** What the command says of a fleet file that is not committed yet. */
  const askCommand = ({ text }: FleetRevision): FleetDiff => {
    writeFileSync(join(repository.path, fleetFile), text);
    const said = fogline(["--repo", repository.path, "diff", "HEAD", "--json"]);
    if (said.stdout === "") throw new Error(said.stderr);
    return said.json() as FleetDiff;
  };

  const expectToHold = async (diff: FleetDiff, now: FleetRevision): Promise<void> => {
    const expected = clusters.map(({ name }) => diff.clusters.find(({ cluster }) => cluster === name)).map((one) => one && predicted(one));
    const seen = await Promise.all(clusters.map((cluster) => cluster.apply(now)));
    expect(seen).toEqual(expected);
    for (const { objects, restarts, refused } of seen) {
      for (const sentence of objects) seenChanges.add(sentence.replace(/ .*/, ""));
      if (restarts.length > 0) seenChanges.add("restarted");
      if (refused.length > 0) seenChanges.add("refused");
    }
  };

  it.each(edits)("is what happens when $sentence", async (edit) => {
    const now = revisionOf(textOf(edit));
    const diff = edit.asksCommand ? askCommand(now) : diffFleet(base, now, names);
    let isBack = false;
    try {
      await expectToHold(diff, now);
      if (!arrives(diff)) return;
      isBack = true;
      await expectToHold(diffFleet(now, base, names), base);
    } finally {
      if (!isBack) await Promise.all(clusters.map((cluster) => cluster.apply(base)));
    }
  });

  it("was tried with everything that a change can do", () => {
    expect([...seenChanges].sort()).toEqual(["added", "changed", "refused", "removed", "restarted"]);
  });
});
