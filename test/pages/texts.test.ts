import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesOf, isCutOff, resultText } from "../../workloads/gateway/dashboard/src/text/audit.ts";
import { curlOf } from "../../workloads/gateway/dashboard/src/text/curl.ts";
import { everyText } from "../../workloads/gateway/dashboard/src/text/format.ts";
import { programText } from "../../workloads/gateway/dashboard/src/text/people.ts";
import { typed, wordsOf } from "../../workloads/gateway/dashboard/src/text/shell-words.ts";
import { groupedRefusals, taskAnswer } from "../../workloads/gateway/dashboard/src/text/task.ts";
import { commandOf, emptyTaskForm, problemsOfForm, specOf } from "../../workloads/gateway/dashboard/src/text/task-form.ts";
import { auditOf } from "./audit-services.ts";
import { taskOf } from "./records.ts";

const nowMs = 1_800_000_000_000;

describe("an interval", () => {
  it("is exact: in minutes or hours where they are whole, else in seconds", () => {
    expect([300_000, 3_600_000, 218_000, 100].map(everyText)).toEqual(["every 5 min", "every 1 h", "every 218 s", "every 0.1 s"]);
  });
});

describe("words as a shell takes them", () => {
  it("come back as they were, whatever is in them, once they are typed", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        expect(wordsOf(typed(words))).toMatchObject({ words, problem: null });
      }),
    );
  });

  it("are parted by blanks and kept together by quotes and backslashes", () => {
    expect(wordsOf(`sh -c 'echo "a b"' c\\ d "e\\"f" ''`).words).toEqual(["sh", "-c", 'echo "a b"', "c d", 'e"f', ""]);
  });

  it("are refused with a quote that is not closed, or a backslash with nothing behind it", () => {
    expect(wordsOf("echo 'a").problem).toBe("the quote ' is not closed");
    expect(wordsOf("echo \\").problem).toBe("a backslash stands at the end");
  });

  it("name the first sign that only a shell understands, but not inside of quotes", () => {
    expect(wordsOf("ls | wc > out").shellSign).toBe("|");
    expect(wordsOf("sh -c 'ls | wc'").shellSign).toBeNull();
  });
});

describe("the form of a task", () => {
  it("makes a request and a command line that say the same", () => {
    const form = { ...emptyTaskForm, command: "./train 4", where: "site:plant-7", memory: "1.5 GiB", timeout: "1h30m", cpu: "2", once: true };
    expect(problemsOfForm(form)).toEqual({});
    expect(specOf(form)).toEqual({
      ...{ command: ["./train", "4"], site: "plant-7", memoryBytes: 1_610_612_736, timeoutMs: 5_400_000, cpuCores: 2, duplicates: "forbidden" },
    });
    expect(commandOf(form)).toBe("npx fogline task run --site plant-7 --memory 1.5GiB --cpu 2 --timeout 1h30m --once -- ./train 4");
  });

  it("leaves to the hub what is left empty", () => {
    expect(specOf({ ...emptyTaskForm, command: "true" })).toEqual({ command: ["true"] });
  });

  it("says of every field what would be right", () => {
    const problems = problemsOfForm({ ...emptyTaskForm, memory: "0B", cpu: "none", timeout: "soon" });
    expect(Object.keys(problems).sort()).toEqual(["command", "cpu", "memory", "timeout"]);
  });
});

describe("sentences about tasks", () => {
  it("do not say twice that a task waits", () => {
    const task = taskOf("t-1", nowMs, { status: "queued", node: null, reason: "waits: 0 of 9 nodes can take it; 9 without a free GPU" });
    expect(taskAnswer(task)).toBe("python3 detect.py waits: 0 of 9 nodes can take it; 9 without a free GPU");
  });

  it("put devices that refuse for the same reason together, the most first", () => {
    const refused = [
      { node: "hall-sensor", refusal: { rule: "memory", message: "task needs 2048 MiB, hall-sensor has 369 MiB free", facts: {} } },
      { node: "pi-1", refusal: { rule: "gpu", message: "task needs 1 GPU, pi-1 has none", facts: {} } },
      { node: "pi-2", refusal: { rule: "gpu", message: "task needs 1 GPU, pi-2 has none", facts: {} } },
    ];
    expect(groupedRefusals(refused).map(({ nodes, message }) => [nodes, message])).toEqual([
      [["pi-1", "pi-2"], "task needs 1 GPU, it has none"],
      [["hall-sensor"], "task needs 2048 MiB, hall-sensor has 369 MiB free"],
    ]);
  });
});

describe("the changes of an audit", () => {
  it("are each told once, with how they went", () => {
    const changes = changesOf(auditOf(nowMs).toReversed());
    expect(changes.map((change) => [change.asked.operation, resultText(change, isCutOff(change, nowMs))])).toEqual([
      ["nodes.remove", "cut off, result not known"],
      ["users.remove", "refused (409 FL4005)"],
      ["nodes.drain", "done"],
    ]);
  });

  it("leave an attempt to the page that has its outcome", () => {
    const [first] = auditOf(nowMs);
    if (first === undefined) throw new Error("there is an entry");
    expect(changesOf([first], new Set([first.requestId]))).toEqual([]);
    expect(changesOf([first])).toEqual([{ asked: first, went: null }]);
  });
});

describe("what people type and use", () => {
  it("is quoted so that a shell passes it on unchanged", () => {
    expect(curlOf("http://127.0.0.1:3000", "POST", "/api/users", { name: "o'hara" })).toBe(
      `curl -X POST http://127.0.0.1:3000/api/users -H "authorization: Bearer $(cat .fogline/admin.token)" -H content-type:application/json -d '{"name":"o'\\''hara"}'`,
    );
  });

  it("is a browser on a system, or what the program calls itself", () => {
    expect(programText("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")).toBe("Firefox on Linux");
    expect(programText("curl/8.14.1")).toBe("curl/8.14.1");
    expect(programText("")).toBe("not said");
  });
});
