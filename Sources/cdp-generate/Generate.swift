import FoundationEssentials
import Glibc
import JSON

/// Writes Sources/CDPProtocol/Generated from the protocol of a Chromium.
@main
struct Generate {
    private static let usage = """
        usage: cdp-generate [--protocol FILE | --browser PATH] [--output DIRECTORY]
          --protocol  the JSON of http://…/json/protocol
          --browser   the browser to ask; default /usr/lib/chromium/chromium-headless-shell
          --output    default Sources/CDPProtocol/Generated
        """

    static func main() async {
        var options = [
            "--browser": "/usr/lib/chromium/chromium-headless-shell", "--output": "Sources/CDPProtocol/Generated",
        ]
        var arguments = CommandLine.arguments.dropFirst()
        while let name = arguments.popFirst() {
            guard ["--protocol", "--browser", "--output"].contains(name), let value = arguments.popFirst() else {
                fail(usage)
            }
            options[name] = value
        }
        do {
            try await generate(options)
        } catch {
            fail("cdp-generate: \(error)")
        }
    }

    private static func generate(_ options: [String: String]) async throws {
        let document: JSONValue
        if let file = options["--protocol"] {
            document = try ProtocolSource.read(file: file)
        } else {
            document = try await ProtocolSource.ask(browser: options["--browser"] ?? "")
        }
        let directory = options["--output"] ?? "."
        let files = try SwiftEmitter(Schema(document)).files()
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for old in try manager.contentsOfDirectory(atPath: directory) where old.hasSuffix("Domain.swift") {
            try manager.removeItem(atPath: "\(directory)/\(old)")
        }
        for (name, source) in files.sorted(by: { $0.key < $1.key }) {
            try Data(source.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
            print("\(directory)/\(name)")
        }

    }

    private static func fail(_ message: String) -> Never {
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(2)
    }
}
