// PostGraphile on Grafserv: the schema is generated from the tables.
//
// What a viewer may see is added to the plans of the generated fields; row-level security would
// cost a transaction for every request. Sending a message is a function in the database, as
// PostGraphile's documentation has it: `benchmark.message_send`, see reads/data.py.

import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { TYPES, sideEffectWithPgClientTransaction } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { context, lambda, object } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql, jsonPgSmartTags, wrapPlans } from "postgraphile/utils";

const viewerOf = ($rows) => $rows.placeholder(context().get("viewer"), TYPES.uuid);

const visibility = wrapPlans(({ sql }) => {
  const listed = (course) => sql`(${course}.public and ${course}.status = 'PUBLISHED')`;
  return {
    Query: {
      courseByRowId(plan) {
        const $course = plan();
        const $courses = $course.getClassStep();
        const course = $courses.alias;
        $courses.where(
          sql`(${listed(course)} or ${course}.instructor_id = ${viewerOf($courses)})`,
        );
        return $course;
      },
      allCourses(plan) {
        const $connection = plan();
        const $courses = $connection.getSubplan();
        $courses.where(listed($courses.alias));
        return $connection;
      },
      allMessages(plan) {
        const $connection = plan();
        const $messages = $connection.getSubplan();
        $messages.where(sql`${$messages.alias}.deleted_at is null`);
        $messages.where(sql`exists (select from conversation_member as cm
          where cm.conversation_id = ${$messages.alias}.conversation_id
            and cm.user_id = ${viewerOf($messages)} and cm.left_at is null)`);
        return $connection;
      },
    },
    CourseSection: {
      lessonsBySectionId(plan) {
        const $connection = plan();
        const $lessons = $connection.getSubplan();
        const lesson = $lessons.alias;
        $lessons.where(sql`(${lesson}.status = 'PUBLISHED' or exists (
          select from course_section as s join course as c on c.id = s.course_id
          where s.id = ${lesson}.section_id and c.instructor_id = ${viewerOf($lessons)}))`);
        return $connection;
      },
    },
  };
});

const sending = extendSchema(({ pgResources }) => {
  const { executor } = pgResources.message;
  return {
    typeDefs: gql`
      input MessageSendInput {
        conversationId: UUID!
        body: String!
      }
      type UserError {
        code: String!
        message: String!
      }
      type MessageSendPayload {
        message: Message
        errors: [UserError!]!
      }
      extend type Mutation {
        messageSend(input: MessageSendInput!): MessageSendPayload
      }
    `,
    objects: {
      Mutation: {
        plans: {
          messageSend(_, { $input: { $conversationId, $body } }) {
            const $sent = object({
              viewer: context().get("viewer"),
              conversation: $conversationId,
              body: $body,
            });
            const $key = sideEffectWithPgClientTransaction(executor, $sent, send);
            return object({ key: $key });
          },
        },
      },
      MessageSendPayload: {
        plans: {
          message: ($payload) => pgResources.message.get({ id: $payload.get("key") }),
          errors: ($payload) => lambda($payload.get("key"), errorsOf),
        },
      },
    },
  };
});

async function send(client, { viewer, conversation, body }) {
  const { rows } = await client.query({
    name: "message_send",
    text: "select benchmark.message_send($1, $2, $3) as key",
    values: [viewer, conversation, body],
  });
  return rows[0].key;
}

const missing = { code: "NOT_FOUND", message: "There is no such conversation." };
const errorsOf = (key) => (key === null ? [missing] : []);

// The catalogue's order: it has an index, which PostGraphile overlooks because it is partial.
const order = jsonPgSmartTags({
  version: 1,
  config: { attribute: { "public.course.published_at": { tags: { behavior: "+orderBy" } } } },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [visibility, sending, order],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      pubsub: false,
      poolConfig: { max: 10 },
    }),
  ],
  grafserv: { graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: ({ node }) => ({ viewer: node.req.headers["x-viewer"] }),
  },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
