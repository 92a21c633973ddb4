-- As llm 0.13 made its tables, with two questions of one conversation.
CREATE TABLE "conversations" ([id] TEXT PRIMARY KEY, [name] TEXT, [model] TEXT);
CREATE TABLE "responses" (
  [id] TEXT PRIMARY KEY, [model] TEXT, [prompt] TEXT, [system] TEXT, [prompt_json] TEXT,
  [options_json] TEXT, [response] TEXT, [response_json] TEXT,
  [conversation_id] TEXT REFERENCES [conversations]([id]), [duration_ms] INTEGER,
  [datetime_utc] TEXT
);
INSERT INTO conversations VALUES ('01oldest', 'Name a pelican', 'gpt-4');
INSERT INTO responses VALUES ('01oldest1', 'gpt-4', 'Name a pelican', 'Be short', NULL,
  '{"temperature": 0.5, "logit_bias": {"1": 2}}', 'Percy', NULL, '01oldest', 1500,
  '2023-12-01T10:00:00.5+00:00');
INSERT INTO responses VALUES ('01oldest2', 'gpt-4', 'And a walrus', NULL, NULL,
  '{}', 'Wallace', NULL, '01oldest', 500, '2023-12-01T10:01:00+00:00');
