import FoundationEssentials
import JSON
import JobModel
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Security

/// `fixtures/tokens.json`, made by `tools/forge-tokens` with another implementation of JOSE.
struct TokenTable {
    static let shared = TokenTable()

    let json: JSONValue
    let now: Int64
    let rules: TokenRules

    init() {
        let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/fixtures/tokens.json"
        json = FileManager.default.contents(atPath: path).flatMap { try? JSONValue(parsing: Array($0)) } ?? .null
        now = (json["now"]?.int64 ?? 0) * 1000
        rules = TokenRules(issuer: json["issuer"]?.string ?? "", audience: json["audience"]?.string ?? "")
    }

    func tokens(_ kind: String) -> [(name: String, token: String)] {
        (json[kind]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") }
    }

    func keys(takesSecrets: Bool = true) throws -> TokenKeySet {
        try TokenKeySet(parsing: (json["keys"]?.object ?? [:]).serialized(), takesSecrets: takesSecrets)
    }

    func authority(_ keys: TokenKeySet) -> TokenAuthority {
        TokenAuthority(rules: rules, source: .fixed(keys), now: { [now] in now })
    }
}

@Suite struct TokenTests {
    private let table = TokenTable.shared

    @Test func `good tokens of each algorithm are let in as who they say`() async throws {
        let authority = table.authority(try table.keys())
        let tokens = table.tokens("good")
        #expect(tokens.count >= 9)
        for (name, token) in tokens {
            let caller = try await authority.authenticate(token)
            #expect(caller.id == "token/anna" && caller.tenant == "acme" && caller.role == .operator, "\(name)")
            #expect(caller.scopes == (name == "scope" ? [.jobsRead] : nil), "\(name)")
        }
    }

    @Test func `no forged token is let in, and none is told why`() async throws {
        let authority = table.authority(try table.keys())
        let tokens = table.tokens("forged")
        #expect(tokens.count >= 75)
        for (name, token) in tokens {
            do {
                let caller = try await authority.authenticate(token)
                Issue.record("'\(name)' was let in as \(caller)")
            } catch {
                let refusal = error as? SecurityError
                #expect(refusal == .refusedToken || refusal == .expiredToken, "\(name)")
            }
        }
    }

    @Test func `what the provider signed is no guess, and the log says what is wrong with it`() async throws {
        let log = MemoryLogSink()
        let keys = try table.keys()
        let good = try #require(table.tokens("good").first { $0.name == "RS256" }).token
        let late = TokenAuthority(
            rules: table.rules,
            source: .fixed(keys),
            now: { [now = table.now] in now + 400 * 86_400_000 },
            logger: Logger(sink: log)
        )
        await #expect(throws: SecurityError.expiredToken) { try await late.authenticate(good) }
        await #expect(throws: SecurityError.refusedToken) { try await late.authenticate(good + "x") }
        #expect(log.lines.count == 2)
        #expect(log.lines.first?.metadata["reason"]?.contains("expired") == true)
    }

    @Test func `a token with any bit turned is no token`() async throws {
        let authority = table.authority(try table.keys())
        let token = try #require(table.tokens("good").first { $0.name == "ES256" }).token
        for index in token.utf8.indices {
            var bytes = Array(token.utf8)
            bytes[token.utf8.distance(from: token.utf8.startIndex, to: index)] ^= 1
            let bent = String(decoding: bytes, as: UTF8.self)
            await #expect(throws: SecurityError.refusedToken) { try await authority.authenticate(bent) }
        }
    }

    @Test func `shared secrets are taken from a file only, weak and doubled keys from nowhere`() throws {
        #expect(try table.keys(takesSecrets: true).count == 3)
        #expect(try table.keys(takesSecrets: false).count == 2)
        for set in [
            #"{"keys": []}"#, #"{}"#, "[]", #"{"keys": [{"kty": "oct", "k": "c2hvcnQ", "kid": "a"}]}"#,
            #"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "a"}]}"#,
            #"{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}"#,
        ] {
            #expect(throws: SecurityError.self) { try TokenKeySet(parsing: Array(set.utf8), takesSecrets: true) }
        }
        let key = table.json["keys"]?["keys"]?[0] ?? .null
        let doubled: JSONObject = ["keys": [key, key]]
        #expect(throws: SecurityError.self) { try TokenKeySet(parsing: doubled.serialized(), takesSecrets: true) }
    }
}

@Suite struct TokenRefreshTests {
    private let table = TokenTable.shared

