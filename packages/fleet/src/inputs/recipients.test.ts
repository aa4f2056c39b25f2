import { describe, expect, it } from "vitest";
import { recipientProblem } from "./age-recipient.ts";
import { readRecipients, recipientsFile, withRecipients } from "./recipients.ts";

// Public keys that age-keygen made for this test.
const ada = "age19uj8xk66etfswjl77vaxj4karmn9yndhvggpjkeqll9vskgl64jstrhlzy";
const pi = "age16agm344w3gdu0lz4uxpydwczjxxxp0wqggmyq80yaqz8j28xn3aqx4nqa0";

const read = (text: string) => readRecipients({ path: recipientsFile, text }, ["edge-pi", "cloud"]);
const said = (text: string) => read(text).findings.map(({ code, place, message }) => `${code}:${place?.line} ${message}`);

describe("an age recipient", () => {
  it("is one with the right checksum", () => {
    expect([ada, pi].map(recipientProblem)).toEqual([undefined, undefined]);
  });

  it("is none with any one letter changed", () => {
    for (let at = "age1".length; at < ada.length; at++) {
      const changed = ada.slice(0, at) + (ada[at] === "q" ? "p" : "q") + ada.slice(at + 1);
      expect(recipientProblem(changed), changed).toBe("its checksum is wrong, so a letter is");
    }
  });

  it.each([
    ["ssh-ed25519 AAAA", "a recipient begins with age1"],
    [ada.slice(0, -1), "it has 61 characters, a recipient has 62"],
    [ada.replace("u", "b"), "it has a letter that recipients do not have"],
    ["age1yubikey1nl2ndf9t9673vvvtjf7zm2mz9nn3rsewscg0sr7rdjr6hwx4refq358fx3", "a recipient of another kind than X25519 is not supported"],
    ["AGE-SECRET-KEY-1QQQ", "this is a private key, which must not be here"],
  ])("is not %s", (text, problem) => {
    expect(recipientProblem(text)).toBe(problem);
  });
});

describe("the recipients' file", () => {
  it("names operators and clusters", () => {
    expect(read(`operators:\n  - ${ada}\nclusters:\n  edge-pi: ${pi}\n`)).toEqual({
      recipients: { operators: [ada], clusters: { "edge-pi": pi } },
      findings: [],
    });
  });

  it("names nobody where there is none", () => {
    expect(readRecipients(undefined, [])).toEqual({ recipients: { operators: [], clusters: {} }, findings: [] });
  });

  it("is refused for every problem at once, each with its line", () => {
    expect(
      said(`operator: []\noperators:\n  - ${ada}\n  - ${ada.slice(0, 20)}\nclusters:\n  edge-pie: ${pi}\n  cloud: ${ada}\n  edge-pi: 7\n`),
    ).toEqual([
      "FL3201:1 there is no key operator here",
      "FL3202:4 the recipient of operator 2 cannot be read: it has 20 characters, a recipient has 62",
      "FL3201:6 the fleet has no cluster edge-pie",
      "FL3201:7 cluster cloud and operator 1 have the same key; whoever takes one would read what is the other's",
      "FL3201:8 cluster edge-pi needs an age recipient, a text that begins with age1",
    ]);
  });

  it("does not show a private key that somebody put there", () => {
    const { findings } = read("operators:\n  - AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L\n");
    expect(findings.map(({ code }) => code)).toEqual(["FL3202"]);
    expect(JSON.stringify(findings)).not.toContain("QPZRY");
  });

  it("is written from nothing, and keeps comments when something is added", () => {
    const first = withRecipients(undefined, { operators: [ada] });
    expect(read(first).recipients).toEqual({ operators: [ada], clusters: {} });
    const second = withRecipients(`${first}# the end\n`, { cluster: { name: "edge-pi", recipient: pi } });
    expect(read(second).recipients).toEqual({ operators: [ada], clusters: { "edge-pi": pi } });
    expect(second).toContain("# the end");
    expect(second).toContain("# Public keys that secrets are encrypted for");
  });
});
