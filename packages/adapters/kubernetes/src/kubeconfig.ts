import { FoglineError } from "@fogline/findings";
import { KubeConfig } from "@kubernetes/client-node";

/** Which kubeconfig, and which of its contexts. */
export interface KubeconfigChoice {
  /** A file; else those of the environment variable KUBECONFIG, else the one in the home folder. */
  readonly kubeconfig?: string;
  /** The text of one, instead of a file. */
  readonly text?: string;
  /** Default its current context. */
  readonly context?: string;
}

export const unreadable = (message: string, remedy?: string): FoglineError =>
  new FoglineError("FL4065", message, remedy === undefined ? {} : { remedy });

/** The kubeconfig with its context chosen. Throws FL4065 for what cannot be read, and for a context that is not in it. */
export const chosenKubeconfig = ({ kubeconfig, text, context }: KubeconfigChoice): KubeConfig => {
  const config = loaded(kubeconfig, text);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) throw unreadable(`the kubeconfig has no context ${context}`, `known: ${known.join(", ") || "none"}`);
    config.setCurrentContext(context);
  }
  return config;
};

/** The address of the API server. Throws FL4065 where the context names none. */
export const serverOf = (config: KubeConfig): string => {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw unreadable("the kubeconfig names no cluster", "name a file with --kubeconfig, or a context with --context");
  return server;
};

const loaded = (file: string | undefined, text: string | undefined): KubeConfig => {
  const config = new KubeConfig();
  try {
    if (text !== undefined) config.loadFromString(text);
    else if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    // What was read may be a secret: of a text only that it failed is told.
    const why = text === undefined ? `: ${(error as Error).message}` : "";
    throw unreadable(`the kubeconfig${file === undefined ? "" : ` ${file}`} cannot be read${why}`);
  }
  return config;
};
