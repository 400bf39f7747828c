import FixtureServer
import JSON
import MailModel
import Testing

@testable import MicrosoftGraph

/// A thousand mails through a service that fails at random: each goes out exactly once, or its job is put before a human.
@Suite struct FaultStormTests {
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

    private enum End: Hashable { case sent, review, unsent }

    /// Faults of one mail: any kind at any request it makes.
    private static func faults(_ random: inout SplitMix) -> [FaultRule] {
        let places: [(method: String?, suffix: String?)] = [
            ("POST", "/send"), ("POST", "/send"), ("POST", "/messages"), ("POST", "/attachments"), ("GET", nil),
            (nil, nil),
            ("PUT", nil), ("POST", "/createUploadSession"),
        ]
        return (0..<random.next(below: 4)).map { _ in
            let place = places[random.next(below: places.count)]
            let kinds: [FaultRule.Kind] = [.answer, .answerAfter, .cut, .cutAfter]
            let kind = kinds[random.next(below: kinds.count)]
            let status = [500, 502, 503, 504, 429, 200][random.next(below: 6)]
            // What was acted on is never told to be throttled.
            let isHonest = kind == .answer || status != 429
            return FaultRule(
                kind,
                method: place.method,
                pathSuffix: place.suffix,
                status: isHonest ? status : 504,
                retryAfter: status == 429 ? 1 + random.next(below: 5) : nil,
                body: status == 200 ? "{\"value\":[" : nil,
                times: 1 + random.next(below: 3)
            )
        }
    }

    /// What a worker does with a mail: tries, looks after what is in doubt, and tries again what was not sent.
    private static func work(_ bench: GraphBench, _ mail: OutgoingMail) async throws -> End {
        for _ in 0..<6 {
            do {
                _ = try await bench.client.send(mail, verify: false, deadline: bench.time.now + .seconds(300))
                return .sent
            } catch let error as MailError where error.code == .unknownOutcome {
                do {
                    let found = try await bench.client.resolve(
                        mail,
                        verify: false,
                        deadline: bench.time.now + .seconds(300)
                    )
                    if found != nil { return .sent }
                } catch let error as MailError where error.code == .unknownOutcome {
                    return .review
                } catch is MailError {
                    continue
                }
            } catch is MailError {
                try await bench.time.sleep(.seconds(30))
            }
        }
        return .unsent
    }

    @Test(.timeLimit(.minutes(4)), arguments: 0..<20)
    func `a thousand mails through storms: none twice, none lost in silence`(storm: Int) async throws {
        try await GraphBench.run { bench in
            var random = SplitMix(state: UInt64(2026 + storm))
            var ends: [String: End] = [:]
            for number in 0..<50 {
                let files = number % 25 == 0 ? [4_000_000] : number % 3 == 0 ? [50] : []
                var mail = try bench.mail(key: "storm-\(storm)/\(number)/0", files: files)
                mail.subject = "Sturm \(number)"
                await bench.graph.setSending(
                    delay: Int64(random.next(below: 4) * 2000),
                    isOutboxVisible: random.next(below: 2) == 0,
                    keepsImmutableID: random.next(below: 2) == 0
                )
                for fault in Self.faults(&random) { await bench.graph.add(fault) }
                ends[mail.subject] = try await Self.work(bench, mail)
                await bench.graph.clearFaults()
                try await bench.time.sleep(.seconds(10))
            }
            var copies: [String: Int] = [:]
            for message in await bench.sent() { copies[message["subject"]?.string ?? "", default: 0] += 1 }
            let counts = Dictionary(grouping: ends.values) { $0 }.mapValues(\.count)
            #expect(copies.values.allSatisfy { $0 == 1 }, "sent twice: \(copies.filter { $0.value > 1 })")
            for (subject, end) in ends {
                switch end {
                case .sent: #expect(copies[subject] == 1, "\(subject) counts as sent")
                case .unsent: #expect(copies[subject] == nil, "\(subject) counts as not sent")
                case .review: break
                }
            }
            #expect(counts[.sent, default: 0] > 40, "\(counts)")
        }
    }
}
