import type { NewRepository } from "./fleet.ts";

/** README.md of a new repository: a tour of it, with commands that work as they stand. */
export const readmeText = ({ name }: NewRepository): string => `# The fleet ${name}

Everything that exists in this fleet is in [\`clusters/fleet.yaml\`](clusters/fleet.yaml). Fogline checks that file and renders it into the folders beside
it, which Flux reconciles in every cluster. What is in \`main\` is what is wanted.

## Tour

Node 24 and git are all that this needs; \`nix develop\` brings them, and every other tool, from [\`flake.nix\`](flake.nix).

\`\`\`sh
npm install              # Fogline, and TypeScript for charts.ts; writes package-lock.json, which is committed
npx fogline check        # every problem of the fleet, each with its line and a remedy
npx fogline render       # writes clusters/dev/
git add -A
git commit -m "The first fleet"
npx fogline up           # a live fog on this machine, with a page to look at; Ctrl-C ends it
\`\`\`

Then change something: add a device, and look at what changed. Render and commit it like every change.

\`\`\`sh
npx fogline fleet add-device field-laptop --hardware laptop --site headquarters
git diff
npx fogline check
\`\`\`

Many devices come from a table: \`npx fogline fleet export --format csv --file devices.csv\`, edit it in a spreadsheet, \`npx fogline fleet import devices.csv\`.

## A chart of one's own

A workload that is only an image needs no chart: \`image:\`, \`ports:\` and \`health:\` in the fleet file say it all. Anything more is a chart in
[\`charts.ts\`](charts.ts), by the name of its workload:

\`\`\`ts
import { addWorkload, type OwnCharts, startSecondsOn } from "fogline/charts";

export default {
  apps: {
    display: {
      build: (chart, context) =>
        addWorkload(chart, context, {
          exposes: ["http"],
          fromOutside: true,
          container: {
            env: context.environment,
            ports: { http: 8080 },
            cpuMillicores: context.target.needs.cpuMillicores ?? 100,
            memoryBytes: context.target.needs.memoryBytes ?? 128 * 1024 ** 2,
            health: { live: "/healthz", ready: "/healthz", port: "http", intervalSeconds: 10, startSeconds: startSecondsOn(context.devices) },
          },
        }),
    },
  },
} satisfies OwnCharts;
\`\`\`

and in the fleet file \`display: { on: dev, image: "registry.example.org/display:1.0.0" }\` below \`workloads\`. \`npx tsc\` checks the file, \`npx fogline check\` what comes out of it; it warns
until the image has its digest (\`...:1.0.0@sha256:...\`).

## Where is…

| what | where |
| --- | --- |
| the fleet | \`clusters/fleet.yaml\`, parts of it in \`clusters/fleet.d/\`; its vocabulary in \`clusters/fleet.schema.json\` |
| what is rendered from it | \`clusters/<cluster>/\`, generated and committed |
| charts of one's own | \`charts.ts\` |
| what must exist before Flux | \`Pulumi.yaml\`; it says what there is of that so far |
| the version of Fogline | \`package.json\`; after raising it, \`npm install\` and \`npx fogline upgrade\` |
| checks of every change | \`.github/workflows/\` |
`;
