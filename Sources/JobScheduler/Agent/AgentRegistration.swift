package import JSON
import JobModel

/// What an agent says of itself when it registers.
package struct AgentRegistration: Sendable {
    /// Small letters, digits, '-', '_', '.'; one of a tenant's agents has it.
    package var name: String
    /// What it can do: `calculator.add`, or the name of an action no worker offers, as `uia`.
    package var capabilities: Set<String>
    /// Where tasks are sent; nil when it fetches them.
    package var endpoint: String?
    /// Tasks at once.
    package var maximumTasks: Int
    /// Whether it answers every question itself.
    package var bids: Bool
    /// How long it may be silent.
    package var patience: Duration
    /// Host, system, version and the like.
    package var info: JSONObject

    /// A registration.
    package init(
        name: String,
        capabilities: Set<String>,
        endpoint: String? = nil,
        maximumTasks: Int = 1,
        bids: Bool = false,
        patience: Duration = .seconds(30),
        info: JSONObject = [:]
    ) {
        self.name = name
        self.capabilities = capabilities
        self.endpoint = endpoint
        self.maximumTasks = maximumTasks
        self.bids = bids
        self.patience = patience
        self.info = info
    }

    /// - Throws: `SchedulerError` with `invalidInput` that names every member, `forbidden` for an endpoint.
    func check(_ configuration: SchedulerConfiguration) throws {
        var problems: [InvalidInput.Problem] = []
        func refuse(_ pointer: JSONPointer, _ message: String) {
            problems.append(.init(pointer: pointer, message: message))
        }
        if !Self.isName(name) {
            refuse("/name", "must be 1 to 64 small letters, digits, '-', '_' or '.', is '\(name.prefix(60))'")
        }
        if capabilities.isEmpty { refuse("/capabilities", "is empty: an agent that can do nothing gets no task") }
        if capabilities.count > 200 { refuse("/capabilities", "has \(capabilities.count) entries; 200 are allowed") }
        for capability in capabilities.sorted() where !Self.isName(capability) {
            refuse(
                "/capabilities",
                "'\(capability.prefix(60))' is none: small letters, digits, '-', '_', '.', at most 64"
            )
        }
        if !(1...1_000).contains(maximumTasks) { refuse("/max_tasks", "must be from 1 to 1000, is \(maximumTasks)") }
        if !(Duration.seconds(3) ... .seconds(3_600)).contains(patience) {
            refuse("/stale_after", "must be from 3s to 1h, is \(patience.milliseconds) ms")
        }
        if info.text().utf8.count > 4_096 { refuse("", "says more than 4096 bytes about itself") }
        if let endpoint, AgentEndpoint.authority(of: endpoint) == nil {
            refuse("/endpoint", "must be http:// or https:// with a host, is '\(endpoint.prefix(80))'")
        }
        guard problems.isEmpty else { throw SchedulerError(InvalidInput(problems: problems)) }
        if let endpoint, !configuration.allows(endpoint: endpoint) {
            throw SchedulerError(
                .forbidden,
                "The operator does not allow tasks to be sent to \(endpoint): add its host or host:port to agent_endpoints, "
                    + "or register without an endpoint and fetch them"
            )
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
