import Telemetry
import Testing

@testable import ExecutorHost

@Suite struct DispatchTests {
    @Test(arguments: ["", "a b", "{x}"])
    func `what is no name of a queue is refused before anybody is asked`(queue: String) async {
        for url in ["redis://127.0.0.1:1", nil] {
            let error = await #expect(throws: HostError.self) {
                _ = try await Dispatch(url: url, queue: queue, logger: .silent)
            }
            #expect(error?.exitCode == .usage && error?.message.contains("queue: '\(queue)' is no name") == true)
        }
    }
}
