import type { NewRepository } from "./fleet.ts";

/** The TypeScript that charts.ts is checked with; Node runs it without. */
const typescriptVersion = "6.0.3";

/** package.json: private, with exact versions. */
export const packageText = ({ name, fogline }: NewRepository): string =>
  `${JSON.stringify(
    {
      name: `${name}-fleet`,
      private: true,
      type: "module",
      scripts: {
        start: "fogline up",
        check: "fogline check && tsc",
        render: "fogline render",
        "render:check": "fogline render --check",
        diff: "fogline diff main",
      },
      dependencies: { fogline },
      devDependencies: { typescript: typescriptVersion },
    },
    null,
    2,
  )}\n`;

/** tsconfig.json: what Node runs without a build, strictly checked. */
export const tsconfigText = `${JSON.stringify(
  {
    compilerOptions: {
      target: "es2024",
      lib: ["es2024"],
      module: "nodenext",
      types: [],
      strict: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
    include: ["charts.ts", "charts"],
  },
  null,
  2,
)}\n`;

/** charts.ts: the place for charts of one's own, empty. */
export const chartsText = `import type { OwnCharts } from "fogline/charts";

// Charts of your own, beside those that Fogline brings; README.md shows one. A chart is looked up by the name of its workload in
// clusters/fleet.yaml. It may lie in a file of the folder charts/ and be imported here as "./charts/<name>.ts".
export default {
  // How a workload becomes Kubernetes objects, by its name.
  apps: {},
  // Objects that every cluster has, whatever runs on it.
  cluster: [],
} satisfies OwnCharts;
`;
