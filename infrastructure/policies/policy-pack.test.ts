import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import type { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { AnalyzeResponse, AnalyzerResource, AnalyzerResourceOptions, AnalyzeStackRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const { AnalyzerClient: Client } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js") as { AnalyzerClient: typeof AnalyzerClient };
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js") as {
  AnalyzerResource: new () => AnalyzerResource;
  AnalyzerResourceOptions: new () => AnalyzerResourceOptions;
  AnalyzeStackRequest: new () => AnalyzeStackRequest;
};
const { Struct: Fields } = require("google-protobuf/google/protobuf/struct_pb.js") as { Struct: typeof Struct };

type Json = Parameters<typeof Struct.fromJavaScript>[0];

/** A Deployment of stack edge-pi as the engine shows it to policies. */
const deployment = (image: string, hostNetwork: boolean): AnalyzerResource => {
  const resource = new messages.AnalyzerResource();
  resource.setType("kubernetes:apps/v1:Deployment");
  resource.setName("Deployment flux-system/flux-operator");
  resource.setUrn("urn:pulumi:edge-pi::fogline::kubernetes:apps/v1:Deployment::Deployment flux-system/flux-operator");
  resource.setOptions(new messages.AnalyzerResourceOptions());
  const container = {
    ...{ name: "manager", image, resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "64Mi" } } },
    securityContext: {
      ...{ runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      ...{ capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
    },
  };
  const spec = { automountServiceAccountToken: false, hostNetwork, containers: [container] };
  const object = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "flux-operator", namespace: "flux-system" } },
    spec: { selector: { matchLabels: { app: "flux" } }, template: { metadata: { labels: { app: "flux" } }, spec } },
  };
  resource.setProperties(Fields.fromJavaScript(object as Json));
  return resource;
};

describe("the policy pack, as Pulumi runs it", () => {
  let pack: ChildProcess;
  let client: AnalyzerClient;
  const violations = async (resource: AnalyzerResource): Promise<string[]> => {
    const request = new messages.AnalyzeStackRequest();
    request.setResourcesList([resource]);
    const answer = await new Promise<AnalyzeResponse>((resolve, reject) => {
      client.analyzeStack(request, (error, response) => (error === null ? resolve(response) : reject(error)));
    });
    const levels = ["advisory", "mandatory"];
    return answer.getDiagnosticsList().map((one) => `${levels[one.getEnforcementlevel()]} ${/FL\d{4} .*/s.exec(one.getMessage())?.[0]}`);
  };

  beforeAll(async () => {
    // There is no engine that it could tell anything.
    pack = spawn(process.execPath, [require.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js"), "127.0.0.1:1", "."], {
      cwd: import.meta.dirname,
    });
    let complaints = "";
    pack.stderr?.on("data", (chunk: Buffer) => {
      complaints += chunk.toString("utf8");
    });
    const port = await new Promise<string>((resolve, reject) => {
      if (pack.stdout !== null) createInterface({ input: pack.stdout }).once("line", resolve);
      pack.once("close", () => reject(new Error(complaints)));
    });
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  afterAll(() => {
    client?.close();
    pack?.kill();
  });

  it("stops what `fogline check` calls an error, says what it warns of, and has the remedy of each", async () => {
    expect(await violations(deployment("ghcr.io/x/y:latest", true))).toEqual([
      expect.stringMatching(/^mandatory FL2102 .*fix: Give it the tag of a release/s),
      expect.stringMatching(/^mandatory FL2207 .*fix: Drop hostNetwork/s),
      expect.stringMatching(/^advisory FL2110 .*fix: Name a priority class/s),
    ]);
  });

  it("lets everything else through", async () => {
    expect(await violations(deployment(`ghcr.io/x/y:v1@sha256:${"a".repeat(64)}`, false))).toEqual([expect.stringMatching(/^advisory FL2110 /)]);
  });
});
