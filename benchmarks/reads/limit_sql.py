"""The limit's statements: whole answers as bytes, in the form that was the fastest of several.

Tried for each were `json_build_object`, `row_to_json`, `||` and `format`, with joins, lateral
joins and scalar subqueries. An aggregate keeps the order of the subquery that it reads. The
planner takes a sequential scan of the users wherever a join gives it the choice: a scalar
subquery is the quicker way to one user, a hash join to fifty.
"""

_USER = """format('{"id":"usr_%s","username":%s,"firstName":%s}',
    u.id, to_json(u.username::text), to_json(u.first_name))"""

_LISTED = "c.public AND c.status = 'PUBLISHED'"

SINGLE = f"""
SELECT coalesce(
  (SELECT convert_to(format(
      '{{"data":{{"course":{{"id":"crs_%s","title":%s,"description":%s,"level":"%s",'
        '"language":%s,"publishedAt":%s,"instructor":%s}}}}}}',
      c.id, to_json(c.title), to_json(c.description), c.level, to_json(c.language),
      coalesce(to_json(c.published_at)::text, 'null'),
      coalesce((SELECT {_USER} FROM user_account AS u
        WHERE u.id = c.instructor_id AND u.status = 'ACTIVE'), 'null')), 'UTF8')
    FROM course AS c WHERE c.id = $2 AND (({_LISTED}) OR c.instructor_id = $1)),
  '{{"data":{{"course":null}}}}'::bytea)
"""  # noqa: S608 - constants

_CATALOGUE = """
SELECT convert_to(format(
    '{"data":{"courses":{"nodes":[%%s],"pageInfo":{"hasNextPage":%%s,"endCursor":%%s}}}}',
    array_to_string(nodes[:20], ','),
    CASE WHEN cardinality(nodes) > 20 THEN 'true' ELSE 'false' END,
    coalesce('"' || translate(encode(convert_to(
      times[least(cardinality(nodes), 20)] || '|' || keys[least(cardinality(nodes), 20)],
      'UTF8'), 'base64'), E'\\n', '') || '"', 'null')), 'UTF8')
FROM (
  SELECT array_agg(c.published_at) AS times, array_agg(c.id) AS keys, array_agg(format(
      '{"id":"crs_%%s","title":%%s,"slug":%%s,"category":%%s,"level":"%%s",'
        '"language":%%s,"estimatedHours":%%s,"publishedAt":%%s}',
      c.id, to_json(c.title), to_json(c.slug), coalesce(to_json(c.category)::text, 'null'),
      c.level, to_json(c.language), coalesce(c.estimated_hours::text, 'null'),
      to_json(c.published_at))) AS nodes
  FROM (SELECT * FROM course AS c WHERE %s
    ORDER BY c.published_at DESC, c.id DESC LIMIT 21) AS c) AS page
"""

_NESTED = """
SELECT convert_to(format('{"data":{"courses":{"nodes":[%%s]}}}',
    string_agg(format('{"id":"crs_%%s","title":%%s,"sections":{"nodes":[%%s]}}',
      c.id, to_json(c.title), sections.nodes), ',')), 'UTF8')
FROM (SELECT * FROM course AS c WHERE %s
    ORDER BY c.published_at DESC, c.id DESC LIMIT 20) AS c
CROSS JOIN LATERAL (
  SELECT string_agg(format(
      '{"id":"sec_%%s","title":%%s,"position":%%s,"lessons":{"nodes":[%%s]}}',
      s.id, to_json(s.title), s.position, lessons.nodes), ',') AS nodes
  FROM (SELECT * FROM course_section WHERE course_id = c.id ORDER BY position LIMIT 10) AS s
  CROSS JOIN LATERAL (
    SELECT string_agg(format(
        '{"id":"les_%%s","title":%%s,"position":%%s,"estimatedMinutes":%%s}',
        l.id, to_json(l.title), l.position, l.estimated_minutes), ',') AS nodes
    FROM (SELECT * FROM lesson
      WHERE section_id = s.id AND (status = 'PUBLISHED' OR c.instructor_id = $1)
      ORDER BY position LIMIT 5) AS l) AS lessons) AS sections
"""

