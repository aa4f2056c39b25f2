import { ApiRefusal, type ControlPlane, startControlPlane } from "@fogline/dev-cluster";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installDefinitions } from "./testing/definitions.ts";
import { stricter } from "./testing/differences.ts";
import { type Case, everyEdit, workedOn } from "./testing/edits.ts";
import { exampleClusters, exampleTree, fluxSystem, objectsOf } from "./testing/example-trees.ts";
import { inParallel } from "./testing/in-parallel.ts";
import { otherKinds, traps } from "./testing/traps.ts";
import { refusals } from "./testing/verdict.ts";

const objects = [...exampleClusters.flatMap((name) => objectsOf(exampleTree(name))), ...otherKinds];

describe("check and the API server", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await installDefinitions(plane.api);
    for (const namespace of [fluxSystem, ...objects.filter(({ kind }) => kind === "Namespace")]) await plane.api.apply(namespace);
  });
  afterAll(async () => {
    await plane?.stop();
  });

  /** What the API server has against an object. Namespaces are there already, which is found out after all else has been looked at. */
  const refusalOf = async (object: Case["object"]): Promise<string | undefined> => {
    try {
      await plane.api.create(object, { dryRun: true });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiRefusal) || ![400, 409, 422].includes(error.status)) throw error;
      return error.status === 409 && error.reason === "AlreadyExists" ? undefined : error.message;
    }
  };

  /** How many of the cases both take and both refuse; the titles of those that only the API server refuses; which differences were met. */
  const compare = async (cases: readonly Case[]) => {
    const [missed, unexplained, met] = [[] as string[], [] as string[], new Set<string>()];
    let [taken, refused] = [0, 0];
    await inParallel(cases, async (one) => {
      const findings = refusals(one.object);
      const refusal = await refusalOf(one.object);
      if (findings.length === 0) {
        if (refusal === undefined) taken += 1;
        else missed.push(`${one.title}: ${refusal}`);
        return;
      }
      if (refusal !== undefined) {
        refused += 1;
        return;
      }
      for (const finding of findings) {
        const difference = stricter.find(({ covers }) => covers(one, finding));
        if (difference === undefined) unexplained.push(`${one.title}: ${finding.message}`);
        else met.add(difference.what);
      }
    });
    return { missed, unexplained, met, taken, refused };
  };

  it("both take every object of the trees, and one of every other kind that check knows", async () => {
    const cases = objects.map((object) => ({ title: "", kind: "", place: "", by: "", object }));
    expect(await compare(cases)).toEqual({ missed: [], unexplained: [], met: new Set(), taken: objects.length, refused: 0 });
  });

  it("say the same of all these objects with any one value changed, but for where check is stricter on purpose", async () => {
    const cases = everyEdit(objects);
    const { missed, unexplained, met, taken, refused } = await compare(cases);
    expect({ missed, unexplained }).toEqual({ missed: [], unexplained: [] });
    expect([...met].toSorted()).toEqual(stricter.map(({ what }) => what).toSorted());
    expect(taken).toBeGreaterThan(2_000);
    expect(refused).toBeGreaterThan(2_000);
  });

  it("say the same of objects that were changed in many places, from a seed", async () => {
    const { missed, unexplained, taken, refused } = await compare(workedOn(objects, 2_000));
    expect({ missed, unexplained }).toEqual({ missed: [], unexplained: [] });
    expect(taken).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });

  it.each(traps.filter(({ code }) => code !== undefined))("both refuse $says", async ({ object }) => {
    expect(await refusalOf(object)).toBeDefined();
    expect(refusals(object)).not.toEqual([]);
  });

  it.each(traps.filter(({ code }) => code === undefined))("both take $says", async ({ object }) => {
    expect(await refusalOf(object)).toBeUndefined();
    expect(refusals(object)).toEqual([]);
  });
});
