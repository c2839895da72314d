// Mercurius' subscriptions on Fastify, with its emitter on Redis.
//
// An event carries its whole message, so that nothing is read from a database.

import { once } from "node:events";
import { readFileSync } from "node:fs";

import Fastify from "fastify";
import Redis from "ioredis";
import mercurius from "mercurius";
import redisEmitter from "mqemitter-redis";

// A subscription that comes before ioredis is ready is lost.
const subConn = new Redis(process.env.REDIS_URL);
const pubConn = new Redis(process.env.REDIS_URL);
await Promise.all([once(subConn, "ready"), once(pubConn, "ready")]);

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema: readFileSync(new URL("live.graphql", import.meta.url), "utf8"),
  resolvers: {
    Subscription: {
      conversationUpdated: {
        subscribe: (_, { conversationId }, { pubsub }) =>
          pubsub.subscribe(`mercurius:${conversationId}`),
      },
    },
  },
  jit: 1,
  subscription: { emitter: redisEmitter({ subConn, pubConn }) },
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 4096 });
