/// A command as it goes to the server: an array of bulk strings (RESP2, "Sending commands to a Redis server").
///
/// hiredis' own way wants each word in memory of its own, and puts them together piece by piece. What one command took in
/// memory serves the next.
struct CommandText {
    private static let keptCapacity = 64 << 10

    private(set) var bytes: [UInt8] = []

    /// Writes a command in place of the one before.
    mutating func write(_ arguments: [RedisArgument]) {
        if bytes.capacity > Self.keptCapacity { bytes = [] }
        bytes.removeAll(keepingCapacity: true)
        write(UInt8(ascii: "*"), arguments.count)
        for argument in arguments {
            write(UInt8(ascii: "$"), argument.count)
            argument.append(to: &bytes)
            endLine()
        }
    }

    private mutating func write(_ mark: UInt8, _ number: Int) {
        bytes.append(mark)
        write(digits: number)
        endLine()
    }

    private mutating func write(digits number: Int) {
        if number >= 10 { write(digits: number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    private mutating func endLine() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
