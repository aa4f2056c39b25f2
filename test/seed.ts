import fc from "fast-check";

/**
 * Properties try the same cases on every machine, so that a change is judged by what it changed and a red run can be repeated.
 * FOGLINE_SEED tries others; fast-check prints the seed of a counterexample.
 */
fc.configureGlobal({ seed: Number(process.env.FOGLINE_SEED ?? 20_261_122) });
