import { hasNats, natsNote } from "@fogline/nats/private-server";
import { afterAll, beforeAll, describe } from "vitest";
import { freePort } from "./testing/agent.ts";
import { type Fog, givenFog, heartbeatMs, startEmbedded } from "./testing/fog.ts";
import { startHubProcesses } from "./testing/hub-processes.ts";
import { makeRepository, type Repository } from "./testing/repository.ts";
import { fogScenarios } from "./testing/scenarios.ts";

// The same scenarios over a hub of one process, a hub of several, and one that somebody else started. With FOGLINE_FOG_URL only the last.

describe.skipIf(givenFog() !== undefined)("a hub of one process", () => {
  let repository: Repository;
  let fog: Fog;
  beforeAll(async () => {
    repository = makeRepository();
    repository.edit(
      "clusters/fleet.yaml",
      /^ {2}orchestrator:\n( {4}on: .*\n)/m,
      `  orchestrator:\n$1    settings: { heartbeatMs: ${heartbeatMs}, confirmMs: 900 }\n`,
    );
    repository.render();
    repository.commit("agents report every second");
    fog = await startEmbedded(repository, await freePort());
  }, 90_000);
  afterAll(async () => {
    await fog?.end();
    repository?.remove();
  });
  fogScenarios(() => fog);
});

describe.skipIf(!hasNats || givenFog() !== undefined)(`a hub of four processes${natsNote}`, () => {
  let fog: Fog;
  beforeAll(async () => {
    fog = await startHubProcesses();
  }, 120_000);
  afterAll(() => fog?.end());
  fogScenarios(() => fog);
});

describe.skipIf(givenFog() === undefined)("the hub at FOGLINE_FOG_URL", () => {
  fogScenarios(() => givenFog() as Fog);
});