    /// A provider that counts how often it is asked, and a clock that is set by hand.
    private final class Provider: Sendable {
        let answer = Mutex<[UInt8]?>(nil)
        let asked = Mutex(0)
        let time: Mutex<Int64>

        init(time: Int64) { self.time = Mutex(time) }

        func authority(_ rules: TokenRules) -> TokenAuthority {
            let source = TokenAuthority.Source.fetched {
                self.asked.withLock { $0 += 1 }
                guard let bytes = self.answer.withLock({ $0 }) else { throw CancellationError() }
                return bytes
            }
            return TokenAuthority(rules: rules, source: source, now: { self.time.withLock { $0 } })
        }
    }

    private var good: String { table.tokens("good").first { $0.name == "RS256" }?.token ?? "" }
    private var keys: [UInt8] { (table.json["public_keys"]?.object ?? [:]).serialized() }

    @Test
    func `keys are fetched when they are missing, each five seconds, and for unknown ones each minute, whoever asks`()
        async throws
    {
        let provider = Provider(time: table.now)
        let authority = provider.authority(table.rules)
        for _ in 0..<5 { _ = try? await authority.authenticate(good) }
        #expect(provider.asked.withLock { $0 } == 1)
        provider.answer.withLock { $0 = keys }
        let failure = await #expect(throws: SecurityError.self) { _ = try await authority.authenticate(good) }
        #expect(failure?.code == .keySet && failure?.mayBeGuess == false)
        #expect(failure?.message.hasPrefix("The identity provider's keys cannot be fetched: CancellationError") == true)
        provider.time.withLock { $0 += 5_000 }
        #expect(try await authority.authenticate(good).tenant == "acme")
        let unknown = table.tokens("forged").first { $0.name == "unknown kid" }?.token ?? ""
        provider.time.withLock { $0 += 59_000 }
        for _ in 0..<5 { _ = try? await authority.authenticate(unknown) }
        #expect(provider.asked.withLock { $0 } == 2)
        provider.time.withLock { $0 += 1_000 }
        await #expect(throws: SecurityError.refusedToken) { try await authority.authenticate(unknown) }
        #expect(provider.asked.withLock { $0 } == 3)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a provider that does not come to an end holds up nobody whose key is known`() async throws {
        let (asked, ask) = AsyncStream<Void>.makeStream()
        let (release, go) = AsyncStream<Void>.makeStream()
        let time = Mutex(table.now)
        let count = Mutex(0)
        let keys = keys
        let source = TokenAuthority.Source.fetched {
            let number = count.withLock { count in
                count += 1
                return count
            }
            ask.yield()
            if number > 1 { for await _ in release { break } }
            return keys
        }
        let authority = TokenAuthority(rules: table.rules, source: source, now: { time.withLock { $0 } })
        await authority.warmUp()
        time.withLock { $0 += 600_001 }
        for _ in 0..<3 { #expect(try await authority.authenticate(good).tenant == "acme") }
        var asks = asked.makeAsyncIterator()
        for _ in 0..<2 { _ = await asks.next() }
        #expect(count.withLock { $0 } == 2)
        go.yield()
    }

    @Test func `garbage and silence leave the old keys, a new set replaces them`() async throws {
        let provider = Provider(time: table.now)
        let authority = provider.authority(table.rules)
        provider.answer.withLock { $0 = keys }
        _ = try await authority.authenticate(good)
        for answer in [nil, Array("<html>".utf8), Array(#"{"keys": []}"#.utf8)] {
            provider.answer.withLock { $0 = answer }
            provider.time.withLock { $0 += 61_000 }
            let unknown = table.tokens("forged").first { $0.name == "unknown kid" }?.token ?? ""
            _ = try? await authority.authenticate(unknown)
            #expect(try await authority.authenticate(good).tenant == "acme")
        }
        #expect(provider.asked.withLock { $0 } == 4)
        let rotated: JSONObject = ["keys": [table.json["public_keys"]?["keys"]?[1] ?? .null]]
        provider.answer.withLock { $0 = rotated.serialized() }
        provider.time.withLock { $0 += 61_000 }
        let elliptic = table.tokens("good").first { $0.name == "ES256" }?.token ?? ""
        #expect(try await authority.authenticate(elliptic).tenant == "acme")
        let unknown = table.tokens("forged").first { $0.name == "unknown kid" }?.token ?? ""
        _ = try? await authority.authenticate(unknown)
        await #expect(throws: SecurityError.self) { try await authority.authenticate(good) }
    }
}
