import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadConfig } from "./index.ts";

const schema = z.object({
  queueMax: z.coerce.number().int().min(1).max(10_000).default(1_000),
  httpHost: z.string().default("127.0.0.1"),
  quiet: z.boolean().default(false),
  sites: z.array(z.string()).default([]),
  databaseUrl: z.url(),
  signingKey: z.string().min(16).optional(),
  pin: z.string().length(4).meta({ secret: true }).optional(),
  otlpUrl: z.url().optional(),
});

const databaseUrl = "https://db.example";
const load = (environment: Record<string, string | undefined>, file?: string) =>
  loadConfig(schema, { environment, ...(file === undefined ? {} : { file, fileName: "fog.conf" }) });
const findings = (result: ReturnType<typeof load>) => (result.ok ? [] : result.failure);

describe("the configuration", () => {
  it("comes from the environment, with defaults for what is not set or empty", () => {
    const config = load({ QUEUE_MAX: "20", DATABASE_URL: databaseUrl, HTTP_HOST: "", QUIET: "true", SITES: '["north"]', PATH: "/bin" });
    expect(config).toEqual({ ok: true, value: { queueMax: 20, httpHost: "127.0.0.1", quiet: true, sites: ["north"], databaseUrl } });
  });

  it.each([
    ["JSON", `{ "queueMax": 7, "databaseUrl": "${databaseUrl}", "sites": ["a"] }`],
    ["lines", `# the queue\nqueueMax=7\nexport DATABASE_URL = "${databaseUrl}"\n\nSITES=["a"]\n`],
  ])("comes from a file of %s", (_kind, text) => {
    expect(load({}, text)).toMatchObject({ ok: true, value: { queueMax: 7, databaseUrl, sites: ["a"] } });
  });

  it("prefers the environment to the file", () => {
    expect(load({ QUEUE_MAX: "8" }, `queueMax=7\ndatabaseUrl=${databaseUrl}`)).toMatchObject({ ok: true, value: { queueMax: 8 } });
  });

  it("is refused with every problem at once: setting, place, value and remedy", () => {
    const problems = findings(load({ QUEUE_MAX: "0", QUIET: "maybe" }, "otlpUrl=nowhere"));
    expect(problems.map(({ code, place, value }) => [code, place, value])).toEqual([
      ["FL4015", { path: "QUEUE_MAX" }, "0"],
      ["FL4015", { path: "QUIET" }, "maybe"],
      ["FL4015", { path: "databaseUrl" }, undefined],
      ["FL4015", { file: "fog.conf", path: "otlpUrl" }, "nowhere"],
    ]);
    expect(problems.map(({ remedy }) => remedy)).toEqual([
      "Correct QUEUE_MAX in the environment.",
      "Correct QUIET in the environment.",
      'Set DATABASE_URL in the environment, or "databaseUrl" in the file that --config names.',
      'Correct "otlpUrl" in fog.conf.',
    ]);
  });

  it("names the setting that was probably meant by an unknown one of the file", () => {
    const [problem] = findings(load({ DATABASE_URL: databaseUrl }, "queuMax=7"));
    expect(problem).toMatchObject({ message: 'there is no setting "queuMax"', remedy: 'Did you mean "queueMax"?' });
  });

  it.each([
    ["by its name", { SIGNING_KEY: "hunter2" }],
    ["by its schema", { PIN: "hunter2" }],
  ])("never shows the value of what is a secret %s", (_how, environment) => {
    const problems = findings(load({ DATABASE_URL: databaseUrl, ...environment }));
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  it("never shows the password in a URL", () => {
    const [problem] = findings(load({ DATABASE_URL: "postgres ://fog:hunter2@db/fog" }));
    expect(problem?.value).toBe("postgres ://fog:[hidden]@db/fog");
  });

  it("never shows a secret that the schema's own message repeats", () => {
    const talkative = z.object({
      signingKey: z.string().refine((key) => key.length > 16, { error: ({ input }) => `${String(input)} is too short` }),
    });
    const result = loadConfig(talkative, { environment: { SIGNING_KEY: "hunter2" } });
    expect(result).toMatchObject({ ok: false, failure: [{ code: "FL4015", place: { path: "SIGNING_KEY" } }] });
    expect(JSON.stringify(result)).not.toContain("hunter2");
  });

  it("never shows what a broken file contains", () => {
    const json = findings(load({ DATABASE_URL: databaseUrl }, '{ "signingKey": "hunter2"'));
    const lines = findings(load({ DATABASE_URL: databaseUrl }, "queueMax=3\nsigningKey: hunter2"));
    expect(json).toMatchObject([{ code: "FL4015", message: "fog.conf is not JSON" }]);
    expect(lines).toMatchObject([{ code: "FL4015", place: { file: "fog.conf", line: 2 } }]);
    expect(JSON.stringify([json, lines])).not.toContain("hunter2");
  });
});
