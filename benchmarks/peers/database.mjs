// What Apollo and Mercurius have in common: the pool, and the SQL of every operation.
//
// Statements are prepared once per connection (`name`), page sizes are pushed into SQL, and an
// edge's rows for all parents are read by one statement.

import pg from "pg";

// Times stay text: microseconds are kept, and no Date is made to be printed again.
const asIso = (text) => `${text.replace(" ", "T")}:00`;
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, asIso);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const LISTED = "c.public AND c.status = 'PUBLISHED'";
const COURSE = `c.id AS key, 'crs_' || c.id AS id, c.title, c.slug, c.description, c.category,
  c.level, c.language, c.estimated_hours AS "estimatedHours", c.published_at AS "publishedAt",
  c.instructor_id AS "instructorKey"`;
const MEMBER = `EXISTS (SELECT FROM conversation_member AS cm
  WHERE cm.conversation_id = $2 AND cm.user_id = $1 AND cm.left_at IS NULL)`;
const MESSAGE = `'msg_' || m.id AS id, m.kind, m.body, m.created_at AS "createdAt",
  m.sender_id AS "senderKey"`;

const STATEMENTS = {
  course: `SELECT ${COURSE} FROM course AS c WHERE c.id = $2
    AND ((${LISTED}) OR c.instructor_id = $1)`,
  courses: `SELECT ${COURSE} FROM course AS c WHERE ${LISTED}
    ORDER BY c.published_at DESC, c.id DESC LIMIT $1`,
  coursesAfter: `SELECT ${COURSE} FROM course AS c WHERE ${LISTED}
    AND (c.published_at, c.id) < ($2, $3)
    ORDER BY c.published_at DESC, c.id DESC LIMIT $1`,
  sections: `SELECT of.id AS parent, s.id AS key, 'sec_' || s.id AS id, s.title, s.position
    FROM unnest($1::uuid[]) AS of(id) CROSS JOIN LATERAL
      (SELECT * FROM course_section WHERE course_id = of.id ORDER BY position LIMIT $2) AS s`,
  lessons: `SELECT of.id AS parent, 'les_' || l.id AS id, l.title, l.position,
      l.estimated_minutes AS "estimatedMinutes"
    FROM unnest($2::uuid[]) AS of(id) CROSS JOIN LATERAL
      (SELECT * FROM lesson WHERE section_id = of.id AND (status = 'PUBLISHED' OR EXISTS (
         SELECT FROM course_section AS s JOIN course AS c ON c.id = s.course_id
         WHERE s.id = of.id AND c.instructor_id = $1))
       ORDER BY position LIMIT $3) AS l`,
  users: `SELECT id AS key, 'usr_' || id AS id, username, first_name AS "firstName"
    FROM user_account WHERE id = ANY($1::uuid[]) AND status = 'ACTIVE'`,
  member: `SELECT ${MEMBER} AS member`,
  messages: `SELECT ${MESSAGE} FROM message AS m
    WHERE m.conversation_id = $2 AND m.deleted_at IS NULL AND ${MEMBER}
    ORDER BY m.id DESC LIMIT $3`,
  send: `INSERT INTO message AS m (id, conversation_id, sender_id, kind, body)
    SELECT uuidv7(), $2, $1, 'TEXT', $3 WHERE ${MEMBER}
    RETURNING ${MESSAGE}, m.id AS key`,
  number: `INSERT INTO stream AS s (name, last) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET last = s.last + 1 RETURNING last`,
  tell: `WITH event AS (
      INSERT INTO stream_event (stream, sequence, kind, data, created_at)
      VALUES ($1, $2, 'message.sent', $3, now())),
    entry AS (
      INSERT INTO outbox (topic, payload, due_at) VALUES ('EVENT', $4, now()))
    SELECT pg_notify('outbox', '')`,
};

async function rows(name, values, client = pool) {
  return (await client.query({ name, text: STATEMENTS[name], values })).rows;
}

export async function course(viewer, key) {
  return (await rows("course", [viewer, key]))[0] ?? null;
}

/** The catalogue, which is the same for everybody. */
export async function courses(limit, place) {
  return place === null ? rows("courses", [limit]) : rows("coursesAfter", [limit, ...place]);
}

export async function sectionsOf(courseKeys, limit) {
  return grouped(await rows("sections", [courseKeys, limit]), courseKeys);
}

export async function lessonsOf(viewer, sectionKeys, limit) {
  return grouped(await rows("lessons", [viewer, sectionKeys, limit]), sectionKeys);
}

export async function usersByKey(keys) {
  const found = new Map((await rows("users", [keys])).map((user) => [user.key, user]));
  return keys.map((key) => found.get(key) ?? null);
}

/** Newest first; null if the viewer isn't in the conversation. */
export async function messages(viewer, conversation, limit) {
  const found = await rows("messages", [viewer, conversation, limit]);
  if (found.length > 0 || (await rows("member", [viewer, conversation]))[0].member) return found;
  return null;
}

/** One transaction, of what Lyceum's writes; null if the viewer isn't in the conversation. */
export async function send(viewer, conversation, body) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const [message] = await rows("send", [viewer, conversation, body], client);
    if (message) await tell(client, conversation, message);
    await client.query("COMMIT");
    return message ?? null;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

async function tell(client, conversation, message) {
  const stream = `conversation:${conversation}`;
  const [{ last }] = await rows("number", [stream], client);
  const data = { conversation_id: conversation, message_id: message.key };
  const envelope = { kind: "message.sent", stream, sequence: Number(last), data };
  await rows("tell", [stream, last, JSON.stringify(data), JSON.stringify(envelope)], client);
}

function grouped(found, keys) {
  const groups = new Map(keys.map((key) => [key, []]));
  for (const row of found) groups.get(row.parent).push(row);
  return keys.map((key) => groups.get(key));
}
