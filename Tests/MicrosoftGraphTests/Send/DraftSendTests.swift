import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct DraftSendTests {
    private static let draft = MailTrace(id: "D", internetMessageID: "<m>", isDraft: true)
    private static let copy = MailTrace(id: "S", internetMessageID: "<m>", isDraft: false)
    private static let file = DraftSend.Wanted(name: "a.pdf", sha256: "aa")

    private static func machine(_ wanted: [DraftSend.Wanted] = [], verify: Bool = true) -> DraftSend {
        DraftSend(wanted: wanted, verify: verify, window: .seconds(60), draftWindow: .seconds(15))
    }

    /// A machine whose send is under way.
    private static func sending(verify: Bool = true) -> DraftSend {
        var machine = machine(verify: verify)
        _ = machine.start()
        _ = machine.handle(.looked([]))
        _ = machine.handle(.created(draft))
        return machine
    }

    @Test func `a new mail goes look, draft, attach, send, locate, finish`() {
        var machine = Self.machine([Self.file])
        #expect(machine.start() == .look)
        #expect(machine.handle(.looked([])) == .createDraft)
        #expect(machine.handle(.created(Self.draft)) == .attach(draft: "D", index: 0))
        #expect(machine.handle(.attached) == .send(draft: "D"))
        #expect(machine.handle(.accepted) == .locate(Self.draft))
        #expect(
            machine.handle(.located(.inSentItems(Self.copy))) == .finish(Self.copy, .inSentItems, wasAlreadySent: false)
        )
    }

    @Test func `a mail found as sent is never sent`() {
        var machine = Self.machine()
        #expect(machine.handle(.looked([Self.copy])) == .locate(Self.copy))
        let action = machine.handle(.located(.inSentItems(Self.copy)))
        #expect(action == .finish(Self.copy, .inSentItems, wasAlreadySent: true))
    }

    @Test func `two different sent mails with one key are reported`() {
        var machine = Self.machine()
        let other = MailTrace(id: "T", internetMessageID: "<n>", isDraft: false)
        #expect(machine.handle(.looked([Self.copy, other])) == .fail(.sentTwice([Self.copy, other])))
    }

    @Test func `spare drafts are deleted, the first is taken up`() {
        var machine = Self.machine([Self.file])
        let spare = MailTrace(id: "E", internetMessageID: "<e>", isDraft: true)
        #expect(machine.handle(.looked([Self.draft, spare])) == .delete(draft: "E"))
        #expect(machine.handle(.deleted) == .listAttachments(draft: "D"))
        let right = AttachmentTrace(id: "1", name: "a.pdf", sha256: "aa")
        let wrong = AttachmentTrace(id: "2", name: "a.pdf", sha256: "bb")
        #expect(machine.handle(.attachments([wrong, right])) == .detach(draft: "D", attachment: "2"))
        #expect(machine.handle(.attached) == .send(draft: "D"))
    }

    @Test func `a refused mail leaves no draft behind, unless it may have gone`() {
        var machine = Self.machine([Self.file])
        _ = machine.handle(.looked([]))
        _ = machine.handle(.created(Self.draft))
        #expect(machine.refused() == "D")
        machine = Self.sending()
        #expect(machine.refused() == "D")
        machine = Self.machine()
        _ = machine.handle(.looked([]))
        #expect(machine.refused() == nil)
        machine = Self.sending()
        _ = machine.handle(.sendUnknown)
        var waited = Duration.zero
        while case .wait(let pause) = machine.handle(.located(.stillDraft)) {
            waited += pause
            _ = machine.handle(.waited)
            #expect(waited < .seconds(60))
        }
        #expect(machine.refused() == nil)
    }

    @Test func `a lost answer to the draft is looked for, three times at most`() {
        var machine = Self.machine()
        _ = machine.handle(.looked([]))
        for _ in 0..<2 {
            #expect(machine.handle(.creationUnknown) == .look)
            #expect(machine.handle(.looked([])) == .createDraft)
        }
        #expect(machine.handle(.creationUnknown) == .fail(.noDraft))
    }

    @Test func `a lost answer to an attachment leads to a list, not to a second attachment`() {
        var machine = Self.machine([Self.file])
        _ = machine.handle(.looked([]))
        _ = machine.handle(.created(Self.draft))
        #expect(machine.handle(.attachmentUnknown) == .listAttachments(draft: "D"))
        let present = [AttachmentTrace(id: "1", name: "a.pdf", sha256: "aa")]
        #expect(machine.handle(.attachments(present)) == .send(draft: "D"))
    }

    @Test func `after a lost answer a draft is sent again only when the window is over`() {
        var machine = Self.sending()
        var action = machine.handle(.sendUnknown)
        var waited = Duration.zero
        while action != .send(draft: "D") {
            #expect(action == .locate(Self.draft))
            guard case .wait(let pause) = machine.handle(.located(.stillDraft)) else { break }
            waited += pause
            action = machine.handle(.waited)
            if waited >= .seconds(15) { action = machine.handle(.located(.stillDraft)) }
        }
        #expect(action == .send(draft: "D"))
        #expect(waited == .seconds(15))
    }

    @Test func `neither draft nor copy ends as unknown, never as another send`() {
        var machine = Self.sending()
        var action = machine.handle(.sendUnknown)
        var sends = 0
        for _ in 0..<50 {
            switch action {
            case .locate: action = machine.handle(.located(.nowhere))
            case .wait: action = machine.handle(.waited)
            case .send: sends += 1
            default: break
            }
        }
        #expect(action == .fail(.vanished(Self.draft)))
        #expect(sends == 0)
    }

    @Test func `a mail seen on its way is known to be out, even if it then looks like a draft`() {
        var machine = Self.sending()
        #expect(machine.handle(.sendUnknown) == .locate(Self.draft))
        #expect(machine.handle(.located(.onItsWay(Self.copy))) == .wait(.seconds(1)))
        var action = machine.handle(.waited)
        for _ in 0..<50 {
            switch action {
            case .locate: action = machine.handle(.located(.stillDraft))
            case .wait: action = machine.handle(.waited)
            default: break
            }
        }
        #expect(action == .finish(Self.draft, .accepted, wasAlreadySent: false))
    }

    @Test func `an accepted mail whose copy does not show up in time counts as accepted`() {
        var machine = Self.sending()
        #expect(machine.handle(.accepted) == .locate(Self.draft))
        #expect(machine.handle(.located(.nowhere)) == .wait(.seconds(1)))
        #expect(machine.handle(.outOfTime) == .finish(Self.draft, .accepted, wasAlreadySent: false))
    }

    @Test func `an accepted mail that lies among the drafts to the end was not sent`() {
        var early = Self.sending()
        #expect(early.handle(.accepted) == .locate(Self.draft))
        #expect(early.handle(.located(.stillDraft)) == .wait(.seconds(1)))
        #expect(early.handle(.outOfTime) == .fail(.undecided(Self.draft)), "it may still be on its way")
        var patient = Self.sending()
        var action = patient.handle(.accepted)
        for _ in 0..<50 {
            switch action {
            case .locate: action = patient.handle(.located(.stillDraft))
            case .wait: action = patient.handle(.waited)
            default: break
            }
        }
        #expect(action == .fail(.notAccepted(Self.draft)))
    }

    @Test func `without verification an accepted mail is done at once, an unknown one is still looked for`() {
        var accepted = Self.sending(verify: false)
        #expect(accepted.handle(.accepted) == .finish(Self.draft, .accepted, wasAlreadySent: false))
        var unknown = Self.sending(verify: false)
        #expect(unknown.handle(.sendUnknown) == .locate(Self.draft))
        #expect(
            unknown.handle(.located(.onItsWay(Self.copy))) == .finish(Self.copy, .accepted, wasAlreadySent: false)
        )
    }

    @Test func `a draft that is gone when it is sent is looked for`() {
        var machine = Self.sending()
        #expect(machine.handle(.draftGone) == .locate(Self.draft))
    }
}
