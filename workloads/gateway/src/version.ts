/** The version of this code; its package's. What a manifest calls the version of its deployment is another thing. */
export const gatewayVersion = "0.1.0";
