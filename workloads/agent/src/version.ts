/** The version an agent names in `hello`; its package's. */
export const agentVersion = "0.1.0";
