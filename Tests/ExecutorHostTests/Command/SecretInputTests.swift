import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

@Suite(.timeLimit(.minutes(1))) struct SecretInputTests {
    /// An input that calls back when it asks.
    private func input(_ descriptor: Int32, asked: @escaping @Sendable () -> Void = {}) -> SecretInput {
        SecretInput(descriptor: descriptor, terminal: Terminal(result: { _ in }, note: { _ in asked() }))
    }

    @Test func `a terminal does not show what is typed, and shows again what comes after`() async throws {
        let person = try PseudoTerminal()
        defer { person.hangUp() }
        // The second line comes too early, and is not left to the shell.
        let input = input(person.terminal) { person.enter("geheim\nls\n") }
        #expect(try await input.value(of: "password") == "geheim")
        person.enter("x\n")
        #expect(person.shown().hasPrefix("x"))
        #expect(person.line() == "x\n")
    }

    @Test func `a terminal shows again what is typed as soon as nobody waits for the value`() async throws {
        let person = try PseudoTerminal()
        defer { person.hangUp() }
        let (questions, asking) = AsyncStream<Void>.makeStream()
        let input = input(person.terminal) { asking.yield() }
        let reading = Task { try await input.value(of: "password") }
        for await _ in questions { break }
        reading.cancel()
        // By whoever cancels, who may end the program next.
        person.enter("x")
        #expect(person.shown() == "x")
        await #expect(throws: CancellationError.self) { try await reading.value }
    }

    @Test(arguments: [("geheim\n", "geheim"), ("two\nlines\r\n", "two\nlines"), ("\n\n", "\n")])
    func `a pipe is read to its end, and one line end is not the value's`(text: String, value: String) async throws {
        let pipe = try pipe(holding: text)
        defer { close(pipe) }
        #expect(try await input(pipe).value(of: "password") == value)
    }

    @Test(arguments: ["", "\n", "\r\n"])
    func `nothing is no value`(text: String) async throws {
        let pipe = try pipe(holding: text)
        defer { close(pipe) }
        await #expect(throws: HostError.self) { try await input(pipe).value(of: "password") }
    }

    /// The end of a pipe to read from.
    private func pipe(holding text: String) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        let isMade = Glibc.pipe(&ends) == 0
        try #require(isMade)
        defer { close(ends[1]) }
        _ = write(ends[1], text, text.utf8.count)
        return ends[0]
    }
}
