import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffOf, plantFleet } from "../../testing/change.ts";
import { object, tree, workload } from "../../testing/tree.ts";
import { diffMarkdown, MARKDOWN_CHARACTERS_MAX } from "./markdown.ts";
import { aboutTime, pullText } from "./summary.ts";
import { diffText } from "./text.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const fleet = plantFleet({
  clusters:
    "{ edge: { site: plant, tier: access-edge, ring: canary }, far: { site: plant, tier: access-edge, ring: stable }, a: { site: plant, tier: cloud, ring: stable }, b: { site: plant, tier: cloud, ring: stable } }",
});
const inference = (version: string) => workload("DaemonSet", "inference", { image: `r.acme.example/fogline/inference:${version}` });
const cache = workload("Deployment", "cache", { replicas: 1, container: { ports: [{ containerPort: 9090 }] } });
const policy = (port: number) => object("NetworkPolicy", "cache", { spec: { podSelector: {}, ingress: [{ ports: [{ port }] }] } });
const layers = [{ digest: digest("c"), bytes: 60 * 1024 ** 2 }];
const lock = { "r.acme.example/fogline/inference:0.3.0": { digest: digest("a"), platforms: { arm64: { digest: digest("b"), layers } } } };
const quiet = [tree([], "a"), tree([], "b")];
const change = (after: { lock?: typeof lock } = { lock }) =>
  diffOf(
    { fleet, trees: [tree({ inference: [inference("0.2.1")] }), tree({ cache: [cache, policy(9090)] }, "far"), ...quiet] },
    { fleet, ...after, trees: [tree({ inference: [inference("0.3.0")] }), tree({ cache: [cache, policy(80)] }, "far"), ...quiet] },
    ["edge", "far", "a", "b"],
  );

