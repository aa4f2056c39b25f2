import type { Finding } from "@fogline/findings";
import { describe, expect, it } from "vitest";
import { createOutput, type Output } from "./output.ts";

const printed = (use: (output: Output) => void, { json = false, isTTY = false, environment = {} as Record<string, string> } = {}) => {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const streams = {
    stdout: { isTTY, write: (text: string) => stdout.push(text) },
    stderr: { isTTY, write: (text: string) => stderr.push(text) },
    environment,
  };
  use(createOutput(streams, json));
  return { stdout: stdout.join(""), stderr: stderr.join("") };
};

const finding = (more: Partial<Finding> = {}): Finding => ({ code: "FL1030", severity: "error", message: "there is no site plant-8", ...more });

describe("findings", () => {
  it("name what they are about, where it is, and what to do, in columns", () => {
    const place = { file: "clusters/fleet.yaml", line: 28, column: 20, path: "clusters.edge-jetson.site" };
    const file = { file: "clusters/fleet.d/plant-7.yaml", line: 3 };
    const { stdout } = printed(({ findings }) =>
      findings([finding({ place, remedy: "Write plant-7." }), finding({ place: file, severity: "warning", message: "two" })]),
    );
    expect(stdout.split("\n")).toEqual([
      "edge-jetson FL1030  error  there is no site plant-8",
      "                           clusters/fleet.yaml:28:20  clusters.edge-jetson.site",
      "                           fix: Write plant-7.  (docs/errors.md#fl1030)",
      "plant-7     FL1030  warn   two",
      "                           clusters/fleet.d/plant-7.yaml:3",
      "                           (docs/errors.md#fl1030)",
      "",
    ]);
  });

  it.each([
    ["the cluster whose tree a file is in", { file: "clusters/dev/apps/agent/daemonset-agent.yaml" }, "dev"],
    ["the cluster whose entry it is", { file: "clusters/fleet.yaml", path: "clusters.edge-pi" }, "edge-pi"],
    ["the fleet file", { file: "clusters/fleet.yaml", path: "devices.pi-1.hardware" }, "fleet"],
    ["the file of the fleet's part", { file: "clusters/fleet.d/hall.yaml", path: "devices.pi-1.hardware" }, "hall"],
    ["the fleet, when it has no place", undefined, "fleet"],
  ])("are about %s", (_what, place, scope) => {
    const { stdout } = printed(({ findings }) => findings([finding(place === undefined ? {} : { place })]));
    expect(stdout.split(" ")[0]).toBe(scope);
  });
});

describe("a table", () => {
  it("puts text left and numbers right, and ends no line with blanks", () => {
    const rows = [
      { name: "pi-1", tasks: 2 },
      { name: "field-laptop", tasks: 10 },
    ];
    const { stdout } = printed(({ table }) =>
      table(rows, [
        { title: "TASKS", right: true, text: ({ tasks }) => String(tasks) },
        { title: "DEVICE", text: ({ name }) => name },
      ]),
    );
    expect(stdout).toBe("  TASKS  DEVICE\n      2  pi-1\n     10  field-laptop\n");
  });
});

describe("output", () => {
  const failure = { code: "FL4009", message: "no hub", remedy: "start it" };

  it("is text for people or one value for machines, never both", () => {
    const use = ({ line, value }: Output) => {
      line("text");
      value({ answer: 1 });
    };
    expect(printed(use).stdout).toBe("text\n");
    expect(JSON.parse(printed(use, { json: true }).stdout)).toEqual({ answer: 1 });
  });

  it("of a failure goes to standard error for people and to standard output for machines", () => {
    expect(printed((output) => output.failure(failure))).toEqual({
      stdout: "",
      stderr: "FL4009  no hub\n        fix: start it\n        docs/errors.md#fl4009\n",
    });
    const { stdout, stderr } = printed((output) => output.failure(failure), { json: true });
    expect([JSON.parse(stdout), stderr]).toEqual([{ error: { ...failure, findings: [] } }, ""]);
  });

  it.each([
    ["on a terminal", { isTTY: true }, true],
    ["nowhere else", {}, false],
    ["not even there under NO_COLOR", { isTTY: true, environment: { NO_COLOR: "1" } }, false],
    ["on a terminal with an empty NO_COLOR", { isTTY: true, environment: { NO_COLOR: "" } }, true],
    ["not where FORCE_COLOR says 0", { isTTY: true, environment: { FORCE_COLOR: "0" } }, false],
    ["under FORCE_COLOR anywhere", { environment: { FORCE_COLOR: "1" } }, true],
    ["never in JSON", { isTTY: true, json: true }, false],
  ])("is coloured %s", (_where, options, coloured) => {
    const { stdout, stderr } = printed((output) => output.failure(failure), options);
    expect((stdout + stderr).includes("\u001B[")).toBe(coloured);
  });
});
