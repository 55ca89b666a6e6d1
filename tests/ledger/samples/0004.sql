-- A ledger of the schema 0004_persons: rows of every kind and in every state.
-- Each statement ends with a semicolon at the end of its line; both engines take them.
INSERT INTO ledger_info (name, value) VALUES ('uid', '5a3b1e0c9d8f7a61');
INSERT INTO ledger_info (name, value) VALUES ('contracts_paused', '0');
INSERT INTO accounts (id, name, kind, phone_number_id, waba_id, api_base_url, api_version, secrets, rate_max, rate_ms, concurrency, daily_limit, portfolio_id, sandbox_latency_ms, sandbox_failure_share, state, state_reason, next_slot_at, in_flight, revision, created_at) VALUES
    ('sandbox', 'Песочница', 'sandbox', NULL, NULL, 'https://graph.facebook.com', 'v23.0', NULL, NULL, NULL, 10, NULL, NULL, 0, 0.0, 'active', NULL, 1735722000000000, 2, 3, 1735718400000000),
    ('shop', 'Магазин', 'cloud_api', '105500000000001', '205500000000001', 'https://graph.facebook.com', 'v23.0', NULL, 20, 60000, 50, 1000, 'portfolio', 0, 0.0, 'stopped', 'The access token has expired.', 0, 0, 1, 1735718400000001);
INSERT INTO contracts (uid, account_id, name, state, state_reason, priority, body, template, max_attempts, start_at, created_at, started_at, finished_at, import_mark, import_at, own_contents, turn, next_due_at, listed, revision) VALUES
    ('running', 'sandbox', 'Идущая', 'running', NULL, 5, 'Здравствуйте, {{Имя|друг}}!', NULL, 3, NULL, 1735718400000000, 1735718460000000, NULL, NULL, NULL, TRUE, 1735722000000000, 1735718480000000, TRUE, 2),
    ('draft', 'sandbox', 'Черновик', 'draft', NULL, 0, 'Привет', NULL, 3, NULL, 1735718400000000, NULL, NULL, NULL, NULL, FALSE, 0, NULL, TRUE, 0),
    ('scheduled', 'sandbox', 'Назначенная', 'scheduled', NULL, 0, 'Привет', NULL, 3, 4102444800000000, 1735718400000000, NULL, NULL, NULL, NULL, FALSE, 0, NULL, TRUE, 1),
    ('queued', 'shop', 'В очереди', 'queued', NULL, 0, NULL, '{"name":"hello","language":"ru","parameters":{"1":"{{Имя}}"},"components":[]}', 3, NULL, 1735718400000000, NULL, NULL, NULL, NULL, TRUE, 0, NULL, TRUE, 1),
    ('preparing', 'shop', 'Готовится', 'preparing', NULL, 0, 'Привет', NULL, 3, NULL, 1735718400000000, 1735718460000000, NULL, NULL, NULL, FALSE, 0, NULL, TRUE, 2),
    ('paused', 'sandbox', 'На паузе', 'paused', 'user', 0, 'Привет', NULL, 3, NULL, 1735718400000000, 1735718460000000, NULL, NULL, NULL, FALSE, 0, NULL, TRUE, 3),
    ('completed', 'sandbox', 'Законченная', 'completed', NULL, 0, 'Привет', NULL, 3, NULL, 1735718400000000, 1735718460000000, 1735718520000000, NULL, NULL, FALSE, 0, NULL, TRUE, 4),
    ('cancelled', 'sandbox', 'Отменённая', 'cancelled', 'user', 0, 'Привет', NULL, 3, NULL, 1735718400000000, 1735718460000000, 1735718520000000, NULL, NULL, FALSE, 0, NULL, FALSE, 4),
    ('deleting', 'sandbox', 'Удаляемая', 'deleting', NULL, 0, 'Привет', NULL, 3, NULL, 1735718400000000, NULL, 1735718520000000, NULL, NULL, FALSE, 0, NULL, TRUE, 1),
    ('importing', 'sandbox', 'Недочитанная', 'draft', NULL, 0, 'Привет', NULL, 3, NULL, 1735718400000000, NULL, NULL, 26, 1735718400000000, FALSE, 0, NULL, TRUE, 0);
