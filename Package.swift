// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// A room of the house (docs/architecture.md): one Swift module.
func room(_ name: String, _ dependencies: [String] = [], exclude: [String] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies.map { .init(stringLiteral: $0) },
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

/// What a program is shipped with: nobody looks for its symbols, and addresses in it are packed (glibc 2.36 or newer reads them).
///
/// Otherwise each start touches 4 MB of names and relocations.
let shipped: [LinkerSetting] = [
    .unsafeFlags(
        ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
        .when(configuration: .release)
    )
]

func program(_ name: String, _ dependencies: [String] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies.map { .init(stringLiteral: $0) },
        swiftSettings: swiftSettings,
        linkerSettings: shipped
    )
}

func tests(_ room: String, _ dependencies: [String] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: room + "Tests",
        dependencies: ([room, "TestSupport"] + dependencies).map { .init(stringLiteral: $0) },
        exclude: exclude,
        swiftSettings: swiftSettings
    )
}

/// A system C library: a -dev package of Debian, wrapped by exactly one room.
///
/// No pkgConfig: hiredis' flags are refused by SwiftPM, and every header is on the default path.
func library(_ name: String, apt package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

let package = Package(
    name: "cpa",
    products: [
        .executable(name: "cpa", targets: ["cpa"]),
        .executable(name: "cpa-fixtures", targets: ["cpa-fixtures"]),
        .executable(name: "cpa-bench", targets: ["cpa-bench"]),
        .executable(name: "cdp-generate", targets: ["cdp-generate"]),
    ],
    targets: [
        // Floor 0
        library("CLibUV", apt: "libuv1-dev"),
        library("CLibWebSockets", apt: "libwebsockets-dev"),
        library("CWslay", apt: "libwslay-dev"),
        library("CLibCurl", apt: "libcurl4-openssl-dev"),
        library("CHiredis", apt: "libhiredis-dev"),
        library("CSQLite", apt: "libsqlite3-dev"),
        library("CYAML", apt: "libyaml-dev"),
        library("CCrypto", apt: "libssl-dev"),
        library("CZlib", apt: "zlib1g-dev"),
        library("CPCRE2", apt: "libpcre2-dev"),
        library("CIDN2", apt: "libidn2-dev"),
        .target(name: "CAllocator", linkerSettings: [.linkedLibrary("jemalloc")]),
        .target(name: "CAgentScript", cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]),
        .target(name: "CTraceViewer", cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]),
        room("Calendar"),
        room("HTTPSyntax"),
        room("Telemetry", ["Calendar"]),
        room("Threads"),
        room("Cryptography", ["CCrypto", "Threads"]),

        // Floor 1
        room("EventLoops", ["CLibUV"]),
        room("PNG", ["CZlib"]),
        room("Compression", ["CZlib"]),

        // Floor 2
        room("JSON"),
        room("YAML", ["CYAML", "JSON"]),
        room("WebSockets", ["CLibWebSockets", "CWslay", "Cryptography", "EventLoops", "Telemetry"]),
        room("HTTPClient", ["CLibCurl", "EventLoops", "HTTPSyntax", "Telemetry"]),
        room("HTTPServer", ["Calendar", "Cryptography", "EventLoops", "HTTPSyntax", "Telemetry"]),
        room("Redis", ["CHiredis", "Cryptography", "EventLoops", "Telemetry"]),
        room("SQLite", ["CSQLite", "Threads"]),
        room("RegularExpressions", ["CPCRE2"]),
        room("DomainNames", ["CIDN2"]),

        // Floor 3
        room("NetworkPolicy"),
        room("JobModel", ["Calendar", "Cryptography", "HTTPSyntax", "JSON", "YAML"]),
        room("MailModel", ["DomainNames"]),

        // Floor 4
        room("CDPProtocol", ["JSON"]),
        room("CDP", ["CDPProtocol", "EventLoops", "JSON", "Telemetry", "WebSockets"]),
        room("Storage", ["Cryptography", "JSON", "JobModel", "SQLite", "Telemetry", "Threads"]),

        // Floor 5
        room(
            "BrowserAutomation",
            ["CAgentScript", "CDP", "CDPProtocol", "Cryptography", "EventLoops", "JSON", "PNG", "Telemetry"],
            exclude: ["Resources"]
        ),
        room(
            "MicrosoftGraph",
            ["Cryptography", "EventLoops", "HTTPClient", "HTTPSyntax", "JSON", "MailModel", "Telemetry"]
        ),
        room("InternetMail", ["Cryptography", "EventLoops", "HTTPClient", "MailModel", "Telemetry"]),
        room("EgressProxy", ["EventLoops", "HTTPSyntax", "NetworkPolicy", "Telemetry", "Threads"]),
        room("JobQueue", ["EventLoops", "JSON", "JobModel", "Redis", "Telemetry"]),
        room(
            "Security",
            ["Cryptography", "DomainNames", "JSON", "JobModel", "NetworkPolicy", "Storage", "Telemetry", "YAML"]
        ),

        // Floor 6
        room(
            "Executors",
            [
                "BrowserAutomation", "CDPProtocol", "CTraceViewer", "Cryptography", "EgressProxy", "EventLoops",
                "HTTPClient", "JSON", "JobModel", "MailModel", "NetworkPolicy", "RegularExpressions", "Telemetry",
                "Threads",
            ],
            exclude: ["Resources"]
        ),

        room("Planning", ["JSON", "JobModel", "RegularExpressions", "Telemetry", "Threads", "YAML"]),

        // Floor 7
        room(
            "JobWorker",
            [
                "Cryptography", "EventLoops", "Executors", "HTTPClient", "JSON", "JobModel", "JobQueue",
                "NetworkPolicy",
                "Security", "Telemetry", "Threads",
            ]
        ),
        room(
            "JobScheduler",
            [
                "Cryptography", "EventLoops", "JSON", "JobModel", "JobQueue", "NetworkPolicy", "Security", "Storage",
                "Telemetry",
            ]
        ),

        // Floor 8
        room(
            "InteractiveSessions",
            [
                "Cryptography", "EventLoops", "Executors", "HTTPServer", "JSON", "JobModel", "JobWorker", "Security",
                "Storage", "Telemetry", "WebSockets",
            ]
        ),
        room(
            "SchedulerAPI",
            [
                "Compression", "Cryptography", "EventLoops", "HTTPServer", "JSON", "JobModel", "JobQueue",
                "JobScheduler", "Planning", "Security", "Storage", "Telemetry", "WebSockets",
            ]
        ),

        // Floor 9
        room(
            "ExecutorHost",
            [
                "BrowserAutomation", "Cryptography", "DomainNames", "EgressProxy", "EventLoops", "Executors",
                "HTTPClient",
                "HTTPServer", "InteractiveSessions", "InternetMail", "JSON", "JobModel", "JobQueue", "JobScheduler",
                "JobWorker", "MailModel", "MicrosoftGraph", "NetworkPolicy", "Planning", "Redis", "SchedulerAPI",
                "Security", "Storage", "Telemetry", "Threads", "WebSockets",
                "YAML",
            ]
        ),

        // Floor 10
        program("cpa", ["CAllocator", "ExecutorHost"]),

        // Beside the house
        room(
            "FixtureServer",
            ["Compression", "Cryptography", "EventLoops", "HTTPServer", "JSON", "SQLite", "Telemetry"]
        ),
        program("cpa-fixtures", ["Cryptography", "EventLoops", "FixtureServer", "Telemetry"]),
        program(
            "cpa-bench",
            [
                "BrowserAutomation", "CAllocator", "CDP", "CDPProtocol", "EgressProxy", "EventLoops", "ExecutorHost",
                "Executors", "HTTPClient", "JSON", "JobModel", "JobQueue", "JobScheduler", "JobWorker", "MailModel",
                "MicrosoftGraph", "NetworkPolicy", "Planning", "Redis", "Security", "Storage", "Telemetry",
            ]
        ),
        program("cdp-generate", ["EventLoops", "JSON"]),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["CSQLite", "EventLoops", "HTTPServer", "Telemetry"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings
        ),
        tests("Threads"),
        tests("Calendar"),
        tests("HTTPSyntax"),
        tests("Telemetry"),
        tests("Cryptography"),
        tests("EventLoops"),
        tests("PNG"),
        tests("Compression", ["EventLoops"]),
        tests("JSON"),
        tests("YAML", ["JSON"]),
        tests("WebSockets", ["Cryptography", "EventLoops", "HTTPServer"]),
        tests("HTTPClient", ["Compression", "EventLoops", "HTTPServer"]),
        tests("HTTPServer", ["Cryptography", "EventLoops"]),
        tests("Redis", ["EventLoops", "Telemetry"]),
        tests("SQLite"),
        tests("RegularExpressions"),
        tests("JobModel", ["JSON", "YAML"]),
        tests("DomainNames"),
        tests("MailModel", ["DomainNames"]),
        tests("CDP", ["BrowserAutomation", "CDPProtocol", "EventLoops", "JSON", "WebSockets"]),
        tests("Storage", ["Cryptography", "JSON", "JobModel", "SQLite"]),
        tests(
            "BrowserAutomation",
            ["CDP", "CDPProtocol", "Cryptography", "EventLoops", "FixtureServer", "HTTPServer", "JSON"]
        ),
        tests(
            "MicrosoftGraph",
            ["Cryptography", "EventLoops", "FixtureServer", "HTTPClient", "HTTPServer", "JSON", "MailModel"]
        ),
        tests("InternetMail", ["Cryptography", "EventLoops", "HTTPClient", "MailModel", "Telemetry"]),
        tests("JobQueue", ["EventLoops", "JobModel", "Redis"]),
        tests("Planning", ["JSON", "JobModel", "Telemetry"]),
        tests("NetworkPolicy"),
        tests("EgressProxy", ["EventLoops", "NetworkPolicy", "Threads"]),
        tests(
            "Security",
            ["Cryptography", "DomainNames", "JSON", "JobModel", "NetworkPolicy", "Storage", "Telemetry", "YAML"]
        ),
        tests(
            "Executors",
            [
                "BrowserAutomation", "CDP", "CDPProtocol", "Cryptography", "DomainNames", "EgressProxy", "EventLoops",
                "FixtureServer", "HTTPClient", "HTTPServer", "JSON", "JobModel", "JobQueue", "JobWorker", "MailModel",
                "MicrosoftGraph", "NetworkPolicy", "Security", "YAML",
            ]
        ),
        tests(
            "JobWorker",
            ["EventLoops", "Executors", "HTTPClient", "JSON", "JobModel", "JobQueue", "Security", "Telemetry"]
        ),
        tests(
            "JobScheduler",
            [
                "Cryptography", "EventLoops", "JSON", "JobModel", "JobQueue", "Redis", "SQLite", "Security", "Storage",
                "Telemetry",
            ]
        ),
        tests(
            "SchedulerAPI",
            [
                "Cryptography", "EventLoops", "HTTPServer", "JSON", "JobModel", "JobQueue", "JobScheduler", "Planning",
                "Security", "Storage", "Telemetry",
            ]
        ),
        tests(
            "InteractiveSessions",
            [
                "EventLoops", "Executors", "HTTPServer", "JSON", "JobModel", "JobWorker", "Security", "Storage",
                "Telemetry", "WebSockets",
            ]
        ),
        tests(
            "ExecutorHost",
            [
                "BrowserAutomation", "Cryptography", "EventLoops", "Executors", "FixtureServer", "HTTPClient",
                "HTTPServer", "InternetMail", "JSON", "JobModel", "JobQueue", "JobScheduler", "MailModel",
                "MicrosoftGraph", "NetworkPolicy", "SchedulerAPI", "Security", "Storage", "Telemetry", "Threads",
            ]
        ),
        tests("FixtureServer", ["Cryptography", "EventLoops", "HTTPServer", "JSON", "YAML"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "BrowserAutomation", "CDP", "CDPProtocol", "Cryptography", "EventLoops", "ExecutorHost",
                "FixtureServer", "HTTPClient", "HTTPServer", "JSON", "JobModel", "Redis", "TestSupport", "WebSockets",
            ],
            swiftSettings: swiftSettings
        ),
    ]
)

// tools/fuzz builds the parsers under libFuzzer: its own `main`, so never beside the programs above.
if Context.environment["CPA_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "cpa-fuzz",
            dependencies: [
                "Cryptography", "HTTPServer", "JSON", "JobModel", "NetworkPolicy", "Security", "WebSockets", "YAML",
            ],
            swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

// A short way from an edit to its tests: CPA_TEST_ROOMS=JobQueue,Redis swift build --build-tests builds the tests of these
// rooms only. Everything counts before a commit: tools/test knows nothing of it.
if let rooms = Context.environment["CPA_TEST_ROOMS"], !rooms.isEmpty {
    let chosen = Set(rooms.split(separator: ",").map { "\($0)Tests" })
    let unknown = chosen.subtracting(package.targets.map(\.name)).sorted()
    precondition(unknown.isEmpty, "CPA_TEST_ROOMS: there is no \(unknown.joined(separator: ", "))")
    package.targets.removeAll { $0.type == .test && !chosen.contains($0.name) }
}
