import SQLite

/// The schema and its history; a migration that was released never changes.
enum Schema {
    static let migrations = [
        SQLiteMigration(version: 1, sql: version1),
        SQLiteMigration(version: 2, sql: version2),
        SQLiteMigration(version: 3, sql: version3),
        SQLiteMigration(version: 4, sql: version4),
        SQLiteMigration(version: 5, sql: version5),
        SQLiteMigration(version: 6, sql: version6),
        SQLiteMigration(version: 7, sql: version7),
        SQLiteMigration(version: 8, sql: version8),
        SQLiteMigration(version: 9, sql: version9),
        SQLiteMigration(version: 10, sql: version10),
        SQLiteMigration(version: 11, sql: version11),
        SQLiteMigration(version: 12, sql: version12),
        SQLiteMigration(version: 13, sql: version13),
        SQLiteMigration(version: 14, sql: version14),
        SQLiteMigration(version: 15, sql: version15),
        SQLiteMigration(version: 16, sql: version16),
    ]

    /// Outages are told from losses.
    private static let version2 = """
        ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
        """

    /// Dead letters are found by intent; unique keys; files of purged jobs wait to be removed.
    private static let version3 = """
        ALTER TABLE jobs ADD COLUMN intent TEXT;
        ALTER TABLE jobs ADD COLUMN unique_key TEXT;
        UPDATE jobs SET intent = scenario ->> '$.intent' WHERE json_type(scenario, '$.intent') = 'text';
        CREATE INDEX jobs_dead ON jobs (tenant, id DESC) WHERE state IN ('dead', 'failed');
        CREATE UNIQUE INDEX jobs_by_unique_key ON jobs (tenant, unique_key)
            WHERE unique_key IS NOT NULL AND state NOT IN ('cancelled', 'dead', 'done', 'failed');
        CREATE INDEX submissions_by_job ON submissions (job);
        CREATE INDEX messages_by_job ON messages (job);
        CREATE INDEX artifacts_by_hash ON artifacts (sha256);
        CREATE INDEX uploads_by_hash ON uploads (sha256);
        CREATE TABLE unused_files (
            sha256 TEXT PRIMARY KEY,
            since_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Pauses, shares and limits; running jobs that must show progress.
    private static let version4 = """
        CREATE TABLE policies (
            tenant TEXT PRIMARY KEY,
            policy TEXT NOT NULL,
            updated_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE jobs ADD COLUMN no_progress_ms INTEGER;
        CREATE INDEX jobs_by_progress ON jobs (updated_ms)
            WHERE state = 'running' AND stop_reason IS NULL AND no_progress_ms IS NOT NULL;
        """

    /// What has ended is found by its age.
    private static let version5 = """
        CREATE INDEX jobs_by_end ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;
        CREATE INDEX uploads_by_time ON uploads (created_ms);
        CREATE INDEX unused_files_by_time ON unused_files (since_ms);
        """

    /// Jobs that come again and again.
    private static let version6 = """
        CREATE TABLE schedules (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            principal TEXT NOT NULL,
            name TEXT NOT NULL,
            cron TEXT NOT NULL,
            timezone TEXT NOT NULL,
            overlap TEXT NOT NULL,
            scenario TEXT NOT NULL,
            next_ms INTEGER,
            last_ms INTEGER,
            job TEXT,
            is_queued INTEGER NOT NULL,
            problem TEXT,
            created_ms INTEGER NOT NULL,
            UNIQUE (tenant, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX schedules_by_turn ON schedules (next_ms) WHERE next_ms IS NOT NULL;
        CREATE INDEX schedules_queued ON schedules (is_queued) WHERE is_queued = 1;
        """

    /// Keys say what their holders may do, and until when; jobs know the request they came with.
    private static let version7 = """
        ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';
        ALTER TABLE api_keys ADD COLUMN scopes TEXT;
        ALTER TABLE api_keys ADD COLUMN expires_ms INTEGER;
        ALTER TABLE api_keys ADD COLUMN last_used_ms INTEGER;
        CREATE INDEX api_keys_by_tenant ON api_keys (tenant, created_ms DESC);
        ALTER TABLE jobs ADD COLUMN request_id TEXT;
        ALTER TABLE jobs ADD COLUMN trace TEXT;
        """

    /// Somebody outside is told what became of a job.
    private static let version8 = """
        ALTER TABLE jobs ADD COLUMN webhook TEXT;
        CREATE TABLE webhooks (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            job TEXT NOT NULL,
            url TEXT NOT NULL,
            event TEXT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due_ms INTEGER NOT NULL,
            problem TEXT,
            created_ms INTEGER NOT NULL,
            tried_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX webhooks_due ON webhooks (due_ms) WHERE state = 'pending';
        CREATE INDEX webhooks_by_tenant ON webhooks (tenant, created_ms DESC);
        CREATE INDEX webhooks_by_time ON webhooks (created_ms) WHERE state <> 'pending';
        CREATE INDEX webhooks_by_job ON webhooks (job);
        """

    /// Messages are kept as they came, also those of agents; agents and what is agreed with them.
    private static let version9 = """
        CREATE TABLE messages_9 (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            job TEXT REFERENCES jobs (id),
            conversation TEXT,
            type TEXT NOT NULL,
            sender TEXT NOT NULL,
            recipient TEXT,
            fingerprint BLOB NOT NULL,
            answer TEXT NOT NULL,
            body TEXT,
            received_ms INTEGER NOT NULL
        ) STRICT;
        INSERT INTO messages_9 (id, tenant, job, type, sender, fingerprint, answer, received_ms)
            SELECT id, tenant, job, type, sender, fingerprint, answer, received_ms FROM messages ORDER BY received_ms;
        DROP TABLE messages;
        ALTER TABLE messages_9 RENAME TO messages;
        CREATE INDEX messages_by_time ON messages (received_ms);
        CREATE INDEX messages_by_job ON messages (job, number);
        CREATE INDEX messages_by_recipient ON messages (recipient, number) WHERE recipient IS NOT NULL;
        CREATE TABLE agents (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            name TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE,
            capabilities TEXT NOT NULL,
            endpoint TEXT,
            maximum_tasks INTEGER NOT NULL,
            bids INTEGER NOT NULL,
            patience_ms INTEGER NOT NULL,
            info TEXT NOT NULL,
            is_online INTEGER NOT NULL,
            seen_ms INTEGER NOT NULL,
            assigned_ms INTEGER NOT NULL,
            registered_ms INTEGER NOT NULL,
            UNIQUE (tenant, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            job TEXT NOT NULL REFERENCES jobs (id),
            step TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            state TEXT NOT NULL,
            agent TEXT,
            epoch INTEGER NOT NULL,
            dispatched_ms INTEGER,
            timer_ms INTEGER,
            created_ms INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL,
            data TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX conversations_by_task ON conversations (job, step, iteration);
        CREATE INDEX conversations_open ON conversations (timer_ms)
            WHERE state IN ('discovering', 'assigning', 'running');
        CREATE INDEX conversations_by_agent ON conversations (agent, state)
            WHERE state IN ('assigning', 'running');
        """

    /// The audit keeps what is personal under keys that can be destroyed.
    private static let version10 = """
        ALTER TABLE audit ADD COLUMN class TEXT NOT NULL DEFAULT '';
        ALTER TABLE audit ADD COLUMN key TEXT;
        ALTER TABLE audit ADD COLUMN sealed BLOB;
        CREATE INDEX audit_by_age ON audit (class, ts_ms) WHERE version > 0;
        CREATE INDEX audit_by_key ON audit (key) WHERE key IS NOT NULL;
        CREATE TABLE audit_keys (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            job TEXT,
            wrapped BLOB NOT NULL,
            created_ms INTEGER NOT NULL,
            destroyed_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX audit_keys_by_job ON audit_keys (tenant, job);
        CREATE INDEX audit_keys_by_age ON audit_keys (created_ms) WHERE destroyed_ms IS NULL;
        CREATE TABLE audit_subjects (
            person BLOB NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (person, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX audit_subjects_by_key ON audit_subjects (key);
        CREATE TABLE audit_holds (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            job TEXT,
            reason TEXT NOT NULL,
            actor TEXT NOT NULL,
            since_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX audit_holds_by_job ON audit_holds (tenant, job);
        """

    /// Messages are numbered as they come, so the oldest are found without an index of their own. Of a job without a deadline
    /// nothing more is asked: SQLite builds a table for every list of three words it looks into.
    private static let version11 = """
        DROP INDEX messages_by_time;
        DROP INDEX jobs_by_deadline;
        CREATE INDEX jobs_by_deadline ON jobs (deadline_ms)
            WHERE deadline_ms IS NOT NULL AND state IN ('pending', 'scheduled', 'waiting_approval');
        """

    /// Jobs are found by state while they are open, and most have ended. Whether one that ends was made for a request is asked
    /// of few rows, not of all its messages. The audit is found by age where it is not kept for ever (`indexAuditByAge`).
    private static let version12 = """
        DROP INDEX audit_by_age;
        DROP INDEX jobs_by_state;
        CREATE INDEX jobs_open ON jobs (state, id) WHERE ended_ms IS NULL;
        CREATE INDEX messages_of_requests ON messages (job, number)
            WHERE type = 'request' AND conversation IS NULL AND recipient IS NULL;
        """

    /// Agents' keys had the scope of workers, who work for every tenant.
    private static let version13 = """
        UPDATE api_keys SET scopes = 'agent' WHERE id IN (SELECT key FROM agents);
        """

    /// Jobs count how often they began afresh. Files know whether they came with the submission: those were saved in the instant
    /// the job was. What an idempotency key made is remembered longer than the job.
    private static let version14 = """
        ALTER TABLE jobs ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE artifacts ADD COLUMN is_submitted INTEGER NOT NULL DEFAULT 0;
        UPDATE artifacts SET is_submitted = 1
            WHERE created_ms = (SELECT submitted_ms FROM jobs WHERE jobs.id = artifacts.job);
        CREATE TABLE submissions_14 (
            tenant TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            job TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (tenant, idempotency_key)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO submissions_14 SELECT tenant, idempotency_key, fingerprint, job, created_ms FROM submissions;
        DROP TABLE submissions;
        ALTER TABLE submissions_14 RENAME TO submissions;
        CREATE INDEX submissions_by_time ON submissions (created_ms);
        """

    /// A message is named within its tenant: nobody can take an id from another tenant, or learn that it is used there.
    private static let version15 = """
        CREATE TABLE messages_15 (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            tenant TEXT NOT NULL,
            job TEXT REFERENCES jobs (id),
            conversation TEXT,
            type TEXT NOT NULL,
            sender TEXT NOT NULL,
            recipient TEXT,
            fingerprint BLOB NOT NULL,
            answer TEXT NOT NULL,
            body TEXT,
            received_ms INTEGER NOT NULL,
            UNIQUE (tenant, id)
        ) STRICT;
        INSERT INTO messages_15
                (number, id, tenant, job, conversation, type, sender, recipient, fingerprint, answer, body, received_ms)
            SELECT number, id, tenant, job, conversation, type, sender, recipient, fingerprint, answer, body, received_ms
            FROM messages ORDER BY number;
        DROP TABLE messages;
        ALTER TABLE messages_15 RENAME TO messages;
        CREATE INDEX messages_by_job ON messages (job, number);
        CREATE INDEX messages_by_recipient ON messages (recipient, number) WHERE recipient IS NOT NULL;
        CREATE INDEX messages_of_requests ON messages (job, number)
            WHERE type = 'request' AND conversation IS NULL AND recipient IS NULL;
        """

    /// Open jobs are counted by tenant in their index alone: for a column that is not there, each job's row would be read,
    /// scenario and all. `ended_ms` is always null here and stands there because SQLite looks at it all the same.
    private static let version16 = """
        DROP INDEX jobs_open;
        CREATE INDEX jobs_open ON jobs (state, id, tenant, not_before_ms, ended_ms) WHERE ended_ms IS NULL;
        """

    private static let version1 = """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            principal TEXT NOT NULL,
            name TEXT NOT NULL,
            scenario TEXT NOT NULL,
            needs TEXT NOT NULL,
            priority INTEGER NOT NULL,
            max_retries INTEGER NOT NULL,
            timeout_ms INTEGER,
            deadline_ms INTEGER,
            state TEXT NOT NULL,
            reason TEXT,
            message TEXT,
            failed_step TEXT,
            stop_reason TEXT,
            epoch INTEGER NOT NULL,
            worker TEXT,
            attempts INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            losses INTEGER NOT NULL,
            not_before_ms INTEGER,
            run_until_ms INTEGER,
            submitted_ms INTEGER NOT NULL,
            started_ms INTEGER,
            ended_ms INTEGER,
            updated_ms INTEGER NOT NULL,
            outputs TEXT,
            last_seq INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX jobs_by_tenant ON jobs (tenant, id DESC);
        CREATE INDEX jobs_by_state ON jobs (state, id);
        CREATE INDEX jobs_by_deadline ON jobs (deadline_ms)
            WHERE state IN ('pending', 'scheduled', 'waiting_approval') AND deadline_ms IS NOT NULL;
        CREATE INDEX jobs_by_run_until ON jobs (run_until_ms)
            WHERE state = 'running' AND stop_reason IS NULL AND run_until_ms IS NOT NULL;

        CREATE TABLE submissions (
            tenant TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            job TEXT NOT NULL REFERENCES jobs (id),
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (tenant, idempotency_key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX submissions_by_time ON submissions (created_ms);

        CREATE TABLE tasks (
            number INTEGER PRIMARY KEY,
            job TEXT NOT NULL REFERENCES jobs (id),
            step TEXT NOT NULL,
            iteration INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            action TEXT NOT NULL,
            status TEXT NOT NULL,
            journal TEXT CHECK (journal IN ('intent', 'done')),
            result TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL,
            UNIQUE (job, step, iteration)
        ) STRICT;

        CREATE TABLE events (
            job TEXT NOT NULL REFERENCES jobs (id),
            seq INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            ts_ms INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            step TEXT,
            kind TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (job, seq)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE messages (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            job TEXT NOT NULL REFERENCES jobs (id),
            type TEXT NOT NULL,
            sender TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            answer TEXT NOT NULL,
            received_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX messages_by_time ON messages (received_ms);

        CREATE TABLE audit (
            tenant TEXT NOT NULL,
            seq INTEGER NOT NULL,
            version INTEGER NOT NULL,
            ts_ms INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            job TEXT,
            detail TEXT NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (tenant, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX audit_by_job ON audit (job, seq) WHERE job IS NOT NULL;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL
        ) STRICT;

        CREATE TABLE artifacts (
            job TEXT NOT NULL REFERENCES jobs (id),
            name TEXT NOT NULL,
            tenant TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            content_type TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (job, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE uploads (
            tenant TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            content_type TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            PRIMARY KEY (tenant, sha256)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE api_keys (
            id TEXT PRIMARY KEY,
            tenant TEXT NOT NULL,
            name TEXT NOT NULL,
            hash BLOB NOT NULL,
            created_ms INTEGER NOT NULL,
            revoked_ms INTEGER
        ) STRICT, WITHOUT ROWID;
        """
}
