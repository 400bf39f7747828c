import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A terminal, with the keyboard and the screen of whoever sits at it.
struct PseudoTerminal {
    /// What a program has as its terminal. Never closed: a thread may still read from it.
    let terminal: Int32
    private let person: Int32

    init() throws {
        let person = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (lock, number): (Int32, Int32) = (0, -1)
        // TIOCSPTLCK and TIOCGPTN, which are hidden from Swift.
        let isUnlocked = ioctl(person, 0x4004_5431, &lock) == 0
        let isNamed = ioctl(person, 0x8004_5430, &number) == 0
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(isUnlocked && isNamed && terminal >= 0, "no pseudo-terminals here: is /dev/pts mounted?")
        (self.person, self.terminal) = (person, terminal)
    }

    func enter(_ text: String) { _ = write(person, text, text.utf8.count) }

    /// What stands on the screen since this was last asked; waits until there is something.
    func shown() -> String { take(from: person) }

    /// The next line a program gets.
    func line() -> String { take(from: terminal) }

    private func take(from descriptor: Int32) -> String {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 10_000) == 1 else { return "" }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    /// The person goes: who reads from the terminal is told so.
    func hangUp() { close(person) }
}
