// Mercurius on Fastify, with its JIT from a query's second run on.

import Fastify from "fastify";
import mercurius from "mercurius";

import { newContext, resolvers, typeDefs } from "./resolvers.mjs";

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  jit: 1,
  context: (request) => newContext(request.headers["x-viewer"]),
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
