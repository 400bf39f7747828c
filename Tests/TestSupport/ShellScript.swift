package import EventLoops

/// Runs a shell script to its end; what it writes on standard error comes back as lines.
package func runScript(_ script: String, in directory: String) async throws -> (exit: ChildExit, lines: [String]) {
    let loop = EventLoop(name: "script")
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    let process = try await ChildProcess.start(
        on: loop,
        ChildProcessConfiguration(
            executable: "/bin/sh",
            arguments: ["-c", script],
            environment: ["PATH": "/usr/bin:/bin", "HOME": directory],
            workingDirectory: directory
        ),
        output: .init(line: { continuation.yield($0) })
    )
    let exit = await process.waitForExit()
    continuation.finish()
    var collected: [String] = []
    for await line in lines { collected.append(line) }
    await loop.shutdown()
    return (exit, collected)
}
