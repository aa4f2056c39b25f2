import { describe, expect, it } from "vitest";
import { comments } from "../packages/contracts/src/openapi/comments.ts";
import { contractComments } from "./contract-comments.ts";

describe("the comments of the contracts", () => {
  it("are what packages/contracts/src/openapi/comments.ts says; if not, run `npm run contracts`", () => {
    expect(comments).toEqual(contractComments());
  });

  it("are found by the path of the field, also where a record extends or narrows another", () => {
    const found = contractComments();
    expect(found["NodeDeclaration.availability"]).toBe("Share of the time the node's tier promises, 0 to 1.");
    expect(found["NodeRecord.availability"]).toBe(found["NodeDeclaration.availability"]);
    expect(found["DeploymentSpec.task.priority"]).toBe(found["TaskSpec.priority"]);
  });

  it("are found by the name of the contract, through lists and optional parts", () => {
    const found = contractComments();
    expect(found["audit.verify.response.head"]).toContain("newest sequence");
    expect(found["PlacementExplanation.candidates.parts"]).toContain("In the order they apply.");
    expect(found["EdgeMetrics.offline.tasksFinished"]).toContain("while the hub was away");
  });
});
