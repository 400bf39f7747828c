/// The command line of `cpa-fixtures`.
struct FixtureOptions {
    /// A command line that cannot be followed.
    struct Invalid: Error {
        let message: String
    }

    static let help = """
        Usage: cpa-fixtures [options]

        A customer portal and a Microsoft Graph with its identity platform, for demos and tests. Prints where they listen,
        and what they accept, as one line of JSON; ends at SIGINT or SIGTERM.

          --portal-port N     port of the portal (default 0: a free one)
          --graph-port N      port of Graph (default 0: a free one)
          --upload-port N     port of Graph's upload host (default 0: a free one)
          --tls-cert PATH     PEM certificate, its chain behind it: Graph and its upload host speak HTTPS
          --tls-key PATH      PEM key of the certificate, without a password
          --ready-file PATH   write the line there too, once both listen
          --data DIR          at the end write what lies in the mailboxes to DIR/mailboxes.json
          --help              this text
        """

    var portalPort = 0
    var graphPort = 0
    var uploadPort = 0
    var certificateFile: String?
    var keyFile: String?
    var readyFile: String?
    var dataDirectory: String?
    var wantsHelp = false

    init(_ arguments: [String]) throws(Invalid) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": wantsHelp = true
            case "--portal-port": portalPort = try Self.port(option, rest.popFirst())
            case "--graph-port": graphPort = try Self.port(option, rest.popFirst())
            case "--upload-port": uploadPort = try Self.port(option, rest.popFirst())
            case "--tls-cert": certificateFile = try Self.value(option, rest.popFirst())
            case "--tls-key": keyFile = try Self.value(option, rest.popFirst())
            case "--ready-file": readyFile = try Self.value(option, rest.popFirst())
            case "--data": dataDirectory = try Self.value(option, rest.popFirst())
            default: throw Invalid(message: "Unknown option '\(option)'; see cpa-fixtures --help")
            }
        }
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw Invalid(message: "--tls-cert and --tls-key belong together; give both or none")
        }
    }

    private static func value(_ option: String, _ value: String?) throws(Invalid) -> String {
        guard let value, !value.isEmpty else { throw Invalid(message: "\(option) needs a value") }
        return value
    }

    private static func port(_ option: String, _ value: String?) throws(Invalid) -> Int {
        let text = try Self.value(option, value)
        guard let port = Int(text), (0...65_535).contains(port) else {
            throw Invalid(message: "\(option) must be a port from 0 to 65535, not '\(text)'")
        }
        return port
    }
}
