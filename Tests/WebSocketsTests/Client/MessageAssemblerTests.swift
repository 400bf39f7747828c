import Testing

@testable import WebSockets

@Suite struct MessageAssemblerTests {
    private func append(
        _ bytes: [UInt8],
        to assembler: inout MessageAssembler,
        remaining: Int = 0,
        isLast: Bool
    ) -> MessageAssembler.Outcome {
        bytes.withUnsafeBytes { assembler.append($0, remaining: remaining, isLast: isLast) }
    }

    @Test func `pieces become one message and the next one starts empty`() {
        var assembler = MessageAssembler(limit: 10)
        #expect(append([1, 2], to: &assembler, remaining: 2, isLast: false) == .incomplete)
        #expect(append([3, 4], to: &assembler, isLast: false) == .incomplete)
        #expect(append([5], to: &assembler, isLast: true) == .message([1, 2, 3, 4, 5]))
        #expect(append([], to: &assembler, isLast: true) == .message([]))
    }

    @Test func `a message of exactly the limit passes and one byte more does not`() {
        var assembler = MessageAssembler(limit: 4)
        #expect(append([1, 2, 3, 4], to: &assembler, isLast: true) == .message([1, 2, 3, 4]))
        #expect(append([1, 2], to: &assembler, isLast: false) == .incomplete)
        #expect(append([3, 4, 5], to: &assembler, isLast: true) == .tooLarge)
    }

    @Test func `a frame that announces too much is refused before it arrives`() {
        var assembler = MessageAssembler(limit: 100)
        #expect(append([1], to: &assembler, remaining: 100, isLast: false) == .tooLarge)
    }
}
