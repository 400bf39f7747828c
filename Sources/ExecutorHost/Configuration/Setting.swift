/// One thing that can be configured, by flag, environment or file.
package struct Setting: Sendable, Hashable {
    /// What its value must look like.
    package enum Kind: Sendable, Hashable {
        case text
        case path
        /// A file that must be there and readable.
        case file
        /// Host and port.
        case address
        case url
        /// Names of hosts without anything around them, by comma.
        case hosts
        /// Origins of pages, by comma.
        case origins
        case count(ClosedRange<Int>)
        case duration(ClosedRange<Duration>)
        case boolean
        /// So many in a time: `600/1m`.
        case rate
        case choice([String])
        /// Text that is never shown.
        case secret
    }

    /// As in `cpa.yaml`: `redis_url`.
    package let key: String
    package let kind: Kind
    /// For help: meaning.
    package let summary: String
    /// What holds when nobody says anything; nil for nothing.
    package let fallback: String?

    init(_ key: String, _ kind: Kind, _ summary: String, fallback: String? = nil) {
        self.key = key
        self.kind = kind
        self.summary = summary
        self.fallback = fallback
    }

    /// The environment variable: `CPA_REDIS_URL`.
    package var variable: String { "CPA_" + key.uppercased() }
}

extension Setting {
    static let dataDirectory = Setting("data_dir", .path, "where jobs, files and keys are kept", fallback: "./data")
    static let listen = Setting("listen", .address, "where the API listens", fallback: "127.0.0.1:7070")
    static let allowedHosts = Setting(
        "allowed_hosts",
        .hosts,
        "names the API is reached under, by comma; requests for any other Host are refused"
    )
    static let allowedOrigins = Setting(
        "allowed_origins",
        .origins,
        "pages that may use the API from a browser, exactly as https://desk.example, by comma"
    )
    static let rateLimit = Setting("rate_limit", .rate, "requests of one caller, as 600/1m (no limit)")
    static let rateLimitByAddress = Setting(
        "rate_limit_address",
        .rate,
        "requests from one address, as 1200/1m (no limit)"
    )
    static let failedKeys = Setting(
        "failed_keys",
        .rate,
        "wrong keys from one address before it must wait",
        fallback: "30/1m"
    )
    static let connectionsPerAddress = Setting(
        "connections_per_address",
        .count(1...65_536),
        "connections from one address at once",
        fallback: "1024"
    )
    static let jwks = Setting("jwks", .text, "keys of an identity provider whose tokens are taken: file or https URL")
    static let jwtIssuer = Setting("jwt_issuer", .text, "what tokens must say in iss")
    static let jwtAudience = Setting("jwt_audience", .text, "what tokens must say in aud")
    static let jwtTenantClaim = Setting("jwt_tenant_claim", .text, "where tokens name the tenant", fallback: "tenant")
    static let jwtRoleClaim = Setting("jwt_role_claim", .text, "where tokens name the role", fallback: "role")
    static let webhookAllow = Setting(
        "webhook_allow",
        .text,
        "host:port of the intranet that webhooks may call, also without https, by comma"
    )
    static let webhookPreviousSecretFile = Setting(
        "webhook_previous_secret_file",
        .path,
        "what was webhook-secret in the data directory before; calls are signed with both while it is named"
    )
    static let tlsCertificate = Setting(
        "tls_cert",
        .file,
        "PEM certificate of the API, its chain behind it; with tls_key the API speaks HTTPS only"
    )
    static let tlsKey = Setting("tls_key", .file, "PEM key of tls_cert, without a password")
    static let schedulerCAFile = Setting(
        "scheduler_ca_file",
        .file,
        "PEM authorities to trust for scheduler_url instead of the system's"
    )
    static let schedulerURL = Setting("scheduler_url", .url, "where the API is", fallback: "http://127.0.0.1:7070")
    static let apiKey = Setting("api_key", .secret, "key for the API; read from the data directory unless set")
    static let redisURL = Setting("redis_url", .text, "Redis for dispatch: redis://host:port/0 or unix:///path")
    static let queue = Setting(
        "queue",
        .text,
        "name of the queue in Redis: a service of its own on the same Redis needs another",
        fallback: "default"
    )
    static let workers = Setting("workers", .count(0...64), "jobs at once in this process", fallback: "2")
    static let lease = Setting(
        "lease",
        .duration(.seconds(3) ... .seconds(300)),
        "how long a silent worker keeps its job",
        fallback: "15s"
    )
    static let sessions = Setting(
        "sessions",
        .count(0...64),
        "interactive sessions at once; each has a browser context beside those of jobs",
        fallback: "4"
    )
    static let sessionsPerKey = Setting(
        "sessions_per_key",
        .count(1...64),
        "interactive sessions at once of one API key",
        fallback: "4"
    )
    static let sessionIdle = Setting(
        "session_idle",
        .duration(.seconds(1) ... .seconds(3600)),
        "time without a request after which a session ends",
        fallback: "60s"
    )
    static let sessionLifetime = Setting(
        "session_lifetime",
        .duration(.seconds(10) ... .seconds(86400)),
        "how long a session lives at most",
        fallback: "30m"
    )
    static let sessionRequests = Setting(
        "session_requests",
        .count(1...256),
        "requests of a session that run or wait at once",
        fallback: "16"
    )
    static let sessionMessage = Setting(
        "session_message",
        .count(4096...(64 << 20)),
        "bytes of one message of a session's client",
        fallback: "1048576"
    )
    static let keepJobs = Setting(
        "keep_jobs",
        .duration(.seconds(60) ... .seconds(366 * 86_400)),
        "how long ended jobs are kept (for ever)"
    )
    static let keepCount = Setting("keep_count", .count(1...100_000_000), "ended jobs kept at most (any number)")
    static let keepFiles = Setting(
        "keep_files",
        .duration(.seconds(60) ... .seconds(366 * 86_400)),
        "how long files of ended jobs are kept (as their jobs)"
    )
    private static let ages = Duration.seconds(60) ... .seconds(50 * 366 * 86_400)
    static let keepAudit = Setting(
        "keep_audit",
        .duration(ages),
        "how long the audit of what jobs, workers and agents did is kept (for ever)"
    )
    static let keepAuditAdministration = Setting(
        "keep_audit_administration",
        .duration(ages),
        "how long the audit of what people did to the installation is kept (for ever)"
    )
    static let keepAuditPersonal = Setting(
        "keep_audit_personal",
        .duration(ages),
        "how long what is personal in the audit can be read (as long as its record)"
    )
    static let auditCheckpoints = Setting(
        "audit_checkpoints",
        .path,
        "file the signed heads of the audit are added to (audit-checkpoints.jsonl of the data directory)"
    )
    static let logLevel = Setting(
        "log_level",
        .choice(["trace", "debug", "info", "warning", "error"]),
        "lowest level written",
        fallback: "info"
    )
    static let secretsFile = Setting("secrets_file", .path, "name=value lines, mode 0600, for {{ secrets.name }}")
    static let agentEndpoints = Setting(
        "agent_endpoints",
        .text,
        "hosts, or host:port, that tasks may be sent to, by comma; agents elsewhere fetch theirs (none)"
    )
    static let intentsFile = Setting(
        "intents_file",
        .path,
        "what sentences may ask for; none when the default is not there",
        fallback: "config/intents.yaml"
    )
    static let vaultURL = Setting("vault_url", .url, "HashiCorp Vault for {{ secrets.name }}: https://host:8200")
    static let vaultToken = Setting("vault_token", .secret, "token for Vault")
    static let vaultMount = Setting("vault_mount", .text, "Vault's key-value engine (version 2)", fallback: "secret")
    static let vaultPath = Setting(
        "vault_path",
        .text,
        "the secret of a tenant in it",
        fallback: "cpa/{tenant}"
    )
    static let policies = Setting(
        "policies",
        .path,
        "what jobs may do; config/policies.yaml when there is one and none is named"
    )
    static let egressProxy = Setting(
        "egress_proxy",
        .boolean,
        "whether pages reach the network through cpa's own proxy alone, which keeps the policies",
        fallback: "true"
    )
    static let browserPath = Setting("browser_path", .path, "Chromium's headless shell; found unless set")
    static let browserSandbox = Setting("browser_sandbox", .boolean, "Chromium's own sandbox", fallback: "true")
    static let browserCDP = Setting(
        "browser_cdp",
        .choice(["websocket", "pipe"]),
        "how commands reach Chromium",
        fallback: "websocket"
    )
    static let browserScripts = Setting(
        "browser_scripts",
        .boolean,
        "whether scenarios may run JavaScript in pages",
        fallback: "false"
    )
    static let graphTenant = Setting("graph_tenant", .text, "Microsoft Graph: tenant id or domain")
    static let graphClientID = Setting("graph_client_id", .text, "Microsoft Graph: application id")
    static let graphClientSecret = Setting("graph_client_secret", .secret, "Microsoft Graph: client secret")
    static let graphMailbox = Setting("graph_mailbox", .text, "mailbox of mail tasks that name none")
    static let mailProvider = Setting(
        "mail_provider",
        .choice(["graph", "smtp"]),
        "what mail goes through: Microsoft Graph, or SMTP with IMAP",
        fallback: "graph"
    )
    static let mailSMTPURL = Setting("mail_smtp_url", .text, "smtp://host:587 (STARTTLS) or smtps://host:465")
    static let mailIMAPURL = Setting(
        "mail_imap_url",
        .text,
        "imap://host:143 (STARTTLS) or imaps://host:993; without it mail is sent but neither read nor looked up"
    )
    static let mailUser = Setting("mail_user", .text, "who logs in at the mail server; the mailbox itself unless set")
    static let mailPassword = Setting(
        "mail_password",
        .secret,
        "password for the mail server; without one a token of the identity platform is used (XOAUTH2)"
    )
    static let mailSentFolder = Setting("mail_sent_folder", .text, "IMAP folder of sent mails; found unless set")
    static let mailDraftsFolder = Setting("mail_drafts_folder", .text, "IMAP folder of drafts; found unless set")
    static let mailCAFile = Setting(
        "mail_ca_file",
        .path,
        "PEM of authorities to trust for the mail server instead of the system's"
    )
    static let mailDomains = Setting(
        "mail_domains",
        .text,
        "domains mail may go to, by comma (*.kunde.de with all below it); any unless set"
    )
    static let mailDeniedDomains = Setting("mail_denied_domains", .text, "domains mail never goes to, by comma")
    static let mailMaxRecipients = Setting(
        "mail_max_recipients",
        .count(1...1000),
        "receivers of one mail",
        fallback: "100"
    )
    static let mailMaxBytes = Setting(
        "mail_max_bytes",
        .count(1024...150_000_000),
        "bytes of body and attachments of one mail",
        fallback: "150000000"
    )
    static let graphCertificate = Setting(
        "graph_certificate",
        .path,
        "Microsoft Graph: certificate with key (PEM or PFX) instead of a secret"
    )
    static let graphCertificatePassword = Setting(
        "graph_certificate_password",
        .secret,
        "password of that file, when it has one"
    )
    static let graphAssertionFile = Setting(
        "graph_assertion_file",
        .path,
        "Microsoft Graph: file with a federated identity token instead of a secret"
    )
    static let graphManagedIdentity = Setting(
        "graph_managed_identity",
        .boolean,
        "Microsoft Graph: the identity of this Azure machine instead of a secret",
        fallback: "false"
    )
    static let graphIdentityEndpoint = Setting(
        "graph_identity_endpoint",
        .url,
        "where a machine's identity is asked for; that of a virtual machine unless set"
    )
    static let graphIdentityHeader = Setting(
        "graph_identity_header",
        .secret,
        "X-IDENTITY-HEADER of App Service and Container Apps"
    )
    static let graphCloud = Setting(
        "graph_cloud",
        .choice(["global", "us_gov", "us_gov_dod", "china"]),
        "which of Microsoft's clouds the tenant is in",
        fallback: "global"
    )
    static let graphLoginURL = Setting("graph_login_url", .url, "identity platform; the cloud's unless set")
    static let graphURL = Setting("graph_url", .url, "Microsoft Graph with its version; the cloud's unless set")
    static let graphCAFile = Setting(
        "graph_ca_file",
        .path,
        "PEM of authorities to trust for Graph instead of the system's"
    )
    static let graphUploadHosts = Setting(
        "graph_upload_hosts",
        .text,
        "further host suffixes large attachments may go to, by comma"
    )
    static let graphScope = Setting(
        "graph_scope",
        .text,
        "what tokens are asked for; Graph's origin with /.default unless set"
    )

