import Synchronization

/// Random numbers for names, drawn many at a time: one draw from the generator costs more than a name.
package final class RandomStock: Sendable {
    /// The one of this process.
    package static let shared = RandomStock()

    private static let size = 128

    private let numbers = Mutex<[UInt64]>([])

    private init() {}

    /// 64 bits nobody can foresee. Not for keys: these lie in memory before they are used (`RandomBytes`).
    package func next() -> UInt64 {
        numbers.withLock { numbers in
            if let number = numbers.popLast() { return number }
            numbers = RandomBytes.generate(Self.size * 8).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
            return numbers.removeLast()
        }
    }
}
