import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

// First of all, so that every thread that follows leaves the signals to the one that waits for them.
private let signals = Signals.block()
private let environment = CommandLineTool.processEnvironment()
private let tool = CommandLineTool(environment: environment, terminal: .standard(environment), signals: signals)

// Detached, because the main thread waits for signals and runs nothing else.
private let chosen = tool
Task.detached { exit(await chosen.run(Array(CommandLine.arguments.dropFirst())).rawValue) }
signals.wait()
