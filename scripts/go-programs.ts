/**
 * Builds what some tests and measurements try our own work against and npm does not have, from Go modules, into `.cache/go`: Pebble, a small
 * certificate authority that speaks ACME, the loader of compose files that Docker itself uses, SOPS with age, which Flux decrypts secrets with, and
 * kustomize, which Flux builds trees with. Needs Go; without it, those tests say that they did not run. kustomize 5.8.3 needs a newer Go than 1.26.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";

const folder = join(root, ".cache/go");
const programs = {
  pebble: "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1",
  compose: "github.com/compose-spec/compose-go/v2/cmd@v2.16.2",
  kustomize: "sigs.k8s.io/kustomize/kustomize/v5@v5.8.2",
  age: "filippo.io/age/cmd/age@v1.3.2",
  "age-keygen": "filippo.io/age/cmd/age-keygen@v1.3.2",
  sops: "github.com/getsops/sops/v3/cmd/sops@v3.13.3",
};

mkdirSync(folder, { recursive: true });
for (const [name, module] of Object.entries(programs)) {
  const built = mkdtempSync(join(folder, "build-"));
  execFileSync("go", ["install", module], { env: { ...process.env, GOBIN: built }, stdio: "inherit" });
  const [program] = readdirSync(built);
  if (program === undefined) throw new Error(`go install ${module} built nothing`);
  renameSync(join(built, program), join(folder, name));
  rmSync(built, { recursive: true });
  console.log(join(folder, name));
}
