// The schema of Apollo's and Mercurius' servers: resolvers, and a DataLoader for every edge.

import { readFileSync } from "node:fs";

import DataLoader from "dataloader";

import * as database from "./database.mjs";

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

/** What a request carries: whose it is, and what loads its edges. */
export function newContext(viewer) {
  const sections = new Map();
  const lessons = new Map();
  return {
    viewer,
    users: new DataLoader(database.usersByKey),
    sections: (first) => kept(sections, first, (keys) => database.sectionsOf(keys, first)),
    lessons: (first) => kept(lessons, first, (keys) => database.lessonsOf(viewer, keys, first)),
  };
}

function kept(loaders, first, load) {
  let loader = loaders.get(first);
  if (loader === undefined) {
    loader = new DataLoader(load);
    loaders.set(first, loader);
  }
  return loader;
}

const key = (prefix, id) => {
  if (!id.startsWith(prefix)) throw new Error(`'${id}' isn't the id of such an object.`);
  return id.slice(prefix.length);
};
const size = (wanted) => {
  const given = wanted ?? 20;
  if (given < 1 || given > 100) throw new Error("A page has 1 to 100 items.");
  return given;
};
const cursor = (...place) => Buffer.from(JSON.stringify(place)).toString("base64url");
const place = (text) => JSON.parse(Buffer.from(text, "base64url").toString());

const Query = {
  course: (_, { id }, { viewer }) => database.course(viewer, key("crs_", id)),

  async courses(_, { first, after }) {
    const wanted = size(first);
    const found = await database.courses(wanted + 1, after ? place(after) : null);
    const nodes = found.slice(0, wanted);
    const of = (row) => (row ? cursor(row.publishedAt, row.key) : null);
    return {
      nodes,
      pageInfo: {
        hasNextPage: found.length > wanted,
        hasPreviousPage: Boolean(after),
        startCursor: of(nodes[0]),
        endCursor: of(nodes.at(-1)),
      },
    };
  },

  async messages(_, { conversationId, last }, { viewer }) {
    const wanted = size(last);
    const found = await database.messages(viewer, key("cnv_", conversationId), wanted + 1);
    if (found === null) return null;
    const nodes = found.slice(0, wanted).reverse();
    const of = (row) => (row ? cursor(row.id) : null);
    return {
      nodes,
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: found.length > wanted,
        startCursor: of(nodes[0]),
        endCursor: of(nodes.at(-1)),
      },
    };
  },
};

const Mutation = {
  async messageSend(_, { input }, { viewer }) {
    if (!input.body.trim()) {
      return { errors: [{ code: "EMPTY_MESSAGE", message: "A message needs some text." }] };
    }
    const message = await database.send(viewer, key("cnv_", input.conversationId), input.body);
    const missing = { code: "NOT_FOUND", message: "There is no such conversation." };
    return { message, errors: message ? [] : [missing] };
  },
};

const user = (userKey, context) => (userKey ? context.users.load(userKey) : null);

export const resolvers = {
  Query,
  Mutation,
  Course: {
    instructor: (row, _, context) => user(row.instructorKey, context),
    sections: async (row, { first }, context) => ({
      nodes: await context.sections(size(first)).load(row.key),
    }),
  },
  Section: {
    lessons: async (row, { first }, context) => ({
      nodes: await context.lessons(size(first)).load(row.key),
    }),
  },
  Message: {
    sender: (row, _, context) => user(row.senderKey, context),
  },
};
