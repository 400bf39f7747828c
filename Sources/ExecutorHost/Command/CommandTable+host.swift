extension CommandTable {
    static func serve(_ signals: Signals) -> Command {
        Command(
            name: "serve",
            summary: "Runs the API, the scheduler and workers.",
            options: [
                .setting("--listen", "host:port", .listen), .setting("--redis", "url", .redisURL),
                .setting("--queue", "name", .queue),
                .setting("--workers", "count", .workers), .setting("--lease", "duration", .lease),
                .setting("--allowed-hosts", "names", .allowedHosts), .setting("--secrets", "file", .secretsFile),
                .setting("--tls-cert", "file", .tlsCertificate), .setting("--tls-key", "file", .tlsKey),
                .setting("--intents", "file", .intentsFile), .setting("--agent-endpoints", "hosts", .agentEndpoints),
                .setting("--policies", "file", .policies), .setting("--allow-scripts", nil, .browserScripts),
                .setting("--cdp", "websocket|pipe", .browserCDP),
            ],
            examples: [
                "cpa serve", "cpa serve --redis redis://127.0.0.1 --workers 0   # jobs run in 'cpa worker' only",
                "cpa serve --tls-cert server.pem --tls-key server.key   # https only",
            ],
            hearsSignals: true,
            run: { try await Server($0, signals: signals).run() }
        )
    }

    static func worker(_ signals: Signals) -> Command {
        Command(
            name: "worker",
            summary: "Runs jobs of a 'cpa serve' elsewhere; needs its Redis and its address.",
            options: [
                .setting("--redis", "url", .redisURL), .setting("--queue", "name", .queue),
                .setting("--scheduler", "url", .schedulerURL),
                .setting("--scheduler-ca", "file", .schedulerCAFile), .setting("--workers", "count", .workers),
                .setting("--lease", "duration", .lease), .setting("--secrets", "file", .secretsFile),
                .setting("--policies", "file", .policies), .setting("--allow-scripts", nil, .browserScripts),
                .setting("--cdp", "websocket|pipe", .browserCDP),
            ],
            examples: ["cpa worker --redis redis://10.0.0.5 --scheduler http://10.0.0.5:7070"],
            hearsSignals: true,
            run: { try await RemoteWorker($0, signals: signals).run() }
        )
    }
}
