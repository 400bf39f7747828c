import FoundationEssentials
import Testing

@testable import ExecutorHost

struct ConfigurationTests {
    private let file = (path: "cpa.yaml", bytes: Array("workers: 3\nlisten: 0.0.0.0:80\ndata_dir: /srv/cpa\n".utf8))

    @Test func `flags win over the environment, it over the file, it over defaults`() throws {
        let configuration = try Configuration(
            flags: ["listen": "127.0.0.1:1"],
            environment: ["CPA_LISTEN": "127.0.0.1:2", "CPA_WORKERS": "5"],
            file: file
        )
        #expect(configuration[.listen] == "127.0.0.1:1")
        #expect(configuration.origin(of: .listen) == .flag)
        #expect(configuration[.workers] == "5")
        #expect(configuration.origin(of: .workers) == .environment("CPA_WORKERS"))
        #expect(configuration[.dataDirectory] == "/srv/cpa")
        #expect(configuration.origin(of: .dataDirectory) == .file("cpa.yaml:3"))
        #expect(configuration[.logLevel] == "info")
        #expect(configuration.origin(of: .logLevel) == .fallback)
        #expect(configuration[.redisURL] == nil)
        #expect(configuration.origin(of: .redisURL) == nil)
    }

    @Test func `an empty variable counts as absent`() throws {
        #expect(try Configuration(environment: ["CPA_LISTEN": ""])[.listen] == "127.0.0.1:7070")
    }

