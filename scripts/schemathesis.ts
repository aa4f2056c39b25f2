/**
 * `npm run install:api`: puts schemathesis and openapi-spec-validator, Python programs of the versions in test/api/requirements.txt, below .cache/.
 * Quick when they are there already. Where there is no Python 3 it says so and passes: npm cannot install that.
 */
import { findPythonPrograms, installPythonPrograms, type PythonPrograms } from "./python.ts";

const programs: PythonPrograms = { name: "schemathesis", requirements: "test/api/requirements.txt" };

/** The folder of the Python programs; undefined until they are installed in the versions that are wanted. */
export const findSchemathesis = (): string | undefined => findPythonPrograms(programs);

if (import.meta.main) console.log(installPythonPrograms(programs));
