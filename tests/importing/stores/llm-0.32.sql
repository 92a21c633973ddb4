-- The tables that llm 0.32 added: what is said is named by its content, and threads share it.
CREATE TABLE IF NOT EXISTS "fragments" (
  "id" INTEGER PRIMARY KEY, "hash" TEXT, "content" TEXT, "datetime_utc" TEXT, "source" TEXT
);
CREATE TABLE "messages" (
  "hash" TEXT PRIMARY KEY, "parent_hash" TEXT REFERENCES "messages"("hash"), "role" TEXT,
  "provider_metadata" TEXT
);
CREATE TABLE "parts" (
  "id" INTEGER PRIMARY KEY, "message_hash" TEXT REFERENCES "messages"("hash"),
  "position" INTEGER, "type" TEXT, "tool_name" TEXT, "text" TEXT, "payload" TEXT
);
CREATE TABLE "threads" (
  "id" TEXT PRIMARY KEY, "name" TEXT, "tip_message_hash" TEXT REFERENCES "messages"("hash"),
  "forked_from" TEXT REFERENCES "threads"("id"), "datetime_utc" TEXT
);
CREATE TABLE "turns" (
  "id" TEXT PRIMARY KEY, "thread_id" TEXT REFERENCES "threads"("id"),
  "parent_message_hash" TEXT, "tip_message_hash" TEXT, "model" TEXT, "resolved_model" TEXT,
  "options_json" TEXT, "schema_id" TEXT, "input_tokens" INTEGER, "output_tokens" INTEGER,
  "token_details" TEXT, "duration_ms" INTEGER, "datetime_utc" TEXT, "response_json" TEXT
);
INSERT OR IGNORE INTO fragments VALUES (7, 'h', 'Pelicans are birds.', NULL, 'birds.txt');
INSERT INTO messages VALUES ('s', NULL, 'system', NULL), ('u1', 's', 'user', NULL),
  ('a1', 'u1', 'assistant', NULL), ('t1', 'a1', 'tool', NULL), ('a2', 't1', 'assistant', NULL),
  ('u2', 'a2', 'user', NULL), ('a3', 'u2', 'assistant', NULL),
  ('u3', 'a2', 'user', NULL), ('a4', 'u3', 'assistant', NULL);
INSERT INTO parts VALUES
  (1, 's', 0, 'text', NULL, 'Be kind', NULL),
  (2, 'u1', 0, 'text', NULL, NULL, '{"text_ref": [{"fragment": 7}, {"literal": "\nWhich?"}]}'),
  (3, 'a1', 0, 'reasoning', NULL, 'A beak.', '{"provider_metadata": {"openai": {"enc": "x"}}}'),
  (4, 'a1', 1, 'tool_call', 'look', NULL,
   '{"name": "look", "arguments": {"at": "beak"}, "tool_call_id": "call_a"}'),
  (5, 't1', 0, 'tool_result', 'look', NULL,
   '{"name": "look", "output": "large", "tool_call_id": "call_a"}'),
  (6, 'a2', 0, 'text', NULL, 'A pelican', NULL),
  (7, 'u2', 0, 'text', NULL, 'Sure?', NULL), (8, 'a3', 0, 'text', NULL, 'Yes', NULL),
  (9, 'u3', 0, 'text', NULL, 'Really?', NULL), (10, 'a4', 0, 'text', NULL, 'No', NULL);
INSERT INTO threads VALUES
  ('03new', 'Which', 'a3', NULL, '2026-09-01 08:00:00+00:00'),
  ('03newfork', 'Which', 'a4', '03new', '2026-09-02 08:00:00+00:00');
INSERT INTO turns VALUES
  ('03t1', '03new', 'u1', 'a1', 'gpt-5', NULL, '{"temperature": 1}', NULL, 10, 40,
   '{"output_tokens_details": {"reasoning_tokens": 30}}', 800, '2026-09-01T08:00:01+00:00', NULL),
  ('03t2', '03new', 't1', 'a2', 'gpt-5', NULL, NULL, NULL, 60, 5, NULL, 200,
   '2026-09-01T08:00:02+00:00', NULL),
  ('03t3', '03new', 'u2', 'a3', 'gpt-5', NULL, NULL, NULL, 70, 1, NULL, 100,
   '2026-09-01T08:01:00+00:00', NULL),
  ('03t4', '03newfork', 'u3', 'a4', 'gpt-5', NULL, NULL, NULL, 70, 1, NULL, 100,
   '2026-09-02T08:01:00+00:00', NULL);
