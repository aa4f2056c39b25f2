import type { Input, Operation, Output, Schema, Stream } from "@fogline/contracts";
import { routed } from "@fogline/contracts/routed";

/** How a call is made. */
export interface CallOptions {
  /**
   * Makes repeating the call safe: the same key with the same request has one effect and one answer. Calls that take a key and are given none
   * get a new one, so that the client itself may repeat them; give one to repeat a call of an earlier process.
   */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** How a stream is followed. */
export interface FollowOptions {
  /** The cursor of the last item that was seen: what follows it comes first. Without it the stream begins now. */
  readonly after?: string;
  /** Ends the following. */
  readonly signal?: AbortSignal;
}

/** An item of a stream, and the cursor to go on from. */
export interface StreamItem<Item> {
  readonly cursor: string;
  readonly item: Item;
}

/** What everything is done with. */
export interface Calls {
  /** Calls an operation and answers its response. Throws a FoglineError with the documented code otherwise. */
  call<Request extends Schema, Response extends Schema>(
    operation: Operation<string, Request, Response>,
    request: Input<Request>,
    options?: CallOptions,
  ): Promise<Output<Response>>;
  /**
   * Every item of a stream, in order, until the signal aborts or the loop is left. Connects anew by itself after failures of the network and goes
   * on where it was; throws a FoglineError when the hub refuses.
   */
  follow<Request extends Schema, Item extends Schema>(
    stream: Stream<string, Request, Item>,
    request: Input<Request>,
    options?: FollowOptions,
  ): AsyncIterable<StreamItem<Output<Item>>>;
}

type Routed = (typeof routed)[number];
type AreaOf<Name extends string> = Name extends `${infer Area}.${string}` ? Area : never;
type VerbOf<Name extends string, Area extends string> = Name extends `${Area}.${infer Verb}` ? Verb : never;

/** A method may be called without a request where nothing in it is required. */
type Arguments<Request extends Schema, Options> =
  Record<never, never> extends Input<Request> ? [request?: Input<Request>, options?: Options] : [request: Input<Request>, options?: Options];

type Method<Contract> =
  Contract extends Operation<string, infer Request, infer Response, infer _Errors>
    ? (...given: Arguments<Request, CallOptions>) => Promise<Output<Response>>
    : Contract extends Stream<string, infer Request, infer Item>
      ? (...given: Arguments<Request, FollowOptions>) => AsyncIterable<StreamItem<Output<Item>>>
      : never;

/** A method for every contract, by its name: `nodes.list` is `client.nodes.list()`. */
export type Groups = {
  readonly [Area in AreaOf<Routed["name"]>]: {
    readonly [Contract in Routed as VerbOf<Contract["name"], Area>]: Method<Contract>;
  };
};

/** The methods of all contracts over the two ways to ask. */
export const groupsOver = ({ call, follow }: Calls): Groups => {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const contract of routed) {
    const [area = "", verb = ""] = contract.name.split(".");
    groups[area] ??= {};
    groups[area][verb] =
      contract.kind === "stream"
        ? (request: object = {}, options?: FollowOptions) => follow(contract as unknown as Stream, request, options)
        : (request: object = {}, options?: CallOptions) => call(contract as unknown as Operation, request, options);
  }
  return groups as Groups;
};