# Of catalogue and nested query: the first page, and one after a place.
_AFTER = f"{_LISTED} AND (c.published_at, c.id) < ($2, $3)"
_ANYBODY = f"{_LISTED} AND $1::uuid IS NOT NULL"
_ANYBODY_AFTER = f"{_AFTER} AND $1::uuid IS NOT NULL"
CATALOGUE = _CATALOGUE % _ANYBODY
CATALOGUE_AFTER = _CATALOGUE % _ANYBODY_AFTER
NESTED = _NESTED % _LISTED
NESTED_AFTER = _NESTED % _AFTER

_MEMBER = """EXISTS (SELECT FROM conversation_member AS cm
    WHERE cm.conversation_id = $2 AND cm.user_id = $1 AND cm.left_at IS NULL)"""

CHAT = f"""
SELECT CASE WHEN {_MEMBER} THEN
  (SELECT convert_to(format(
      '{{"data":{{"messages":{{"nodes":[%s],'
        '"pageInfo":{{"hasPreviousPage":%s,"startCursor":%s}}}}}}}}',
      array_to_string(array_reverse(nodes[:50]), ','),
      CASE WHEN cardinality(nodes) > 50 THEN 'true' ELSE 'false' END,
      coalesce('"' || translate(encode(convert_to(
        keys[least(cardinality(keys), 50)]::text, 'UTF8'), 'base64'), E'\\n', '') || '"',
        'null')), 'UTF8')
    FROM (
      SELECT array_agg(m.id) AS keys, array_agg(format(
          '{{"id":"msg_%s","kind":"%s","body":%s,"createdAt":%s,"sender":%s}}',
          m.id, m.kind, to_json(m.body), to_json(m.created_at),
          CASE WHEN u.id IS NULL THEN 'null' ELSE {_USER} END)) AS nodes
      FROM (SELECT id, kind, body, created_at, sender_id FROM message
          WHERE conversation_id = $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT 51) AS m
      LEFT JOIN user_account AS u ON u.id = m.sender_id AND u.status = 'ACTIVE') AS page)
ELSE '{{"data":{{"messages":null}}}}'::bytea END
"""  # noqa: S608 - constants

MUTATION = f"""
WITH sent AS (
  INSERT INTO message (id, conversation_id, sender_id, kind, body)
  SELECT uuidv7(), $2, $1, 'TEXT', $3 WHERE {_MEMBER}
  RETURNING id, conversation_id, sender_id, body, created_at),
numbered AS (
  INSERT INTO stream AS s (name, last) SELECT 'conversation:' || conversation_id, 1 FROM sent
  ON CONFLICT (name) DO UPDATE SET last = s.last + 1 RETURNING name, last),
told AS (
  SELECT name, last, pg_notify('outbox', ''),
    jsonb_build_object('conversation_id', conversation_id, 'message_id', id) AS data
  FROM sent CROSS JOIN numbered),
event AS (
  INSERT INTO stream_event (stream, sequence, kind, data, created_at)
  SELECT name, last, 'message.sent', data, now() FROM told),
entry AS (
  INSERT INTO outbox (topic, payload, due_at)
  SELECT 'EVENT', jsonb_build_object(
    'kind', 'message.sent', 'stream', name, 'sequence', last, 'data', data), now() FROM told)
SELECT convert_to(format(
    '{{"data":{{"messageSend":{{"message":{{"id":"msg_%s","body":%s,"createdAt":%s,'
      '"sender":{{"id":"usr_%s","username":%s}}}},"errors":[]}}}}}}',
    m.id, to_json(m.body), to_json(m.created_at), m.sender_id,
    (SELECT to_json(u.username::text) FROM user_account AS u WHERE u.id = m.sender_id)), 'UTF8')
FROM sent AS m
"""  # noqa: S608 - constants
