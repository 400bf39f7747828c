import EventLoops
import Glibc
import HTTPClient
import JSON
import MailModel
import MicrosoftGraph

/// Our side of `tools/bench mail`: measures one figure and prints it as a JSON object.
struct MailBench: Sendable {
    /// Runs before the measurement: they pay for the token, the connections and the caches.
    private var warmUp: Int { max(1, min(4, options.iterations / 5)) }

    let options: MailOptions
    let client: MailClient
    let attachment: OutgoingAttachment?

    static func main(_ arguments: some Collection<String>) async throws {
        guard let options = MailOptions(arguments) else {
            print(MailOptions.usage)
            exit(64)
        }
        let loop = EventLoop(name: "bench")
        let transport = CurlTransport(on: loop)
        let settings = GraphSettings(
            tenant: options.tenant,
            clientID: options.client,
            credential: .secret(options.secret),
            loginURL: options.graph,
            graphURL: options.graph + "/v1.0",
            certificateAuthorities: options.ca
        )
        var attachment: OutgoingAttachment?
        if !options.file.isEmpty {
            attachment = OutgoingAttachment(
                path: options.file,
                name: "Rechnung.pdf",
                contentType: "application/pdf",
                bytes: options.bytes,
                sha256: options.sha256
            )
        }
        let client = MailClient(settings, transport: transport, environment: .on(loop))
        let bench = MailBench(options: options, client: client, attachment: attachment)
        print(JSONValue.object(try await bench.measure()).text())
        await transport.shutdown()
        await loop.shutdown()
    }

    private func measure() async throws -> JSONObject {
        for number in 0..<warmUp { try await once(-1 - number) }
        let clock = ContinuousClock()
        let processor = ProcessUsage.processorSeconds()
        let start = clock.now
        let times = try await withThrowingTaskGroup(of: Double.self) { group in
            var times: [Double] = []
            for number in 0..<options.iterations {
                if number >= options.lanes, let time = try await group.next() { times.append(time) }
                group.addTask {
                    let began = clock.now
                    try await once(number)
                    return (clock.now - began) / .milliseconds(1)
                }
            }
            return try await group.reduce(into: times) { $0.append($1) }
        }
        let count = Double(options.iterations)
        return [
            "ms": .array(times.map(JSONValue.number)),
            "per_second": .number(count / ((clock.now - start) / .seconds(1))),
            "cpu_ms": .number((ProcessUsage.processorSeconds() - processor) * 1000 / count),
            "rss_mb": .number(Double(ProcessUsage.peakResidentBytes()) / 1_048_576),
        ]
    }

    private func once(_ number: Int) async throws {
        if options.figure == "read" { return try await read() }
        let mail = OutgoingMail(
            key: "bench/\(number)/0",
            mailbox: options.mailbox,
            to: [try MailAddress(options.to)],
            subject: "Rechnung \(number)",
            body: "<p>Guten Tag,</p><p>anbei die Rechnung.</p>",
            bodyType: .html,
            attachments: attachment.map { [$0] } ?? []
        )
        // The other side does not look for the copy in Sent Items either.
        let sent = try await client.send(
            mail,
            mode: options.figure == "direct" ? .direct : .draft,
            verify: false,
            deadline: .now + .seconds(120)
        )
        precondition(sent.proof == .accepted && !sent.wasAlreadySent)
    }

    private func read() async throws {
        let list = try await client.messages(
            in: options.to,
            matching: MailQuery(limit: 500),
            deadline: .now + .seconds(120)
        )
        precondition(list.mails.count == 500 && list.mails.allSatisfy { !$0.body.isEmpty })
    }
}
