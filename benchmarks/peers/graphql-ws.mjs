// graphql-ws on ws, with one Redis connection that listens.
//
// An event carries its whole message, so that nothing is read from a database. It is parsed once
// for all subscribers of its channel, and each document is parsed and validated once; then each
// socket executes its own operation for each event, as graphql-ws does.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { buildSchema, parse, validate } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import Redis from "ioredis";
import { WebSocketServer } from "ws";

const redis = new Redis(process.env.REDIS_URL);
const channels = new Map();

redis.on("message", (name, text) => {
  const event = JSON.parse(text);
  for (const hear of channels.get(name) ?? []) hear(event);
});

/** What a channel tells from now on. */
function listen(name) {
  const events = [];
  let waiting = null;
  const hear = (value) => {
    if (waiting === null) {
      events.push(value);
    } else {
      waiting({ value, done: false });
      waiting = null;
    }
  };
  let listeners = channels.get(name);
  if (listeners === undefined) {
    channels.set(name, (listeners = new Set()));
    redis.subscribe(name);
  }
  listeners.add(hear);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (events.length > 0) return Promise.resolve({ value: events.shift(), done: false });
      return new Promise((resolve) => (waiting = resolve));
    },
    return() {
      listeners.delete(hear);
      waiting?.({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    },
  };
}

const schema = buildSchema(readFileSync(new URL("live.graphql", import.meta.url), "utf8"));
schema.getSubscriptionType().getFields().conversationUpdated.subscribe = (_, { conversationId }) =>
  listen(`graphql-ws:${conversationId}`);

const documents = new Map();

function documentOf(query) {
  let document = documents.get(query);
  if (document === undefined) {
    document = parse(query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    documents.set(query, document);
  }
  return document;
}

const server = createServer();
useServer(
  {
    onSubscribe(_context, _id, { query, operationName, variables }) {
      const document = documentOf(query);
      if (Array.isArray(document)) return document;
      return { schema, document, operationName, variableValues: variables };
    },
  },
  new WebSocketServer({ server, path: "/graphql" }),
);
// A subscription that comes before ioredis is ready is lost.
await once(redis, "ready");
server.listen({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 4096 });
