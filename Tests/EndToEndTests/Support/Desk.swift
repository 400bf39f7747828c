import EventLoops
import FoundationEssentials
import HTTPClient
import JSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A place of one test's own, where the programs of this package run as a user runs them.
///
/// Programs get the environment named here and nothing else.
struct Desk: Sendable {
    /// Next to the tests: SwiftPM puts every product into one directory.
    static let products: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (own ?? "").split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }()
    /// The package, where `scenarios/` is.
    static let package = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }

    let loop: EventLoop
    let transport: CurlTransport
    /// Removed in the end.
    let directory: String
    var environment: [String: String]

    /// Where `cpa` keeps everything.
    var data: String { directory + "/data" }

    /// Runs a test at a new desk.
    static func with(_ body: (Desk) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let loop = EventLoop(name: "desk")
            // The pages of tests are on this machine, where a service's jobs may not go by themselves.
            let policies = directory + "/policies.yaml"
            let open = Array("default: { network: { loopback: true } }\n".utf8).data
            try #require(FileManager.default.createFile(atPath: policies, contents: open))
            let transport = CurlTransport(on: loop)
            let desk = Desk(
                loop: loop,
                transport: transport,
                directory: directory,
                environment: [
                    "PATH": "/usr/bin:/bin", "CPA_DATA_DIR": directory + "/data", "CPA_POLICIES": policies,
                ]
            )
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(desk))
            } catch {
                result = .failure(error)
            }
            await transport.shutdown()
            await loop.shutdown()
            try result.get()
        }
    }

    /// A file of the test's.
    func write(_ text: String, as name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try #require(FileManager.default.createFile(atPath: path, contents: Array(text.utf8).data))
        return path
    }

    // MARK: Programs

    /// Runs a program to its end, at most for `limit`.
    ///
    /// - Parameter shell: commands before it in the same process, such as `ulimit`.
    func run(
        _ program: String = "cpa",
        _ arguments: [String],
        environment: [String: String] = [:],
        shell: String = ":",
        atMost limit: Duration = .seconds(50)
    ) async throws -> FinishedProgram {
        let name = "\(directory)/\(UUID().uuidString.prefix(8))"
        let script = "out=$1; err=$2; shift 2; \(shell); exec \"$@\" >\"$out\" 2>\"$err\""
        let process = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(
                executable: "/bin/sh",
                arguments: ["-c", script, "sh", name + ".out", name + ".err", Self.path(program)] + arguments,
                environment: self.environment.merging(environment) { $1 },
                workingDirectory: Self.package
            )
        )
        let timer = loop.schedule(after: limit) { Task { await process.signal(SIGKILL) } }
        let exit = await process.waitForExit()
        timer.cancel()
        return FinishedProgram(
            exit: exit,
            processID: await process.processID,
            output: text(name + ".out"),
            errors: text(name + ".err")
        )
    }

    /// Starts a `cpa` that goes on; returns when it has written a line to stderr that contains `sign`.
    ///
    /// - Parameter prefix: a program that runs it somewhere else, with its arguments, such as `nsenter`.
    func start(
        _ arguments: [String],
        until sign: String,
        environment: [String: String] = [:],
        inside prefix: [String] = []
    ) async throws -> RunningProgram {
        let words = prefix + [Self.path("cpa")] + arguments
        let configuration = ChildProcessConfiguration(
            executable: words[0],
            arguments: Array(words.dropFirst()),
            environment: self.environment.merging(environment) { $1 },
            workingDirectory: Self.package
        )
        return try await RunningProgram(on: loop, configuration, until: sign)
    }

    /// Runs a server on a free port until the test or `body` ends it.
    func serve<R>(
        _ arguments: [String] = [],
        at host: String = "127.0.0.1",
        _ body: (RunningServer) async throws -> R
    ) async throws -> R {
        let program = try await start(["serve", "--listen", host + ":0"] + arguments, until: "The API listens")
        let address = try #require(try JSONValue(parsing: program.sign)["address"]?.string)
        let key = text(data + "/api-key").split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        return try await program.use {
            try await body(RunningServer(program: program, address: address, key: key, desk: self))
        }
    }

    /// Runs a server as `serve` does, all it logs kept in a file too.
    func serve<R>(logTo path: String, _ body: (RunningServer) async throws -> R) async throws -> R {
        let configuration = ChildProcessConfiguration(
            executable: "/bin/bash",
            arguments: ["-c", "exec \"$@\" 2> >(exec tee \(path) >&2)", "bash", Self.path("cpa")]
                + ["serve", "--listen", "127.0.0.1:0", "--workers", "1"],
            environment: environment,
            workingDirectory: Self.package
        )
        let program = try await RunningProgram(on: loop, configuration, until: "The API listens")
        let address = try #require(try JSONValue(parsing: program.sign)["address"]?.string)
        let key = text(data + "/api-key").split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        return try await program.use {
            try await body(RunningServer(program: program, address: address, key: key, desk: self))
        }
    }

    func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? .init(), as: UTF8.self)
    }

    private static func path(_ program: String) -> String {
        program.hasPrefix("/") ? program : "\(products)/\(program)"
    }
}

extension [UInt8] {
    fileprivate var data: Data { Data(self) }
}
