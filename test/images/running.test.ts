import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createEnrolment, listNodes } from "@fogline/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageName } from "../../images/sources.ts";
import { freePort } from "../system/testing/agent.ts";
import { type HubProcess, startHubProcess } from "../system/testing/hub.ts";
import { makeRepository, type Repository } from "../system/testing/repository.ts";
import { type Place, startPlace } from "./testing/place.ts";
import { dockerArguments, podOf } from "./testing/pod.ts";
import { answerIn, becomes, environment, probe, rootKey, serviceArguments, services, stopped } from "./testing/service.ts";

// The images out of a registry, in containers that have what the pods of the rendered tree have and no more.

let place: Place;
beforeAll(async () => {
  place = await startPlace();
});
afterAll(() => place?.stop());

describe.each(services)("the image of the %s", (name) => {
  it("finds its settings valid as the tree has them", async () => {
    const { code, stdout } = await place.docker.run("run", "--rm", ...serviceArguments(place, name), place.reference(name), "--check-config");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}: the configuration is valid\n` });
  });

  it("starts within the pod's limits, answers the probes of the tree, and stops with 0 when it is told", async () => {
    const container = await place.docker.output("run", "--detach", ...serviceArguments(place, name), place.reference(name));
    await becomes(place, container, `${name} is ready`, async () => (await probe(place, container, "/readyz")) === 200);
    expect(await probe(place, container, "/healthz")).toBe(200);
    if (name === "gateway") expect((await answerIn(place, container, "http://127.0.0.1:3000/"))?.body).toContain("<title>");
    expect(await stopped(place, container)).toBe("0");
  });

  it("has no shell, and nothing in it belongs to the user that it runs as but the folder of its state", async () => {
    const alone = ["run", "--rm", "--network", "none", "--entrypoint"];
    expect(await place.docker.run(...alone, "/bin/sh", place.reference(name), "-c", "true")).toMatchObject({ code: 127 });
    const program = `import { globSync, lstatSync } from "node:fs"; console.log(globSync("/{app,etc,nodejs,usr,var}/**").filter((path) => lstatSync(path).uid !== 0).join())`;
    const found = await place.docker.output(...alone, "/nodejs/bin/node", place.reference(name), "--input-type=module", "--eval", program);
    expect(found).toBe("/var/lib/fogline");
  });
});

describe("the image of the agent", () => {
  const pod = podOf("clusters/edge-pi/apps/agent/daemonset-agent.yaml");
  let repository: Repository;
  let hub: HubProcess;

  beforeAll(async () => {
    repository = makeRepository();
    repository.edit("clusters/fleet.yaml", /^devices:\n/m, "devices:\n  bench-board: { site: plant-7, hardware: detected }\n");
    repository.render();
    repository.commit("a slot for a board");
    hub = await startHubProcess({ repository: repository.path, args: ["--agent-port", String(await freePort())] });
  });
  afterAll(async () => {
    await hub?.end();
    repository?.remove();
  });

  it("is less than 60 MB to download, on every architecture", () => {
    const sizes = Object.values(place.images.get("agent")?.platforms ?? {}).map(({ layers }) => layers.reduce((sum, { size }) => sum + size, 0));
    expect(sizes).toHaveLength(2);
    expect(sizes.filter((size) => size >= 60_000_000)).toEqual([]);
  });

  it("enrols with the token that lies on the node, comes online, and stops with 0 when it is told", async () => {
    const { token } = await hub.client.call(createEnrolment, { id: "bench-board" });
    const data = place.folder("agent");
    writeFileSync(join(data, "enrolment.token"), token, { mode: 0o444 });
    const fields = { "spec.nodeName": "bench-board", "status.podIP": "127.0.0.1" };
    // The hub's address is that of its token.
    const given = ["--network", "host", ...environment(["FOGLINE_AGENT_HUB_URL="])];
    const container = await place.docker.output(
      "run",
      "--detach",
      ...dockerArguments(pod, { folder: data, fields }),
      ...given,
      place.reference("agent"),
    );
    await becomes(place, container, "bench-board is online", async () =>
      (await hub.client.call(listNodes, {})).nodes.some(({ id, status }) => id === "bench-board" && status === "online"),
    );
    expect(JSON.parse(readFileSync(join(data, "identity.json"), "utf8"))).toMatchObject({ enrolled: { nodeId: "bench-board" } });
    expect(await stopped(place, container)).toBe("0");
  });
});

describe("the images for arm64, in an emulator", () => {
  const emulated = (name: ImageName, ...args: string[]) => {
    const mounted = ["--volume", "/usr/bin/qemu-aarch64-static:/emulator:ro", "--entrypoint", "/emulator"];
    const given = ["--network", "none", "--read-only", "--cap-drop", "ALL", ...environment([`ROOT_KEY=${rootKey}`])];
    return place.docker.run(
      "run",
      "--rm",
      "--platform",
      "linux/arm64",
      ...given,
      ...mounted,
      place.reference(name, "arm64"),
      "/nodejs/bin/node",
      ...args,
    );
  };

  it.each([...services, "agent"] as const)("%s has Node for it and finds its settings valid", async (name) => {
    await place.docker.output("pull", "--quiet", "--platform", "linux/arm64", place.reference(name, "arm64"));
    expect(await emulated(name, "--print", "process.arch + process.version")).toMatchObject({ stdout: "arm64v24.21.0\n" });
    const { code, stdout } = await emulated(name, "/app/main.mjs", "--check-config");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/valid\n$/) });
  });
});