    /// Every setting, in the order `cpa doctor` shows them.
    package static let all: [Setting] = [
        dataDirectory, listen, allowedHosts, tlsCertificate, tlsKey, allowedOrigins, rateLimit, rateLimitByAddress,
        failedKeys,
        connectionsPerAddress, jwks, jwtIssuer,
        jwtAudience, jwtTenantClaim, jwtRoleClaim, webhookAllow, webhookPreviousSecretFile, schedulerURL,
        schedulerCAFile, apiKey, redisURL, queue,
        workers, lease,
        keepJobs, keepCount,
        keepFiles, keepAudit, keepAuditAdministration, keepAuditPersonal, auditCheckpoints, sessions,
        sessionsPerKey, sessionIdle, sessionLifetime, sessionRequests, sessionMessage, logLevel, secretsFile,
        intentsFile, agentEndpoints, vaultURL, vaultToken, vaultMount, vaultPath, policies, egressProxy, browserPath,
        browserSandbox, browserCDP, browserScripts, graphTenant, graphClientID, graphClientSecret,
        graphCertificate, graphCertificatePassword, graphAssertionFile, graphManagedIdentity, graphIdentityEndpoint,
        graphIdentityHeader, graphCloud, graphLoginURL, graphURL, graphScope, graphCAFile, graphUploadHosts,
        graphMailbox, mailProvider, mailSMTPURL, mailIMAPURL, mailUser, mailPassword, mailSentFolder, mailDraftsFolder,
        mailCAFile, mailDomains, mailDeniedDomains, mailMaxRecipients, mailMaxBytes,
    ]
}
