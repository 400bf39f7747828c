import MailModel
import Testing

@testable import MicrosoftGraph

/// Random lives of a mail: lost requests, lost answers, slow ways to Sent Items, workers that die in between.
@Suite struct DraftSendSimulationTests {
    private static let window = Duration.seconds(60)
    private static let draftWindow = Duration.seconds(15)

    /// A service that may lose any request before or after acting on it.
    private struct Service {
        struct Message {
            var trace: MailTrace
            var attachments: [AttachmentTrace] = []
            /// When it was sent, and when it can be seen again.
            var visibleFrom: Duration = .zero
            var inSentItemsFrom: Duration?
        }

        enum Fate: CaseIterable {
            case fine, lostBefore, lostAfter
        }

        var random: SplitMix
        var now = Duration.zero
        var messages: [Message] = []
        var sends = 0
        private var nextID = 0

        init(seed: UInt64) { random = SplitMix(state: seed) }

        mutating func fate() -> Fate { random.next(below: 4) == 0 ? Fate.allCases[random.next(below: 3)] : .fine }

        mutating func id() -> String {
            nextID += 1
            return "\(nextID)"
        }

        func index(_ id: String) -> Int? {
            messages.firstIndex { $0.trace.id == id && $0.visibleFrom <= now }
        }

        /// Does what an action asks for; nil when the worker dies instead of hearing the answer.
        mutating func perform(_ action: DraftSend.Action, _ wanted: [DraftSend.Wanted]) -> DraftSend.Event {
            switch action {
            case .look:
                return .looked(messages.filter { $0.visibleFrom <= now }.map(\.trace))
            case .createDraft:
                let fate = fate()
                if fate == .lostBefore { return .creationUnknown }
                let number = id()
                let trace = MailTrace(id: "d" + number, internetMessageID: "<m\(number)>", isDraft: true)
                messages.append(Message(trace: trace))
                return fate == .lostAfter ? .creationUnknown : .created(trace)
            case .delete(let draft):
                if let index = index(draft) { messages.remove(at: index) }
                return .deleted
            case .listAttachments(let draft):
                return index(draft).map { .attachments(messages[$0].attachments) } ?? .draftGone
            case .detach(let draft, let attachment):
                guard let index = index(draft) else { return .draftGone }
                messages[index].attachments.removeAll { $0.id == attachment }
                return .attached
            case .attach(let draft, let number):
                return attach(draft, wanted[number])
            case .send(let draft):
                return send(draft)
            case .wait(let pause):
                now += pause
                return .waited
            case .locate(let trace):
                return .located(locate(trace))
            case .finish, .fail:
                preconditionFailure("Cannot perform the end")
            }
        }

        private mutating func attach(_ draft: String, _ file: DraftSend.Wanted) -> DraftSend.Event {
            guard let index = index(draft) else { return .draftGone }
            let fate = fate()
            if fate == .lostBefore { return .attachmentUnknown }
            messages[index].attachments.append(AttachmentTrace(id: id(), name: file.name, sha256: file.sha256))
            return fate == .lostAfter ? .attachmentUnknown : .attached
        }

        private mutating func send(_ draft: String) -> DraftSend.Event {
            guard let index = index(draft), messages[index].trace.isDraft else { return .draftGone }
            let fate = fate()
            if fate == .lostBefore { return .sendUnknown }
            sends += 1
            messages[index].trace.isDraft = false
            if random.next(below: 2) == 0 { messages[index].trace.id = "s" + id() }
            // On its way it may be seen by nobody for a while, but not for longer than a draft is waited for.
            if random.next(below: 3) == 0 { messages[index].visibleFrom = now + .seconds(random.next(below: 14)) }
            messages[index].inSentItemsFrom = messages[index].visibleFrom + .seconds(random.next(below: 20))
            return fate == .lostAfter ? .sendUnknown : .accepted
        }

        private func locate(_ trace: MailTrace) -> DraftSend.Location {
            let found = messages.first {
                $0.trace.internetMessageID == trace.internetMessageID && $0.visibleFrom <= now
            }
            guard let found else { return .nowhere }
            if found.trace.isDraft { return .stillDraft }
            return found.inSentItemsFrom.map { $0 <= now } == true ? .inSentItems(found.trace) : .onItsWay(found.trace)
        }
    }

    private struct SplitMix {
        var state: UInt64

        mutating func next(below limit: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ (mixed >> 31)) >> 33) % limit
        }
    }

    private static let wanted = [
        DraftSend.Wanted(name: "a.pdf", sha256: "aa"), DraftSend.Wanted(name: "b.pdf", sha256: "bb"),
    ]

    /// Lives until a machine finishes; returns the service and how it ended.
    private static func live(seed: UInt64) -> (Service, DraftSend.Action?) {
        var service = Service(seed: seed)
        for _ in 0..<20 {
            var machine = DraftSend(wanted: wanted, verify: true, window: window, draftWindow: draftWindow)
            var action = machine.start()
            var isAlive = true
            while isAlive {
                if case .finish = action { return (service, action) }
                if case .fail = action { break }
                // A worker may die before or after any request.
                if service.random.next(below: 25) == 0 { break }
                let event = service.perform(action, wanted)
                isAlive = service.random.next(below: 25) != 0
                if isAlive { action = machine.handle(event) }
            }
            // The next worker looks for the window before it does anything (`MailClient.resolve`).
            service.now += draftWindow
        }
        return (service, nil)
    }

    @Test func `whatever is lost and whoever dies, a mail goes out at most once, complete`() {
        var finished = 0
        for seed in 0..<4000 {
            let (service, end) = Self.live(seed: UInt64(seed))
            guard service.sends <= 1 else {
                Issue.record("Seed \(seed) sent \(service.sends) mails")
                return
            }
            guard case .finish? = end else { continue }
            finished += 1
            let sent = service.messages.filter { !$0.trace.isDraft }
            let files =
                sent.first.map { $0.attachments.map { DraftSend.Wanted(name: $0.name, sha256: $0.sha256) } } ?? []
            guard sent.count == 1, service.sends == 1, Set(files) == Set(Self.wanted), files.count == 2 else {
                Issue.record("Seed \(seed) finished with \(sent.count) mails and \(files.count) files")
                return
            }
        }
        #expect(finished > 3800, "most lives must come to their end, \(finished) did")
    }
}
