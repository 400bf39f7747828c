import CLibUV

#if canImport(Glibc)
    import Glibc
#endif

/// A child process with a session and process group of its own.
///
/// The group is what gets signalled, so helpers the child started go with it; when the child itself has ended, whatever is
/// left of its group is killed at once. Always reaped. Lives on the loop that started it.
package actor ChildProcess {
    /// Takes what the child says; called on the loop, in order, must not block.
    package struct Output: Sendable {
        var line: (@Sendable (String) -> Void)?
        var pipe: (@Sendable (_ descriptor: Int32, UnsafeRawBufferPointer) -> Void)?
        var pipeEnd: (@Sendable (_ descriptor: Int32) -> Void)?

        /// - Parameters:
        ///   - line: a line of stderr, cut at the configured length.
        ///   - pipe: bytes from an extra pipe, valid during the call only.
        ///   - pipeEnd: the child closed its end of an extra pipe, or ended.
        package init(
            line: (@Sendable (String) -> Void)? = nil,
            pipe: (@Sendable (_ descriptor: Int32, UnsafeRawBufferPointer) -> Void)? = nil,
            pipeEnd: (@Sendable (_ descriptor: Int32) -> Void)? = nil
        ) {
            self.line = line
            self.pipe = pipe
            self.pipeEnd = pipeEnd
        }
    }

    /// The loop it lives on.
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Its process id, which is also its group's.
    package private(set) var processID: Int32 = 0
    /// How it ended; nil while it runs.
    package private(set) var status: ChildExit?

    private var pipes: [Int32: ProcessPipe] = [:]
    private var lines: LineReader
    private let output: Output
    private var waiting: [CheckedContinuation<ChildExit, Never>] = []
    /// Whether nothing of the group is left, or two seconds were not enough to see it go.
    private var isSwept = false
    private var waitingForSweep: [CheckedContinuation<Void, Never>] = []
    /// Runs while the child is gone and its stderr is still open.
    private var straggler: LoopTimer?

    /// Bytes that may wait for a child to read them.
    private static let queueLimit = 64 << 20
    private static let sweepInterval = Duration.milliseconds(5)
    private static let sweepAttempts = 400
    private static let stragglerTime = Duration.seconds(1)
    /// Orphans of our children are given to us, not to process 1, which in a container often reaps nobody. Process-wide.
    private static let becomeSubreaper: Void = { _ = cpa_become_subreaper() }()

    private init(on loop: EventLoop, output: Output, lineLimit: Int) {
        self.loop = loop
        self.output = output
        lines = LineReader(limit: lineLimit)
    }

    /// Starts a child.
    ///
    /// - Throws: `EventLoopError` when the program does not exist, may not be run, or a limit is reached.
    package static func start(
        on loop: EventLoop,
        _ configuration: ChildProcessConfiguration,
        output: Output = Output()
    ) async throws(EventLoopError) -> ChildProcess {
        let child = ChildProcess(on: loop, output: output, lineLimit: configuration.maximumLineLength)
        try await child.spawn(configuration)
        return child
    }

    private func spawn(_ configuration: ChildProcessConfiguration) throws(EventLoopError) {
        _ = Self.becomeSubreaper
        do throws(EventLoopError) {
            pipes[2] = try ProcessPipe(on: loop)
            for index in configuration.extraPipes.indices { pipes[Int32(3 + index)] = try ProcessPipe(on: loop) }
            try uvSpawn(configuration)
        } catch {
            closePipes()
            throw error
        }
        for (descriptor, pipe) in pipes where descriptor == 2 || !configuration.isReadByChild(descriptor) {
            listen(to: pipe, descriptor)
        }
    }

    private func uvSpawn(_ configuration: ChildProcessConfiguration) throws(EventLoopError) {
        let arguments = CStrings([configuration.executable] + configuration.arguments)
        let environment = CStrings(configuration.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var stdio = [uv_stdio_container_t](repeating: uv_stdio_container_t(), count: 3 + configuration.extraPipes.count)
        stdio[0].flags = UV_IGNORE
        stdio[1].flags = UV_IGNORE
        for (descriptor, pipe) in pipes {
            let direction = configuration.isReadByChild(descriptor) ? UV_READABLE_PIPE : UV_WRITABLE_PIPE
            stdio[Int(descriptor)].flags = uv_stdio_flags(UV_CREATE_PIPE.rawValue | direction.rawValue)
            stdio[Int(descriptor)].data.stream = pipe.stream
        }
        var flags = UV_PROCESS_DETACHED.rawValue
        var options = uv_process_options_t()
        if let user = configuration.userID {
            flags |= UV_PROCESS_SETUID.rawValue
            options.uid = user
        }
        if let group = configuration.groupID {
            flags |= UV_PROCESS_SETGID.rawValue
            options.gid = group
        }
        options.flags = flags
        options.exit_cb = { process, code, signal in
            // Called by libuv on the loop's thread, once, after it reaped the child; frees the handle and its reference.
            guard let process, let owner = process.pointee.data else { return }
            let child = Unmanaged<ChildProcess>.fromOpaque(owner).takeRetainedValue()
            child.assumeIsolated { $0.didExit(signal == 0 ? .exited(code: code) : .signalled(signal)) }
            uv_close(UnsafeMutableRawPointer(process).assumingMemoryBound(to: uv_handle_t.self)) { handle in
                // Called by libuv on the loop's thread, once.
                UnsafeMutableRawPointer(handle)?.assumingMemoryBound(to: uv_process_t.self).deallocate()
            }
        }
        // Touched on the loop only, like everything libuv.
        nonisolated(unsafe) let process = UnsafeMutablePointer<uv_process_t>.allocate(capacity: 1)
        process.initialize(to: uv_process_t())
        let status = withOptionalCString(configuration.workingDirectory) { directory in
            stdio.withUnsafeMutableBufferPointer { stdio in
                arguments.withPointers { arguments in
                    environment.withPointers { environment in
                        options.file = UnsafePointer(arguments.pointee)
                        options.args = arguments
                        options.env = environment
                        options.cwd = directory
                        options.stdio = stdio.baseAddress
                        options.stdio_count = Int32(stdio.count)
                        return uv_spawn(loop.uv, process, &options)
                    }
                }
            }
        }
        if status != 0 {
            // libuv wants a handle closed even when the spawn failed.
            uv_close(UnsafeMutableRawPointer(process).assumingMemoryBound(to: uv_handle_t.self)) { handle in
                UnsafeMutableRawPointer(handle)?.assumingMemoryBound(to: uv_process_t.self).deallocate()
            }
        } else {
            process.pointee.data = Unmanaged.passRetained(self).toOpaque()
            processID = process.pointee.pid
        }
        try checkUV(status, "Cannot start \(configuration.executable)")
    }

    private func listen(to pipe: ProcessPipe, _ descriptor: Int32) {
        pipe.read(
            onBytes: { [self] bytes in didRead(bytes, from: descriptor) },
            onEnd: { [self] in didEnd(descriptor) }
        )
    }

    private func didRead(_ bytes: UnsafeRawBufferPointer, from descriptor: Int32) {
        guard descriptor == 2 else {
            output.pipe?(descriptor, bytes)
            return
        }
        for line in lines.append(bytes) { output.line?(line) }
    }

    private func didEnd(_ descriptor: Int32) {
        pipes[descriptor] = nil
        guard descriptor == 2 else {
            output.pipeEnd?(descriptor)
            return
        }
        straggler?.cancel()
        straggler = nil
        if let line = lines.finish() { output.line?(line) }
    }

    private func didExit(_ status: ChildExit) {
        self.status = status
        // The leader is gone: what is left of its group has no owner any more.
        kill(-processID, SIGKILL)
        let waiting = waiting
        self.waiting = []
        for continuation in waiting { continuation.resume(returning: status) }
        for (descriptor, pipe) in pipes where descriptor != 2 {
            pipe.close()
            pipes[descriptor] = nil
            output.pipeEnd?(descriptor)
        }
        sweep()
    }

    private func closePipes() {
        for pipe in pipes.values { pipe.close() }
        pipes = [:]
        if let line = lines.finish() { output.line?(line) }
    }

    // MARK: Use

    /// Writes to an extra pipe the child reads; throws `queueFull` when it reads too slowly.
    package func write(_ bytes: [UInt8], to descriptor: Int32) throws(EventLoopError) {
        guard let pipe = pipes[descriptor] else {
            throw EventLoopError(code: .closed, message: "The child's descriptor \(descriptor) is closed")
        }
        try pipe.write(bytes, limit: Self.queueLimit)
    }

    /// Sends a signal to the child's whole process group; nothing happens when it has ended.
    package func signal(_ signal: Int32) {
        guard status == nil, processID > 0 else { return }
        kill(-processID, signal)
    }

    /// Waits until the child has ended and was reaped.
    package func waitForExit() async -> ChildExit {
        if let status { return status }
        return await withCheckedContinuation { continuation in
            if let status { continuation.resume(returning: status) } else { waiting.append(continuation) }
        }
    }

    /// Ends the child: SIGTERM to its group, SIGKILL after `grace`; returns when nothing of the group is left.
    ///
    /// Safe to call again and from a cancelled task.
    /// - Parameter grace: zero kills at once.
    @discardableResult
    package func terminate(grace: Duration) async -> ChildExit {
        if grace > .zero { signal(SIGTERM) } else { signal(SIGKILL) }
        let killer = loop.schedule(after: grace) { [self] in assumeIsolated { $0.signal(SIGKILL) } }
        let status = await waitForExit()
        killer.cancel()
        if !isSwept {
            await withCheckedContinuation { continuation in
                if isSwept { continuation.resume() } else { waitingForSweep.append(continuation) }
            }
        }
        return status
    }

    /// Reaps what was killed with the leader: its orphans become our children (`becomeSubreaper`) and die in their own time.
    private func sweep(attempt: Int = 0) {
        while waitpid(-processID, nil, WNOHANG) > 0 {}
        let isGone = kill(-processID, 0) != 0 && errno == ESRCH
        guard isGone || attempt == Self.sweepAttempts else {
            loop.schedule(after: Self.sweepInterval) { [self] in assumeIsolated { $0.sweep(attempt: attempt + 1) } }
            return
        }
        isSwept = true
        // Who left the group may hold stderr open for ever; a child being forked at this moment does so for an instant.
        if pipes[2] != nil {
            straggler = loop.schedule(after: Self.stragglerTime) { [self] in assumeIsolated { $0.closePipes() } }
        }
        let waiting = waitingForSweep
        waitingForSweep = []
        for continuation in waiting { continuation.resume() }
    }
}

extension ChildProcessConfiguration {
    fileprivate func isReadByChild(_ descriptor: Int32) -> Bool {
        descriptor >= 3 && extraPipes[Int(descriptor) - 3] == .childReads
    }
}

/// A NULL-terminated array of C strings, as execve wants it.
private final class CStrings {
    private var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        pointers = strings.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }

    func withPointers<R>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
        pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("The terminator is always there") }
            return body(base)
        }
    }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
