import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { buildDashboard, compressedBytes } from "../scripts/dashboard.ts";
import { findChromium } from "../scripts/tools.ts";
import { type Bench, verify } from "./bench.ts";
import { fanOutFigures } from "./fan-out.ts";
import { type Figure, latencies } from "./figures.ts";
import { commitFleet, makeFleet, shippedSimulated } from "./fleets.ts";
import { ask, askText, type HubHttp } from "./hub-http.ts";
import { processorMs } from "./process-facts.ts";
import { type HubProgram, startHub, startNode, withFolder } from "./programs.ts";

const inFlight = 16;
const warmUpMs = 3_000;
const turns = 5;

/** A route of fastify with nothing around it that answers the same bytes. */
const bareRoute = `import { fastify } from "fastify";
const server = fastify();
server.get("/api/policies", (request, reply) => reply.type("application/json; charset=utf-8").send(process.env.BODY));
const url = await server.listen({ port: 0, host: "127.0.0.1" });
console.log(url + " ready");`;

interface Subject {
  readonly what: string;
  readonly hub: HubHttp;
  readonly pid: number;
}

/** What one subject did over all of its turns. */
interface Course extends Subject {
  readonly waits: number[];
  elapsedMs: number;
  usedMs: number;
}

/** Keeps so many requests in flight for a while. Every answer is compared. */
const keepUp = async (course: Course, path: string, body: string, forMs: number, count: boolean): Promise<void> => {
  const before = processorMs(course.pid);
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let began = started; began - started < forMs; began = performance.now()) {
      const answer = await askText(course.hub, path);
      verify(answer === body, `${path} answered ${answer.slice(0, 200)}`);
      if (count) course.waits.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  if (!count) return;
  course.elapsedMs += performance.now() - started;
  course.usedMs += processorMs(course.pid) - before;
};

const perSecond = ({ waits, elapsedMs }: Course): number => (waits.length / elapsedMs) * 1_000;

const figuresOf = (course: Course): Figure[] => [
  { what: `${course.what}: kept up`, unit: "/s", value: perSecond(course) },
  ...latencies(course.what, "ms", course.waits),
  { what: `${course.what}: processor time of the server for one`, unit: "µs", value: (course.usedMs / course.waits.length) * 1_000 },
];

/** Measures subjects in turns, so that a busy moment of the machine meets all of them. The first turn of each warms it up. */
const inTurns = async (subjects: readonly Subject[], path: string, body: string, windowMs: number): Promise<readonly Course[]> => {
  const courses = subjects.map((subject): Course => ({ ...subject, waits: [], elapsedMs: 0, usedMs: 0 }));
  for (const course of courses) await keepUp(course, path, body, warmUpMs, false);
  for (let turn = 0; turn < turns; turn += 1) for (const course of courses) await keepUp(course, path, body, windowMs / turns, true);
  return courses;
};

/** The shipped fleet whose gateway lets one client send as fast as it can: everything else it does is as shipped. */
const fleetWithoutRateLimit = (folder: string, devices: number): void => {
  makeFleet(folder, devices);
  const file = join(folder, "clusters/fleet.yaml");
  const rates = "{ principalRatePerSecond: 1000000, addressRatePerSecond: 1000000 }";
  const before = readFileSync(file, "utf8");
  const after = before.replace(/^( {2}gateway:\n(?: {4}.*\n)*)/m, (lines) => `${lines}    settings: ${rates}\n`);
  verify(after !== before, "the shipped fleet has no gateway");
  writeFileSync(file, after);
  commitFleet(folder);
};

/** The pages in a browser that has nothing of them yet: until the first chart of a device is drawn. */
const firstChartFigures = async (hub: HubProgram): Promise<Figure[]> => {
  const executablePath = findChromium();
  verify(executablePath !== undefined, "the first chart is drawn by Chromium, and none is installed");
  const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const { code } = await ask<{ code: string }>(hub, "POST", "/api/users/admin/link", {});
    const page = await browser.newPage();
    const began = performance.now();
    await page.goto(`${hub.url}/devices/this-machine#code=${code}`);
    await page.locator(".uplot canvas").first().waitFor();
    const drawnMs = performance.now() - began;
    return [
      { what: "pages: all of them, compressed", unit: "bytes", value: compressedBytes() },
      { what: "pages: from nothing to the first chart of a device, signing in included", unit: "ms", value: drawnMs },
    ];
  } finally {
    await browser.close();
  }
};

const devices = 1_000;
const dashboards = 200;

/** An authenticated read through the gateway and the service behind it, and the same bytes from a bare route. */
export const gateway: Bench = {
  about: "`GET /api/policies` signed in, through gateway, bus, policy service and its database, 16 in flight; dashboards; pages",
  run: ({ windowMs, say }) =>
    withFolder(async (folder) => {
      await buildDashboard();
      fleetWithoutRateLimit(folder, devices + shippedSimulated);
      const hub = await startHub({ dataFolder: join(folder, "data"), repository: folder, args: ["--no-simulate"] });
      // As a person's program reads: with the access token of a session.
      const { accessToken } = await ask<{ accessToken: string }>(hub, "POST", "/api/auth/signin", { token: hub.token });
      const session = { url: hub.url, token: accessToken };
      const path = "/api/policies";
      const body = await askText(session, path);
      const bare = await startNode(bareRoute, { BODY: body });
      try {
        say("reads through the gateway and from a bare route, in turns");
        const bareHub = { url: /http:\S+/.exec(bare.printed)?.[0] ?? "", token: hub.token };
        const [through, alone] = await inTurns(
          [
            { what: "through gateway and service", hub: session, pid: hub.pid },
            { what: "compared: a bare fastify route", hub: bareHub, pid: bare.pid },
          ],
          path,
          body,
          windowMs,
        );
        verify(through !== undefined && alone !== undefined, "both were measured");
        if (through === undefined || alone === undefined) return [];
        const share = (perSecond(through) / perSecond(alone)) * 100;
        say("the first chart in a browser");
        const pages = await firstChartFigures(hub);
        say(`${devices} devices and ${dashboards} dashboards`);
        const fanOut = await fanOutFigures(hub, devices, dashboards, windowMs);
        return [
          ...figuresOf(through),
          ...figuresOf(alone),
          ...pages,
          ...fanOut,
          { what: "share of the bare route that the gateway keeps up", unit: "%", value: share },
        ];
      } finally {
        await Promise.all([hub.end(), bare.end()]);
      }
    }),
};
