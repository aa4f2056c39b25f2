import type { FleetEdit } from "./fleet-edits.ts";
import type { Patch } from "./merge-patch.ts";

const workload = (name: string, patch: Patch | null): Patch => ({ workloads: { [name]: patch } });
const display = (patch: Patch): Patch => workload("display", patch);
const counter = (patch: Patch): Patch => workload("counter", patch);
const recorder = (patch: Patch): Patch => workload("recorder", patch);
const inspection = (patch: Patch): Patch => workload("inspection", patch);
const agent = (patch: Patch): Patch => workload("agent", patch);
const clips = (patch: Patch | null): Patch => recorder({ volumes: { clips: patch } });

/** Edits of what runs, and how. */
export const workloadEdits: readonly FleetEdit[] = [
  { sentence: "an image changes", patch: display({ image: "registry.edge.acme.example/display:1.3.0" }), asksCommand: true },
  {
    sentence: "an image is named by its digest",
    patch: display({ image: `registry.edge.acme.example/display@sha256:${"ab".repeat(32)}` }),
  },
  { sentence: "a version changes", patch: agent({ version: "0.2.0" }) },
  { sentence: "a ring gets a version before the others", patch: agent({ version: { canary: "0.2.0", stable: "0.1.0" } }), asksCommand: true },
  { sentence: "a variable comes", patch: display({ env: { COLOUR: "dark" } }) },
  { sentence: "a variable goes", patch: counter({ env: { LINE: null } }) },
  { sentence: "a variable changes", patch: counter({ env: { LINE: "5" } }) },
  { sentence: "a variable becomes empty", patch: counter({ env: { LINE: "" } }) },
  { sentence: "a variable is written as a number", patch: counter({ env: { LINE: 4 } }) },
  { sentence: "a setting changes", patch: agent({ settings: { heartbeatMs: 90_000 } }) },
  { sentence: "there are more replicas", patch: counter({ replicas: 3 }) },
  { sentence: "there is one replica instead of two", patch: counter({ replicas: 1 }) },
  { sentence: "a workload is stopped", patch: counter({ replicas: 0 }) },
  { sentence: "there are fewer replicas of another image", patch: counter({ replicas: 1, image: "registry.edge.acme.example/counter:3.1.0" }) },
  { sentence: "there are more replicas of another image", patch: counter({ replicas: 4, image: "registry.edge.acme.example/counter:3.1.0" }) },
  { sentence: "a workload gets more memory", patch: display({ needs: { memory: "256MiB" } }) },
  { sentence: "memory is written in another unit", patch: inspection({ needs: { memory: "2048MiB" } }) },
  { sentence: "a workload gets more of the processor", patch: display({ needs: { cpu: 0.5 } }) },
  { sentence: "cores are written in another unit", patch: display({ needs: { cpu: "200m" } }) },
  { sentence: "a workload gets another share of a GPU", patch: inspection({ needs: { gpu: 2 } }) },
  { sentence: "a workload no longer needs a GPU", patch: inspection({ needs: { gpu: null } }) },
  { sentence: "a port comes", patch: counter({ ports: [8090, 9100, 9200] }) },
  { sentence: "a port goes", patch: counter({ ports: [8090] }) },
  { sentence: "ports stand in another order", patch: counter({ ports: [9100, 8090] }) },
  { sentence: "a port becomes another", patch: display({ ports: [8089] }) },
  { sentence: "the last port goes", patch: counter({ ports: [] }) },
  { sentence: "the path of health changes", patch: display({ health: { http: "/ready" } }) },
  { sentence: "health is asked more often", patch: inspection({ health: { interval: "20s" } }) },
  { sentence: "health is asked by a command", patch: counter({ health: { command: ["/count", "--check"] } }) },
  { sentence: "another command is given", patch: recorder({ command: ["/record", "--quiet"] }) },
  { sentence: "arguments come", patch: recorder({ args: ["--rate", "5"] }) },
  { sentence: "another user is given", patch: recorder({ user: 1_000 }) },
  { sentence: "a device file comes", patch: recorder({ devices: ["/dev/ttyUSB0"] }), asksCommand: true },
  { sentence: "the last device file goes", patch: display({ devices: null }) },
  { sentence: "secret variables come", patch: display({ secrets: ["display-login"] }) },
  { sentence: "secret variables go", patch: counter({ secrets: null }) },
  { sentence: "a pod fails over fast", patch: counter({ placement: { failover: "fast" } }) },
  { sentence: "a node is chosen by its energy", patch: counter({ placement: { prefer: "energy" } }) },
  { sentence: "a workload talks to another", patch: display({ uses: ["counter"] }) },
  { sentence: "scratch space becomes larger", patch: display({ volumes: { pictures: { scratch: "600MiB" } } }) },
  { sentence: "scratch space goes", patch: display({ volumes: { pictures: null } }) },
  { sentence: "a volume in memory comes", patch: display({ volumes: { quick: { path: "/run/quick", memory: "16MiB" } } }) },
  { sentence: "a volume in memory becomes smaller", patch: recorder({ volumes: { ring: { memory: "16MiB" } } }) },
  { sentence: "a kept volume comes", patch: display({ volumes: { history: { path: "/var/lib/history", keep: "1GiB" } } }) },
  { sentence: "a kept volume goes", patch: clips(null) },
  { sentence: "a kept volume becomes scratch space", patch: clips({ keep: null, scratch: "2GiB" }) },
  {
    sentence: "a kept volume gets another name",
    patch: recorder({ volumes: { clips: null, videos: { path: "/var/lib/clips", keep: "2GiB" } } }),
  },
  { sentence: "a kept volume is mounted elsewhere", patch: clips({ path: "/data" }) },
  { sentence: "a kept volume is written in another unit", patch: clips({ keep: "2048MiB" }) },
  { sentence: "a kept volume shrinks", patch: clips({ keep: "1GiB" }) },
  { sentence: "a kept volume grows and its class does not", patch: clips({ keep: "3GiB" }), asksCommand: true },
  {
    sentence: "a kept volume shrinks under another image",
    patch: { ...inspection({ image: "registry.edge.acme.example/inspection:2.1.0", volumes: { findings: { keep: "4GiB" } } }) },
  },
  { sentence: "the class of kept volumes goes", patch: { clusters: { "edge-pi": { kubernetes: { distribution: "managed" } } } } },
  { sentence: "a file changes", patch: display({ volumes: { layout: { files: { "layout.json": '{ "columns": 4 }' } } } }) },
  { sentence: "a file comes beside another", patch: display({ volumes: { layout: { files: { "style.css": "body {}" } } } }) },
  { sentence: "files come", patch: recorder({ volumes: { rules: { path: "/etc/rules", files: { "rules.txt": "keep all\n" } } } }) },
  { sentence: "files go", patch: display({ volumes: { layout: null } }) },
  { sentence: "another secret is mounted", patch: recorder({ volumes: { login: { secret: "new-login" } } }) },
  { sentence: "a mounted secret goes", patch: recorder({ volumes: { login: null } }) },
  { sentence: "a workload comes", patch: workload("beacon", { on: "edge-pi", image: "registry.edge.acme.example/beacon:1.0.0" }) },
  { sentence: "a workload goes", patch: workload("counter", null) },
  { sentence: "a workload goes with its volume", patch: workload("recorder", null) },
  { sentence: "a workload moves to another cluster", patch: counter({ on: "edge-jetson" }), asksCommand: true },
  { sentence: "a workload comes to a second cluster", patch: recorder({ on: ["edge-pi", "edge-jetson"] }) },
  { sentence: "a workload comes to all clusters of a site", patch: workload("policy", { on: ["dev", "cloud", "site:plant-7"] }) },
];
