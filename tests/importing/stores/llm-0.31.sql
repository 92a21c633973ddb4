-- As llm 0.31 made its tables: attachments, fragments, tools, reasoning.
CREATE TABLE "conversations" ("id" TEXT PRIMARY KEY, "name" TEXT, "model" TEXT);
CREATE TABLE "responses" (
  "id" TEXT PRIMARY KEY, "model" TEXT, "prompt" TEXT, "system" TEXT, "prompt_json" TEXT,
  "options_json" TEXT, "response" TEXT, "response_json" TEXT,
  "conversation_id" TEXT REFERENCES "conversations"("id"), "duration_ms" INTEGER,
  "datetime_utc" TEXT, "input_tokens" INTEGER, "output_tokens" INTEGER, "token_details" TEXT,
  "schema_id" TEXT, "resolved_model" TEXT, "reasoning" TEXT
);
CREATE TABLE "attachments" (
  "id" TEXT PRIMARY KEY, "type" TEXT, "path" TEXT, "url" TEXT, "content" BLOB
);
CREATE TABLE "prompt_attachments" (
  "response_id" TEXT, "attachment_id" TEXT, "order" INTEGER,
  PRIMARY KEY ("response_id", "attachment_id")
);
CREATE TABLE "fragments" (
  "id" INTEGER PRIMARY KEY, "hash" TEXT, "content" TEXT, "datetime_utc" TEXT, "source" TEXT
);
CREATE TABLE "prompt_fragments" ("response_id" TEXT, "fragment_id" INTEGER, "order" INTEGER);
CREATE TABLE "system_fragments" ("response_id" TEXT, "fragment_id" INTEGER, "order" INTEGER);
CREATE TABLE "tool_calls" (
  "id" INTEGER PRIMARY KEY, "response_id" TEXT, "tool_id" INTEGER, "name" TEXT,
  "arguments" TEXT, "tool_call_id" TEXT
);
CREATE TABLE "tool_results" (
  "id" INTEGER PRIMARY KEY, "response_id" TEXT, "tool_id" INTEGER, "name" TEXT,
  "output" TEXT, "tool_call_id" TEXT, "instance_id" INTEGER, "exception" TEXT
);
INSERT INTO conversations VALUES ('02old', 'Which bird is in this pictur…', 'o3');
INSERT INTO responses VALUES ('02old1', 'o3', 'Which bird is in this picture?', NULL, NULL,
  '{"reasoning_effort": "high"}', NULL, NULL, '02old', 2000, '2025-06-01T08:00:00+00:00', 20, 60,
  '{"completion_tokens_details": {"reasoning_tokens": 50}}', NULL, NULL, 'A large beak.');
INSERT INTO responses VALUES ('02old2', 'o3', '', NULL, NULL, NULL, 'A pelican', NULL, '02old',
  1000, '2025-06-01T08:00:05+00:00', 30, 5, NULL, NULL, NULL, NULL);
INSERT INTO attachments VALUES ('blob', 'image/png', NULL, NULL, x'89504e470d0a1a0a00');
INSERT INTO attachments VALUES ('web', 'image/jpeg', NULL, 'https://example.com/b.jpg', NULL);
INSERT INTO attachments VALUES ('gone', 'image/png', '/nonexistent/b.png', NULL, NULL);
INSERT INTO prompt_attachments VALUES ('02old1', 'gone', 2), ('02old1', 'web', 1),
  ('02old1', 'blob', 0);
INSERT INTO fragments VALUES (7, 'h', 'Pelicans are birds.', NULL, 'birds.txt');
INSERT INTO prompt_fragments VALUES ('02old1', 7, 0);
INSERT INTO tool_calls VALUES (1, '02old1', 1, 'look', '{"at": "beak"}', 'call_a');
INSERT INTO tool_results VALUES (1, '02old2', 1, 'look', 'it is large', 'call_a', NULL, NULL);
