import Testing

@testable import Redis

@Suite struct CommandTextTests {
    private func text(_ arguments: [RedisArgument]) -> String {
        var command = CommandText()
        command.write(["EARLIER", "one"])
        command.write(arguments)
        return String(decoding: command.bytes, as: UTF8.self)
    }

    @Test func `words are counted in bytes and may hold anything`() {
        #expect(text(["SET", "schlüssel", "a\r\nb"]) == "*3\r\n$3\r\nSET\r\n$10\r\nschlüssel\r\n$4\r\na\r\nb\r\n")
        #expect(text(["ECHO", ""]) == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n")
        #expect(text(["INCRBY", "n", -12]) == "*3\r\n$6\r\nINCRBY\r\n$1\r\nn\r\n$3\r\n-12\r\n")
    }

    @Test(arguments: [9, 10, 11, 1234]) func `counts of several digits`(count: Int) {
        let word = String(repeating: "x", count: count)
        let words = [RedisArgument](repeating: RedisArgument(word), count: count)
        let expected = "*\(count)\r\n" + String(repeating: "$\(count)\r\n\(word)\r\n", count: count)
        #expect(text(words) == expected)
    }

    @Test func `a word is its bytes, however it was made`() {
        #expect(RedisArgument([0x31, 0x32]) == 12)
        #expect(Set<RedisArgument>(["12", 12, RedisArgument([0x31, 0x32])]).count == 1)
        #expect(RedisArgument("é") != RedisArgument("e\u{301}"))
        #expect(RedisArgument("é").bytes == [0xC3, 0xA9])
    }
}