    @Test(arguments: [
        (["CPA_WORKERS": "many"], "workers (CPA_WORKERS): 'many' must be a whole number from 0 to 64"),
        (["CPA_LISTEN": "here"], "listen (CPA_LISTEN): 'here' is no address; write host:port, such as 127.0.0.1:7070"),
        (["CPA_LEASE": "soon"], "lease (CPA_LEASE): 'soon' is no duration; write 30s, 2m or seconds"),
        (["CPA_LEASE": "1s"], "lease (CPA_LEASE): '1s' must be from 3s to 5m"),
        (["CPA_BROWSER_SANDBOX": "no"], "browser_sandbox (CPA_BROWSER_SANDBOX): 'no' must be true or false"),
        (["CPA_GRAPH_URL": "graph"], "graph_url (CPA_GRAPH_URL): 'graph' is no URL; write http://… or https://…"),
        (
            ["CPA_ALLOWED_ORIGINS": "*"],
            "allowed_origins (CPA_ALLOWED_ORIGINS): '*' has '*' in it, which is no origin; write each as https://desk.example"
        ),
        (
            ["CPA_ALLOWED_ORIGINS": "https://a.example, https://b.example/"],
            "allowed_origins (CPA_ALLOWED_ORIGINS): 'https://a.example, https://b.example/' has 'https://b.example/' in it, "
                + "which no browser sends; write https://b.example"
        ),
        (
            ["CPA_ALLOWED_HOSTS": "a.example, https://b.example:443/"],
            "allowed_hosts (CPA_ALLOWED_HOSTS): 'a.example, https://b.example:443/' has 'https://b.example:443/' in it, "
                + "which is more than a name; write b.example"
        ),
        (
            ["CPA_ALLOWED_HOSTS": "cpa:7070"],
            "allowed_hosts (CPA_ALLOWED_HOSTS): 'cpa:7070' has 'cpa:7070' in it, which is more than a name; write cpa"
        ),
        (
            ["CPA_ALLOWED_HOSTS": "[fd00::1]"],
            "allowed_hosts (CPA_ALLOWED_HOSTS): '[fd00::1]' has '[fd00::1]' in it, which is more than a name; write fd00::1"
        ),
        (
            ["CPA_ALLOWED_HOSTS": "*.cpa.example"],
            "allowed_hosts (CPA_ALLOWED_HOSTS): '*.cpa.example' has '*.cpa.example' in it, and no wildcard is known; "
                + "list each name"
        ),
        (
            ["CPA_SCHEDULER_URL": "ftp://anna:geheim@cpa.example"],
            "scheduler_url (CPA_SCHEDULER_URL): 'ftp://••••@cpa.example' is no URL; write http://… or https://…"
        ),
        (
            ["CPA_LOG_LEVEL": "loud"],
            "log_level (CPA_LOG_LEVEL): 'loud' must be one of trace, debug, info, warning, error"
        ),
    ])
    func `a value that cannot be is refused with its origin`(environment: [String: String], message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Configuration(environment: environment) }
        #expect(error.description == message)
    }

    @Test(arguments: [
        ("workrs: 3\n", "cpa.yaml:1: there is no setting 'workrs'; did you mean 'workers'?"),
        ("\nlisten: [a]\n", "cpa.yaml:2: 'listen' must be one value, is array"),
        ("- a\n", "cpa.yaml: settings are 'name: value' lines"),
        ("a: [\n", "cpa.yaml:2:1: while parsing a flow node, did not find expected node content"),
        ("lease: 1x\n", "lease (cpa.yaml:1): '1x' is no duration; write 30s, 2m or seconds"),
    ])
    func `a file that cannot be is refused with its line`(text: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(file: ("cpa.yaml", Array(text.utf8)))
        }
        #expect(error.description == message)
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example"), ("http://localhost:3000", "http://localhost:3000"),
        ("https://[::1]:8443", "https://[::1]:8443"), ("https://A.example/desk?x#y", "https://a.example"),
        ("HTTPS://a.example:443", "https://a.example"), ("http://a.example:80/", "http://a.example"),
        ("chrome-extension://abc", "chrome-extension://abc"), ("*", nil), ("null", nil), ("a.example", nil),
        ("https://", nil),
        ("https://*.a.example", nil), ("https://a b", nil), ("https://user@a.example", nil),
    ])
    func `origins are written as browsers send them`(text: String, expected: String?) {
        #expect(PageOrigin(text)?.description == expected)
    }

    @Test(arguments: ["https://a.example", "https://a.example, http://localhost:3000", "capacitor://localhost"])
    func `origins that browsers send are taken`(text: String) throws {
        #expect(try Configuration(environment: ["CPA_ALLOWED_ORIGINS": text])[.allowedOrigins] == text)
    }

    @Test func `secrets are never shown`() throws {
        let configuration = try Configuration(environment: ["CPA_API_KEY": "cpa_x_y", "CPA_GRAPH_CLIENT_SECRET": "s3"])
        let shown = configuration.description.map { "\($0.setting.key)=\($0.value)" }.joined(separator: " ")
        #expect(shown.contains("api_key=••••"))
        #expect(!shown.contains("cpa_x_y") && !shown.contains("s3"))
    }

    @Test(arguments: ["127.0.0.1", "fd00::1", "cpa, cpa.example,CPA.lan", "localhost"])
    func `names of hosts are taken`(text: String) throws {
        #expect(try Configuration(environment: ["CPA_ALLOWED_HOSTS": text])[.allowedHosts] == text)
    }

    @Test(arguments: [
        ("redis://:geheim@10.0.0.5:6379/0", "redis://••••@10.0.0.5:6379/0"),
        ("https://anna:ge@h/e#im@cpa.example/x", "https://••••@cpa.example/x"),
        ("https://a.example/x", "https://a.example/x"),
        ("no redis://u:p@a and https://v:q@b/", "no redis://••••@a and https://••••@b/"),
        ("anna@kunde.example", "anna@kunde.example"),
        ("unix:///run/redis", "unix:///run/redis"), ("", ""),
    ])
    func `log-ins of URLs are never shown`(text: String, shown: String) throws {
        #expect(text.withoutLogIns == shown)
        guard text.hasPrefix("redis") else { return }
        let lines = CommandTable.settingLines(try Configuration(environment: ["CPA_REDIS_URL": text]), isJSON: false)
        #expect(lines.contains { $0.contains(shown) } && !lines.joined().contains("geheim"))
    }

    @Test(arguments: [("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:8", "[::1]:8"), (":9", "127.0.0.1:9")])
    func `addresses are read`(text: String, expected: String) {
        #expect(HostAddress(text)?.description == expected)
    }

    @Test(arguments: ["", "80", "a:b", "a:70000", "a:-1"])
    func `what is no address is refused`(text: String) {
        #expect(HostAddress(text) == nil)
    }

    @Test(arguments: [("0.0.0.0:1", true), ("[::]:1", true), ("127.0.0.1:1", false), ("[::1]:1", false), (":1", false)])
    func `every interface is told from one address`(text: String, isEvery: Bool) {
        #expect(HostAddress(text)?.isEveryInterface == isEvery)
    }

    @Test(arguments: [
        ("0.0.0.0:1", false), ("[::]:1", false), ("192.0.2.1:1", false), ("127.0.0.1:1", true), ("127.1.2.3:1", true),
        ("[::1]:1", true), ("localhost:1", true), (":1", true),
    ])
    func `what other machines reach is told from what only this one does`(text: String, isLoopback: Bool) {
        #expect(HostAddress(text)?.isLoopback == isLoopback)
    }

    @Test func `a duration that is too long is told the longest, and the audit may be kept for years`() throws {
        #expect(Setting.keepFiles.problem(with: "9999d") == "must be from 1m to 366d")
        #expect(Setting.keepFiles.problem(with: "soon") == "is no duration; write 30s, 2m or seconds")
        #expect(Setting.keepAudit.problem(with: "9999d") == nil)
        let configuration = try Configuration(environment: ["CPA_KEEP_AUDIT": "9999d"])
        #expect(configuration.duration(.keepAudit) == .seconds(9999 * 86_400))
    }

    @Test func `doctor keeps names and values apart, however long the name is`() throws {
        let lines = CommandTable.settingLines(try Configuration(environment: [:]), isJSON: false)
        #expect(lines.count == Setting.all.count)
        for (setting, line) in zip(Setting.all, lines) { #expect(line.hasPrefix(setting.key + "  "), "\(line)") }
    }

    @Test func `the example of an environment names every setting`() throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/.env.example", encoding: .utf8)
        for setting in Setting.all { #expect(text.contains("\n#\(setting.variable)="), "\(setting.variable)") }
    }
}
