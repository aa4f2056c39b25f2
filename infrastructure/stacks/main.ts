import * as pulumi from "@pulumi/pulumi";
import { dayZero } from "./program.ts";

/**
 * Pulumi runs what the entry exports by default. The fleet is that of the repository whose Pulumi.yaml was chosen.
 *
 * @public
 */
export default (): ReturnType<typeof dayZero> => dayZero(pulumi.getRootDirectory());
