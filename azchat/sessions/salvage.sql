-- What came out of a broken file becomes such that it can be loaded. The table "broken" tells the
-- file's name, when it was written, the latest time that is one, and what of a usage is counted.
UPDATE turns SET process = NULL, reason = nullif(reason, ''), model = nullif(model, '');
UPDATE turns SET state = 'incomplete'
    WHERE state NOT IN ('streaming', 'complete', 'interrupted', 'incomplete');
UPDATE turns SET settings = '{}'
    WHERE iif(json_valid(settings), json_type(settings) <> 'object', 1);
UPDATE turns SET usage = NULL WHERE iif(json_valid(usage), json_type(usage) <> 'object' OR EXISTS (
    SELECT 1 FROM json_each(usage)
    WHERE key NOT IN (SELECT value FROM broken, json_each(broken.counts))), 1);
UPDATE turns SET began = 0 WHERE began NOT BETWEEN 0 AND (SELECT latest FROM broken);
UPDATE turns SET seconds = NULL WHERE seconds NOT BETWEEN 0 AND (SELECT latest FROM broken);
UPDATE turns SET thought = NULL WHERE thought NOT BETWEEN 0 AND (SELECT latest FROM broken);
UPDATE sessions SET model = nullif(model, ''), tokens = max(tokens, 0);
-- Words whose turn is lost, turns whose session is lost, answers whose question is lost.
INSERT INTO turns (id, session, number, state, reason, settings, began)
    SELECT turn, 0, row_number() OVER (ORDER BY turn), 'incomplete',
        'the rest of this turn was lost', '{}', broken.began + turn / 1024.0
    FROM parts, broken WHERE turn NOT IN (SELECT id FROM turns) GROUP BY turn;
INSERT INTO sessions (id, title, began, updated)
    SELECT session, iif(session, '', 'Found in ' || broken.file),
        iif(session, min(turns.began), broken.began), 0
    FROM turns, broken WHERE session NOT IN (SELECT id FROM sessions) GROUP BY session;
INSERT INTO parts (turn, message, role, type, text)
    SELECT id, 0, 'user', 'text', '(this question was lost)' FROM turns
    WHERE id NOT IN (SELECT turn FROM parts WHERE message <= 0)
    AND id IN (SELECT turn FROM parts UNION SELECT turn FROM deltas);
UPDATE sessions SET began = (SELECT coalesce(min(began), 0) FROM turns WHERE session = sessions.id)
    WHERE began <= 0 OR began > (SELECT latest FROM broken);
UPDATE sessions SET updated = began
    WHERE updated <= 0 OR updated > (SELECT latest FROM broken);
UPDATE sessions SET updated = max(
    updated, (SELECT coalesce(max(began), 0) FROM turns WHERE session = sessions.id))
