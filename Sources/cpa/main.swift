import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

// First of all, so that every thread that follows leaves the signals to the one that waits for them.
let signals = Signals.listen()
let environment = CommandLineTool.processEnvironment()
let tool = CommandLineTool(environment: environment, terminal: .standard(environment), signals: signals)
exit(await tool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
