// A client of graphql-ws or of graphql-sse, driven by lines of JSON.
//
//     node client.mjs ws|sse URL OPTIONS
//
// Standard input:  {"do": "subscribe", "id", "query"} | {"do": "stop", "id"} | {"do": "terminate"}
// Standard output: what the client's listeners and sinks are told.
//
// A subscription resumes as a page would have it: its `after` is the last cursor that it saw.

import { createInterface } from 'node:readline';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [kind, url, given] = process.argv.slice(2);
const { alwaysRetry, ...options } = JSON.parse(given);

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

function wsClient() {
  return createWsClient({
    url,
    webSocketImpl: WebSocket,
    retryWait: soon,
    ...(alwaysRetry && { shouldRetry: () => true }),
    onNonLazyError: (error) => tell({ on: 'failed', ...described(error) }),
    ...options,
    on: {
      connecting: (retry) => tell({ on: 'connecting', retry }),
      connected: () => tell({ on: 'connected' }),
      closed: ({ code, reason }) => tell({ on: 'closed', code, reason }),
      ping: (received) => tell({ on: 'ping', received }),
      pong: (received) => tell({ on: 'pong', received }),
    },
  });
}

function sseClient() {
  return createSseClient({
    url,
    retry: soon,
    ...options,
    on: {
      connecting: (retry) => tell({ on: 'connecting', retry }),
      connected: () => tell({ on: 'connected' }),
    },
  });
}

function described(error) {
  if (Array.isArray(error)) return { errors: error };
  if (error?.response) return { status: error.response.status };
  if (typeof error?.code === 'number') return { code: error.code };
  return { message: String(error?.message ?? error) };
}

tell({ on: 'ready' });
const client = kind === 'ws' ? wsClient() : sseClient();
const running = new Map();

function subscribe({ id, query }) {
  let after;
  const payload = {
    query,
    get variables() {
      return { after };
    },
  };
  const stop = client.subscribe(payload, {
    next(value) {
      after = value.data?.cursor ?? after;
      tell({ on: 'next', id, value });
    },
    error: (error) => tell({ on: 'error', id, ...described(error) }),
    complete: () => tell({ on: 'complete', id }),
  });
  running.set(id, stop);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const wanted = JSON.parse(line);
    if (wanted.do === 'subscribe') subscribe(wanted);
    else if (wanted.do === 'stop') running.get(wanted.id)();
    else client.terminate();
  })
  .on('close', () => process.exit(0));
