import { homedir } from "node:os";
import { join, resolve } from "node:path";

export interface AgentOptions {
  readonly token?: string;
  /** The option of every command; here it is the agent's own folder. */
  readonly data?: string;
}

type Environment = Record<string, string | undefined>;

const prefix = "FOGLINE_AGENT_";

/** What the agent is told: its environment, and over it what was typed. The folder is in the user's home unless somebody says otherwise. */
export const agentEnvironment = ({ token, data }: AgentOptions, environment: Readonly<Environment>, workingFolder: string): Environment => ({
  [`${prefix}DATA_FOLDER`]:
    data === undefined ? (environment[`${prefix}DATA_FOLDER`] ?? join(homedir(), ".fogline", "agent")) : resolve(workingFolder, data),
  ...(token === undefined ? {} : { [`${prefix}ENROLMENT_TOKEN`]: token }),
  [`${prefix}AS_SERVICE`]: "true",
});

/** `fogline agent`: this process becomes the agent of this machine, until it is told to stop. */
export const agentCommand = async (options: AgentOptions): Promise<void> => {
  Object.assign(process.env, agentEnvironment(options, process.env, process.env.INIT_CWD ?? process.cwd()));
  await import("@fogline/agent/main");
};
