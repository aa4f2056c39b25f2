// Pulumi has its own, older compiler take every policy pack whose entry is TypeScript. What the entry imports is run by Node itself.
import "./policy-pack.ts";
