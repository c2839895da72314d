import type { Fetcher, FetcherParams, Observable } from "@graphiql/toolkit";
import { type ExecutionResult, getOperationAST, parse } from "graphql";
import { createClient, type Sink } from "graphql-ws";
import type { Config } from "./config";
import { currentSession } from "./session";

type Headers = Record<string, string>;

/** The header editor's entries, names in lower case, over the signed-in person's token. */
function requestHeaders(edited: Record<string, unknown> = {}): Headers {
  const session = currentSession();
  const headers: Headers = session ? { authorization: `Bearer ${session.accessToken}` } : {};
  for (const [name, value] of Object.entries(edited)) headers[name.toLowerCase()] = String(value);
  return headers;
}

function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // A document that can't be parsed: the server says what is wrong with it.
  }
}

/** What GraphiQL prints as an error. Of an Error it would print the stack, too. */
interface Failure {
  message: string;
}

async function post(url: string, params: FetcherParams, headers: Headers): Promise<ExecutionResult> {
  const request = fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      ...headers,
    },
    body: JSON.stringify(params),
  });
  const response = await request.catch(() => {
    throw { message: "The server could not be reached." } satisfies Failure;
  });
  if (!response.headers.get("content-type")?.includes("json")) {
    throw { message: `The server answered ${response.status}, not in JSON.` } satisfies Failure;
  }
  return (await response.json()) as ExecutionResult;
}

/** What to show of a failed subscription: GraphQL errors as they are, else a sentence. */
function describe(error: unknown): unknown {
  if (error instanceof CloseEvent) {
    return { message: `The server closed the socket: ${error.code} ${error.reason}`.trim() };
  }
  return error instanceof Event ? { message: "The socket could not be opened." } : error;
}

/**
 * One subscription over graphql-transport-ws.
 *
 * A socket authenticates once, in connection_init, so each subscription opens its own: a change
 * of person takes effect on the next run.
 */
function subscribe(
  path: string,
  params: FetcherParams,
  headers: Headers,
): Observable<ExecutionResult> {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const client = createClient({ url: url.href, connectionParams: headers });
  const observable = {
    subscribe: (sink: Sink<ExecutionResult>) => ({
      unsubscribe: client.subscribe(params, {
        next: (result: ExecutionResult) => sink.next(result),
        error: (error) => sink.error(describe(error)),
        complete: () => sink.complete(),
      }),
    }),
  };
  // The type also has overloads of three functions, which GraphiQL never calls.
  return observable as Observable<ExecutionResult>;
}

/** POST for queries and mutations, a socket for subscriptions. */
export function createFetcher(config: Config): Fetcher {
  return (params, options) => {
    const headers = requestHeaders(options?.headers);
    return isSubscription(params)
      ? subscribe(config.subscriptionEndpoint, params, headers)
      : post(config.endpoint, params, headers);
  };
}
