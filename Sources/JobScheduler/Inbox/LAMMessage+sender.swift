import JSON
import JobModel
import Storage

extension LAMMessage {
    /// Refuses a worker's message that does not say which worker it is from.
    ///
    /// - Throws: `SchedulerError` with `invalidInput`.
    func checkSender(worker: String) throws {
        let address = "agent://worker/\(worker)"
        guard sender != address else { return }
        throw SchedulerError.member(
            "/sender",
            "is '\(sender.prefix(80))', but 'worker' of the payload is '\(worker.prefix(80))': a worker sends as \(address.prefix(100))"
        )
    }

    /// Refuses what nobody but the scheduler, a worker or an agent itself may send as.
    ///
    /// - Parameter agent: whose key the caller has; nil for anybody else.
    /// - Throws: `SchedulerError`: `invalidInput` for what is no address, `forbidden` for another's.
    func checkSender(agent: AgentRecord?) throws {
        guard let address = LAMAddress(sender) else {
            throw SchedulerError.member(
                "/sender",
                "'\(sender.prefix(80))' is no address: write agent://<kind>/<name>, such as agent://desk/me, the kind in small letters, "
                    + "without spaces"
            )
        }
        if let agent {
            guard sender != agent.address, sender != "agent://agent/\(agent.id)" else { return }
            throw Self.foreign(
                "This key is that of agent '\(agent.name)': its sender is \(agent.address), not \(sender.prefix(80))"
            )
        }
        switch address.kind {
        case "scheduler":
            throw Self.foreign(
                "Nobody sends as \(sender.prefix(80)) but the scheduler: send under an address of your own, such as agent://desk/me"
            )
        case "worker":
            throw Self.foreign(
                "\(sender.prefix(80)) sends what a worker says of a job it holds, with 'worker' in the payload: send '\(type.rawValue)' "
                    + "under an address of your own, such as agent://desk/me"
            )
        case "agent":
            throw Self.foreign(
                "Only the key of an agent can speak as \(sender.prefix(80)): use it, or an address of your own, such as agent://desk/me"
            )
        default: return
        }
    }

    /// Refuses receivers that are no addresses: what nobody can get should not look as if it were on its way.
    ///
    /// - Throws: `SchedulerError` with `invalidInput` that names each of them, up to a limit.
    func checkReceivers() throws {
        let problems = to.enumerated().filter { LAMAddress($0.element) == nil }.map { index, receiver in
            InvalidInput.Problem(
                pointer: JSONPointer(["to", "\(index)"]),
                message:
                    "'\(receiver.prefix(80))' is no address: write agent://<kind>/<name>, such as agent://agent/calculator, or "
                    + "agent://scheduler"
            )
        }
        if !problems.isEmpty {
            throw SchedulerError(InvalidInput(problems: Array(problems.prefix(InvalidInput.limit))))
        }
    }

    private static func foreign(_ message: String) -> SchedulerError {
        SchedulerError(.forbidden, message, problems: [.init(pointer: "/sender", message: message)])
    }
}
