import { afterEach, describe, expect, it } from "vitest";
import { nodeRecord } from "./testing/fleet.ts";
import { TestWorld, type WorldOptions } from "./testing/world.ts";

let world: TestWorld;
const open = async (options: WorldOptions): Promise<TestWorld> => {
  world = new TestWorld(options);
  return world.open();
};
afterEach(() => world.stop());

describe("the scheduler", () => {
  it("places a task, hands it over, and answers its result", async () => {
    await open({ nodes: [nodeRecord("a")] });
    const { id, status } = await world.submit({ command: ["uname", "-a"] });
    expect(status).toBe("queued");
    const task = await world.reaches(id, "succeeded");
    expect(task).toMatchObject({ node: "a", attempt: 1, executionId: `${id}.1`, reason: "exited with code 0 on a" });
    expect(task.result).toMatchObject({ exitCode: 0, stdout: "ran on a\n", node: "a" });
    expect(task.placement).toMatchObject({ chosen: "a", profile: "fog" });
    expect(world.fleet.lines.get(id)).toEqual([`${id}.1`]);
  });
});
