import FoundationEssentials
import JobModel
import JobScheduler
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// `cpa`: picks the command, reads the settings, maps errors to exit codes.
package struct CommandLineTool: Sendable {
    /// Version of the program.
    package static let version = "0.1.0"

    private let commands: [Command]
    private let environment: [String: String]
    private let terminal: Terminal
    private let signals: Signals

    /// The tool with all its commands.
    package init(environment: [String: String], terminal: Terminal, signals: Signals) {
        self.environment = environment
        self.terminal = terminal
        self.signals = signals
        commands = CommandTable.commands(signals: signals)
    }

    /// Does what the words say (without the program's own name) and returns how to end.
    package func run(_ words: [String]) async -> ExitCode {
        do {
            return try await dispatch(words[...])
        } catch let error as UsageError {
            let help = error.command.map { "cpa \($0) --help" } ?? "cpa --help"
            return fail(.usage, "\(error.message.visible); see \(help)")
        } catch let error as InvalidInput {
            for line in error.lines { terminal.note(line) }
            return .problem
        } catch let error as ConfigurationError {
            return fail(.usage, error.message)
        } catch let error as HostError {
            return fail(error.exitCode, error.message)
        } catch let error as StorageError {
            return fail(.unavailable, error.message)
        } catch let error as SchedulerError {
            return fail(error.status >= 500 ? .unavailable : .failed, error.message)
        } catch {
            // What a signal has cancelled did not fail.
            if error is CancellationError, let exitCode = signals.exitCode { return exitCode }
            return fail(.bug, "\(error)")
        }
    }

    private func dispatch(_ words: ArraySlice<String>) async throws -> ExitCode {
        var words = words
        guard let name = words.popFirst() else {
            terminal.note(text: help)
            return .usage
        }
        switch name {
        case "--help", "-h": return show(help)
        case "help":
            guard let word = words.first else { return show(help) }
            return show(try command(word).help)
        case "--version", "version": return show("cpa \(Self.version)")
        default: break
        }
        let command = try command(name)
        let arguments = try command.parse(words)
        if arguments.flags.contains("--help") { return show(command.help) }
        let invocation = Invocation(
            arguments: arguments,
            configuration: try configuration(arguments),
            terminal: terminal,
            environment: environment
        )
        do {
            return try await command.hearsSignals ? command.run(invocation) : runUntilSignal(command, invocation)
        } catch let error as UsageError where error.command == nil {
            // What several commands share does not know for which of them it reads.
            throw UsageError(message: error.message, command: name)
        }
    }

    /// Runs a command that knows nothing of signals. They are blocked: without this none would end it.
    private func runUntilSignal(_ command: Command, _ invocation: Invocation) async throws -> ExitCode {
        // Not structured: a signal cancels it. Ends with the process.
        let running = Task { try await command.run(invocation) }
        let ending = Mutex<Task<Void, any Error>?>(nil)
        signals.onSignal { number, count in
            let end: @Sendable () -> Void = { _exit(Signals.exitCode(of: number).rawValue) }
            if count > 1 { end() }
            // Not structured: what does not end by itself is ended.
            let task = Task {
                try await Task.sleep(for: Self.farewell)
                end()
            }
            ending.withLock { $0 = task }
            running.cancel()
        }
        let result = await running.result
        ending.withLock { $0 }?.cancel()
        if let exitCode = signals.exitCode { return exitCode }
        return try result.get()
    }

    /// How long a command may take to put away what it uses, a browser for instance, after the first signal.
    private static let farewell = Duration.seconds(2)

    private func command(_ name: String) throws(UsageError) -> Command {
        if let command = commands.first(where: { $0.name == name }) { return command }
        let suggestion = Suggestion.phrase(for: name, among: commands.map(\.name))
        throw UsageError(message: "there is no command '\(name)'\(suggestion)")
    }

    private func configuration(_ arguments: Arguments) throws -> Configuration {
        let named = arguments.value("--config") ?? environment["CPA_CONFIG"]
        let path = named ?? "cpa.yaml"
        let bytes = FileManager.default.contents(atPath: path).map { Array($0) }
        if named != nil, bytes == nil { throw ConfigurationError(message: "cannot read the settings file \(path)") }
        return try Configuration(
            flags: arguments.settings,
            environment: environment,
            file: bytes.map { (path, $0) }
        )
    }

    private func show(_ text: String) -> ExitCode {
        terminal.result(text: text.hasSuffix("\n") ? String(text.dropLast()) : text)
        return .ok
    }

    private func fail(_ code: ExitCode, _ message: String) -> ExitCode {
        terminal.note(text: "cpa: \(message)")
        return code
    }

    /// What `cpa --help` prints.
    package var help: String {
        """
        cpa runs browser and mail jobs: on this machine, or as a service with workers.

        USAGE
          cpa <command> [options]

        COMMANDS
        \(Command.columns(commands.map { ($0.name, $0.summary) }))
        Settings come from flags, CPA_… variables and cpa.yaml, in this order; 'cpa doctor' shows each with its origin.
        'cpa <command> --help' says more.

        """
    }
}

extension CommandLineTool {
    /// The variables of this process.
    package static func processEnvironment() -> [String: String] {
        var environment: [String: String] = [:]
        var entry = environ
        while let line = entry.pointee {
            let parts = String(cString: line).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return environment
    }
}