describe("the difference as text", () => {
  it("has one aligned line for each cluster that changes, and one for the rest", () => {
    expect(diffText(change()).slice(0, 3)).toEqual([
      "  edge   canary   3 devices   3 restarts   ~ inference 0.2.1 -> 0.3.0      pull up to 180.0 MiB   about 3 min on thin",
      "  far    stable   1 device    0 restarts   ~ NetworkPolicy fogline/cache   pull 0",
      "  a, b   unchanged",
    ]);
  });

  it("says when rings get it, what the line carries, and what is at risk, the worst first", () => {
    const text = diffText(change()).slice(3).join("\n");
    expect(text).toContain(
      "rings  canary gets it with the next step; stable after canary (2h soak), in its window Mon-Thu 08:00-16:00 Europe/Berlin",
    );
    expect(text).toContain("link   plant over thin (edge): up to 180.0 MiB, about 3 min, 18.9 times the budget of a day");
    expect(text).toMatch(
      /risk {3}FL5004 far: NetworkPolicy fogline\/cache closes port 9090 .*\n.*\n.*docs\/diff\.md#fl5004\)\n {2}watch {2}FL5016 edge:/,
    );
  });

  it("says unknown for a size that is in no lock", () => {
    const [edge] = diffText(change({}));
    expect(edge).toMatch(/pull unknown$/);
    expect(diffText(change({}), { details: true }).join("\n")).toContain(
      "inference:0.3.0: unknown, not in clusters/images.lock.yaml on each of 3 devices",
    );
  });

  it("has every field, restart, device and image with details", () => {
    const text = diffText(change(), { details: true }).join("\n");
    for (const part of [
      "~   DaemonSet fogline/inference",
      "spec.template.spec.containers[main].image: r.acme.example/fogline/inference:0.2.1 -> r.acme.example/fogline/inference:0.3.0",
      "restart  DaemonSet fogline/inference: 3 pods",
      "devices  3 devices (raspberry-pi 3): pi-1 pods, pi-2 pods, pi-3 pods",
      "pull     r.acme.example/fogline/inference:0.3.0: up to 60.0 MiB on each of 3 devices",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("names an app that comes as a whole in one word, and counts what does not fit on the line", () => {
    const after = {
      app: [1, 2, 3, 4].map((number) => object("ConfigMap", `c-${number}`)),
      more: [object("ConfigMap", "x"), object("ConfigMap", "y")],
    };
    const [edge] = diffText(diffOf({ trees: [tree({ app: [] })] }, { trees: [tree(after)] }, ["edge"]));
    expect(edge).toContain("+ app (4 objects), + more (2 objects)");
    const [many] = diffText(
      diffOf(
        { trees: [tree([])] },
        { trees: [tree([1, 2, 3, 4].map((number) => object(number === 4 ? "Secret" : "ConfigMap", `c-${number}`, number === 4 ? {} : {})))] },
        ["edge"],
      ),
    );
    expect(many).toContain("+ app (4 objects)");
  });

  it("says nothing but that when nothing changes", () => {
    const same = { fleet, trees: quiet };
    expect(diffText(diffOf(same, same, ["a", "b"]))).toEqual(["  a, b   unchanged"]);
  });
});

describe("words for amounts", () => {
  it.each([
    [0, "under 1 min"],
    [59_000, "under 1 min"],
    [61_000, "about 1 min"],
    [170_000, "about 3 min"],
    [5_400_000, "about 90 min"],
    [9_000_000, "about 2 h 30 min"],
  ])("%d ms is %s", (ms, text) => {
    expect(aboutTime(ms)).toBe(text);
  });

  it("never say nothing where something is unknown", () => {
    expect(pullText({ bytes: 0, atMost: false, unknown: [] })).toBe("pull 0");
    expect(pullText({ bytes: 0, atMost: true, unknown: ["x"] })).toBe("pull unknown");
    expect(pullText({ bytes: 1024, atMost: false, unknown: ["x"] })).toBe("pull 1.0 KiB and unknown");
  });
});

describe("the difference as Markdown", () => {
  it("has risks first, then a table, then a part for each cluster", () => {
    const text = diffMarkdown(change(), "main");
    const order = [
      "<!-- fogline diff -->",
      "**Risks**",
      "| cluster |",
      "| `edge` | canary | 3 devices |",
      "Unchanged: `a`, `b`.",
      "**Rings**",
      "**Links**",
      "<details><summary>edge",
    ];
    const found = order.map((part) => text.indexOf(part));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBe(0);
    expect(text.match(/<details>/g)).toHaveLength(2);
    expect(text.match(/<\/details>/g)).toHaveLength(2);
  });

  it("stays below the limit and says what it left out", () => {
    const objects = (value: string) =>
      Array.from({ length: 120 }, (_, index) => object("ConfigMap", `c-${index}`, { data: { k: value.repeat(60) } }));
    const names = ["edge", "far", "a", "b"];
    const trees = (value: string) => names.map((name) => tree(objects(value), name));
    const text = diffMarkdown(diffOf({ fleet, trees: trees("x") }, { fleet, trees: trees("y") }, names), "main");
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_CHARACTERS_MAX);
    expect(text).toMatch(/The details of \d clusters? do not fit here/);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });

  it("lets no value of a tree become markup, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("`", "```", "</details>", "|", "\n", "@all", "<img>", "x", "*", "~~~"), { maxLength: 12 }), (parts) => {
        const value = parts.join("");
        const before = { fleet, trees: [tree([object("ConfigMap", "c", { data: { k: "before" } })])] };
        const text = diffMarkdown(diffOf(before, { fleet, trees: [tree([object("ConfigMap", "c", { data: { k: value } })])] }, ["edge"]), "main");
        const fences = [...text.matchAll(/^(`{3,})text$/gm)];
        expect(fences).toHaveLength(1);
        const fence = fences[0]?.[1] ?? "";
        const start = text.indexOf(`${fence}text`) + fence.length + 4;
        const end = text.indexOf(`\n${fence}\n`, start);
        expect(end).toBeGreaterThan(start);
        const outside = text.slice(0, start) + text.slice(end + fence.length + 2);
        expect(outside).not.toContain("<img>");
        expect(outside).not.toContain("@all");
        expect(outside.match(/<\/details>/g)).toHaveLength(1);
      }),
    );
  });
});