INSERT INTO workers (host, pid, process_started, started_at, last_seen, last_claim, last_send, ended_at) VALUES
    ('a-machine-of-then', 4242, 1735718400000000, 1735718400000000, 1735718520000000, 1735718519000000, 1735718519500000, NULL),
    ('a-machine-of-then', 4141, 1735714800000000, 1735714800000000, 1735718390000000, NULL, NULL, 1735718395000000);
INSERT INTO messages (contract_id, phone, state, attempts, refusals, due_at, claimed_by, provider_id, error_code, error_text, sent_at, delivered_at, read_at, updated_at, listed) VALUES
    (1, '79990000001', 1, 0, 0, 1735718460000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718460000000, TRUE),
    (1, '79990000002', 1, 1, 1, 1735718470000000, NULL, NULL, 131000, 'Something went wrong.', NULL, NULL, NULL, 1735718460000000, TRUE),
    (1, '79990000003', 2, 1, 0, 1735718480000000, NULL, NULL, 131000, 'Something went wrong.', NULL, NULL, NULL, 1735718460000000, TRUE),
    (1, '79990000004', 3, 0, 0, 1735718460000000, 1, NULL, NULL, NULL, NULL, NULL, NULL, 1735718519000000, TRUE),
    (1, '79990000005', 4, 0, 0, 1735718460000000, 1, NULL, NULL, NULL, NULL, NULL, NULL, 1735718519000000, TRUE),
    (1, '79990000006', 5, 1, 0, 1735718460000000, NULL, 'wamid.6', NULL, NULL, 1735718500000000, NULL, NULL, 1735718500000000, TRUE),
    (1, '79990000007', 6, 1, 0, 1735718460000000, NULL, 'wamid.7', NULL, NULL, 1735718500000000, 1735718501000000, NULL, 1735718501000000, TRUE),
    (1, '79990000008', 7, 1, 0, 1735718460000000, NULL, 'wamid.8', NULL, NULL, 1735718500000000, 1735718501000000, 1735718502000000, 1735718502000000, TRUE),
    (1, '79990000009', 8, 3, 0, 1735718460000000, NULL, NULL, 131026, 'Message undeliverable.', NULL, NULL, NULL, 1735718500000000, TRUE),
    (1, '79990000010', 9, 0, 0, NULL, NULL, NULL, NULL, 'opted out', NULL, NULL, NULL, 1735718500000000, TRUE),
    (1, '79990000011', 10, 1, 0, 1735718460000000, NULL, NULL, NULL, 'The answer broke off.', NULL, NULL, NULL, 1735718500000000, TRUE),
    (2, '79990000001', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (2, '79990000002', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (3, '79990000001', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (4, '79990000001', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (5, '79990000001', 1, 0, 0, 1735718460000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718460000000, TRUE),
    (5, '79990000002', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (6, '79990000001', 1, 0, 0, 1735718460000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718460000000, TRUE),
    (6, '79990000002', 5, 1, 0, 1735718460000000, NULL, 'wamid.19', NULL, NULL, 1735718500000000, NULL, NULL, 1735718500000000, TRUE),
    (7, '79990000001', 7, 1, 0, 1735718460000000, NULL, 'wamid.20', NULL, NULL, 1735718500000000, 1735718501000000, 1735718502000000, 1735718502000000, FALSE),
    (7, '79990000002', 8, 3, 0, 1735718460000000, NULL, NULL, 131026, 'Message undeliverable.', NULL, NULL, NULL, 1735718500000000, FALSE),
    (8, '79990000001', 5, 1, 0, 1735718460000000, NULL, 'wamid.22', NULL, NULL, 1735718500000000, NULL, NULL, 1735718500000000, TRUE),
    (8, '79990000002', 9, 0, 0, NULL, NULL, NULL, NULL, 'cancelled', NULL, NULL, NULL, 1735718500000000, TRUE),
    (9, '79990000001', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (9, '79990000002', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (10, '79990000001', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE),
    (10, '79990000002', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1735718400000000, TRUE);
INSERT INTO counters (contract_id, total, draft, waiting, delayed, claimed, sending, sent, delivered, read, failed, skipped, in_doubt, cleaned_completed, cleaned_failed) VALUES
    (1, 11, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
    (2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (5, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (6, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
    (7, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1),
    (8, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
    (9, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (10, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO contents (message_id, body, variables) VALUES
    (1, NULL, '{"Имя":"Анна"}'),
    (2, 'Своё слово', NULL),
    (3, NULL, '{"Имя":""}'),
    (15, NULL, '{"Имя":"Пётр"}');
INSERT INTO events (at, kind, account_id, contract_id, message_id, code, text) VALUES
    (1735718400000000, 'created', NULL, 1, NULL, NULL, NULL),
    (1735718460000000, 'preparing', NULL, 1, NULL, NULL, NULL),
    (1735718500000000, 'failed', NULL, 1, 9, 131026, 'Message undeliverable.'),
    (1735718500000000, 'in_doubt', NULL, 1, 11, NULL, 'The answer broke off.'),
    (1735718510000000, 'stopped', 'shop', NULL, NULL, 190, 'The access token has expired.');
INSERT INTO minutes (minute, sent, failed, retried, in_doubt) VALUES
    (28928641, 6, 2, 2, 1),
    (28928642, 1, 0, 0, 0);
UPDATE accounts SET cool_down_max = 2, cool_down_days = 7, warm_up = '[50,100,200]', warm_up_from = 1735689600000000, warm_up_day = 1, warm_up_sent = 12, pace = 4.5, pace_changed_at = 1735718500000000, throttled_until = 1735718510000000, throttles = 2 WHERE id = 'shop';
UPDATE contracts SET zone = 'Europe/Moscow', quiet_hours = '{"from":"21:00","to":"09:00"}', expires_at = 4102531200000000 WHERE uid = 'scheduled';
UPDATE contracts SET held_by = 'rate', held_until = 1735718520000000 WHERE uid = 'preparing';
UPDATE contracts SET doubt_policy = 'resend', doubt_grace = 3600000000 WHERE uid = 'completed';
UPDATE messages SET held_by = 'coolDown' WHERE id = 3;
INSERT INTO reach (scope, phone, last_at, stamps) VALUES
    ('sandbox', '79990000006', 1735718500000000, NULL),
    ('portfolio', '79990000001', 1735718500000000, '[1735718400000000,1735718500000000]');
INSERT INTO reach_totals (scope, reached) VALUES ('sandbox', 1), ('portfolio', 1);
UPDATE contracts SET suppressions_seen = 0 WHERE state <> 'draft';
INSERT INTO ledger_info (name, value) VALUES ('suppressions', '3');
INSERT INTO suppressions (who, phone, whose, account_id, portfolio_id, code, since, until, contract_id, message_id) VALUES
    ('79990000009', NULL, 'everyone', '', NULL, 131026, 1735718500000000, 1743494500000000, 1, 9),
    ('541123456789', '5491123456789', 'account', 'shop', NULL, 131050, 1735718500000000, NULL, 1, 9),
    ('RU', NULL, 'business', 'shop', 'portfolio', 130497, 1735718500000000, NULL, 1, 9);
UPDATE messages SET person = '79990000092', written = '8 999 000-00-02' WHERE id = 2;
INSERT INTO person_aliases (number, person) VALUES ('22507000001', '2250707000001');
