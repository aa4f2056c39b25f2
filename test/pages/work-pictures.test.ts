import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { auditOf, auditServices } from "./audit-services.ts";
import { barriersOf } from "./barriers.ts";
import { picture } from "./browser.ts";
import { deploymentServices } from "./deployment-services.ts";
import { enrolServices } from "./enrol-services.ts";
import { clustersOf } from "./gitops-records.ts";
import type { TestHub } from "./hub.ts";
import { looks } from "./looks.ts";
import { peopleServices } from "./people-services.ts";
import { taskServices } from "./task-services.ts";
import { says, type VisitOptions, visits } from "./visit.ts";

const visit = visits();

interface Scene extends VisitOptions {
  readonly name: string;
  /** What a visitor does before the picture is taken. */
  readonly before?: (page: Page, hub: TestHub) => Promise<void>;
}

/** Services of their own for every picture: what one visitor does is nothing to the next. */
const fresh =
  (services: () => { readonly answers: NonNullable<VisitOptions["answers"]> }): NonNullable<VisitOptions["answers"]> =>
  (world, nowMs) =>
    services().answers(world, nowMs);

const neverSeen = (id: string, options: VisitOptions): VisitOptions => ({
  ...options,
  change: ({ nodes }) => {
    const node = nodes.get(id);
    if (node !== undefined)
      nodes.set(id, { ...node, status: "never-seen", reason: "its agent never connected", capabilities: null, state: null, lastSeenAtMs: null });
  },
});

/** Pages as they are when something is to be seen on them. */
const scenes: readonly Scene[] = [
  {
    name: "tasks",
    path: "/tasks#submit=task&task=t-82",
    answers: fresh(() => taskServices()),
    before: async (page) => page.getByLabel("Command").fill("python3 detect.py | wc"),
  },
  {
    name: "task",
    path: "/tasks/t-81",
    answers: fresh(() => taskServices()),
    before: async (page) => page.getByRole("button", { name: "Cancel this task …" }).click(),
  },
  {
    name: "deployments",
    path: "/deployments#deployment=d-recorder",
    answers: fresh(() => deploymentServices()),
    before: async (page) => page.getByRole("button", { name: "Show what they wrote" }).click(),
  },
  {
    name: "deploy",
    path: "/deployments#deploy=form",
    answers: fresh(() => deploymentServices()),
    before: async (page) => page.getByRole("button", { name: "Deploy it" }).click(),
  },
  {
    name: "events",
    path: "/events",
    before: async (page, hub) => {
      await hub.setNode("pi-3", { status: "offline", reason: "silent for 90 s: 3 heartbeats missed" });
      await hub.setNode("pi-2", { status: "suspect", reason: "its connection was lost: the socket closed" });
      for (const task of hub.world.tasks.values()) await hub.setTask({ ...task, version: 9 });
      await page.getByText("task ./calibrate --camera 3 on jetson-1 is failed").last().waitFor();
    },
  },
  {
    name: "audit",
    path: "/audit",
    answers: fresh(() => auditServices((nowMs) => auditOf(nowMs, 200))),
    before: async (page) => page.getByText("cut off, result not known").waitFor(),
  },
  {
    name: "gitops",
    path: "/gitops#cluster=edge-jetson",
    change: (world, nowMs) => {
      world.gitops = {
        ...world.gitops,
        clusters: clustersOf(nowMs),
        attemptedRevision: "9c0ffee1d7be55aa01f3c2f6d1e0b9a8c7d6e5f4",
        refused: [{ path: "clusters/dev/apps/gateway.yaml", message: "spec.replicas is -1, it must be 0 or more" }],
      };
    },
  },
  {
    name: "enrol",
    ...neverSeen("pi-3", { path: "/enrol#slot=pi-3", answers: fresh(() => enrolServices()) }),
    before: async (page) => {
      await page.getByRole("button", { name: "Make a token for pi-3" }).click();
      await page.getByRole("img", { name: "QR code" }).waitFor();
    },
  },
  {
    name: "people",
    path: "/people#user=uwe&add=user",
    answers: fresh(() => peopleServices()),
    before: async (page) => {
      await page.getByLabel("Name", { exact: true }).fill("barbara");
      await page.getByRole("button", { name: "Let in", exact: true }).click();
      await page.getByText("barbara may come in.").waitFor();
      await page.getByRole("button", { name: "Remove uwe …" }).click();
    },
  },
];

describe("the pages of work look right", () => {
  for (const { name, before, ...options } of scenes) {
    for (const [look, context] of Object.entries(looks)) {
      it(`${name} in ${look}`, async () => {
        const { hub, page, complaints } = await visit({ ...options, context });
        await page.locator("main section").first().waitFor();
        await before?.(page, hub);
        await says(page, /./);
        await picture(page, `${name}-${look}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        expect(await barriersOf(page)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    }
  }
});
