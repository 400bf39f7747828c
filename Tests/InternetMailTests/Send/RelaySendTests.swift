import MailModel
import Testing

@testable import InternetMail

@Suite struct RelaySendTests {
    private static let trace = MailTrace(id: "", internetMessageID: "<m>", isDraft: false)
    private static let copy = MailTrace(id: "3@Sent", internetMessageID: "<m>", isDraft: false)

    private static func machine(hasStore: Bool = true) -> RelaySend {
        RelaySend(trace, hasStore: hasStore, window: .seconds(3))
    }

    @Test func `a mail is marked, submitted and filed`() {
        var machine = Self.machine()
        #expect(machine.start() == .look)
        #expect(machine.handle(.looked(.init())) == .saveDraft)
        #expect(machine.handle(.saved) == .submit)
        #expect(machine.handle(.accepted) == .file)
        #expect(machine.handle(.filed(Self.copy)) == .finish(Self.copy, .inSentItems, wasAlreadySent: false))
    }

    @Test func `what lies among the sent mails is not sent again`() {
        var machine = Self.machine()
        _ = machine.start()
        #expect(
            machine.handle(.looked(.init(sent: Self.copy, hasDraft: true)))
                == .finish(Self.copy, .inSentItems, wasAlreadySent: true)
        )
    }

    @Test func `a mark of an earlier try is never submitted, only looked after`() {
        var machine = Self.machine()
        _ = machine.start()
        #expect(machine.handle(.looked(.init(hasDraft: true))) == .look)
        #expect(machine.handle(.looked(.init(hasDraft: true))) == .wait(.seconds(1)))
        #expect(machine.handle(.waited) == .look)
        #expect(machine.handle(.looked(.init(hasDraft: true))) == .wait(.seconds(2)))
        #expect(machine.handle(.waited) == .look)
        #expect(machine.handle(.looked(.init(hasDraft: true))) == .fail(.undecided))
    }

    @Test func `a lost answer is resolved by a server that files by itself, else by nobody`() {
        var machine = Self.machine()
        _ = (machine.start(), machine.handle(.looked(.init())), machine.handle(.saved))
        #expect(machine.handle(.unknown) == .look)
        #expect(machine.handle(.looked(.init(hasDraft: true))) == .wait(.seconds(1)))
        #expect(machine.handle(.waited) == .look)
        #expect(
            machine.handle(.looked(.init(sent: Self.copy))) == .finish(Self.copy, .inSentItems, wasAlreadySent: true)
        )
        var other = Self.machine()
        _ = (other.start(), other.handle(.looked(.init())), other.handle(.saved), other.handle(.unknown))
        #expect(other.handle(.looked(.init(hasDraft: true))) == .wait(.seconds(1)))
        #expect(other.handle(.outOfTime) == .fail(.undecided))
    }

    @Test func `a refusal takes the mark away`() {
        var machine = Self.machine()
        _ = (machine.start(), machine.handle(.looked(.init())), machine.handle(.saved))
        #expect(machine.handle(.notSent) == .discardDraft)
        #expect(machine.handle(.discarded) == .fail(.notSent))
    }

    @Test func `a mail that is out stays out when it cannot be filed`() {
        var machine = Self.machine()
        _ = (machine.start(), machine.handle(.looked(.init())), machine.handle(.saved), machine.handle(.accepted))
        #expect(machine.handle(.notFiled) == .finish(Self.trace, .accepted, wasAlreadySent: false))
    }

    @Test func `without a store there is one try and no second look`() {
        var machine = Self.machine(hasStore: false)
        #expect(machine.start() == .submit)
        #expect(machine.handle(.accepted) == .finish(Self.trace, .accepted, wasAlreadySent: false))
        var lost = Self.machine(hasStore: false)
        _ = lost.start()
        #expect(lost.handle(.unknown) == .fail(.undecided))
        var refused = Self.machine(hasStore: false)
        _ = refused.start()
        #expect(refused.handle(.notSent) == .fail(.notSent))
    }
}
