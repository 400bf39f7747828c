import Synchronization
import TestSupport
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct PermissionTests {
    private func post(_ server: ScriptedServer, host: String = "127.0.0.1", _ isAllowed: Bool) async throws -> (
        status: Int, asked: [String]
    ) {
        let asked = Mutex<[String]>([])
        var request = HTTPClientRequest(method: "POST", url: "http://\(host):\(server.port)/", body: .bytes([0x78]))
        request.permits = { address, port in
            asked.withLock { $0.append("\(address):\(port)") }
            return isAllowed
        }
        let response = try await withTransport { [request] in try await $0.execute(request) }
        return (response.status, asked.withLock { $0 })
    }

    @Test func `the address that is connected to is asked about first, also behind a name`() async throws {
        for host in ["127.0.0.1", "localhost"] {
            let server = ScriptedServer { peer in
                _ = peer.readHead()
                peer.write("HTTP/1.1 204 No Content\r\n\r\n")
            }
            let (status, asked) = try await post(server, host: host, true)
            #expect(status == 204 && asked.contains("127.0.0.1:\(server.port)"), "\(asked)")
        }
    }

    @Test func `an address that is not allowed gets no connection, and the error says so`() async throws {
        let wasCalled = Mutex(false)
        let server = ScriptedServer { peer in
            if !peer.readHead().isEmpty { wasCalled.withLock { $0 = true } }
        }
        for host in ["127.0.0.1", "localhost"] {
            do {
                _ = try await post(server, host: host, false)
                Issue.record("\(host) was called")
            } catch let error as HTTPClientError {
                #expect(error.code == .addressRefused && !error.mayHaveBeenSent, "\(error)")
            }
        }
        #expect(!wasCalled.withLock { $0 })
    }
}
