import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// A snapshot on its way.
    package struct SnapshotCall: Sendable {
        fileprivate let call: CDPCall<RuntimeDomain.CallFunctionOn>

        /// What came of it.
        package func value() async -> SnapshotResult {
            guard let reply = try? await call.reply().result.value, let result = reply["ok"] else { return .none }
            if result["same"]?.bool == true { return .same }
            return PageSnapshot(result, url: reply["url"]?.string ?? "").map(SnapshotResult.changed) ?? .none
        }
    }

    /// What a snapshot found.
    package enum SnapshotResult: Sendable {
        case changed(PageSnapshot)
        /// The document looks as in its last snapshot.
        case same
        /// The document went away, or did not answer in time.
        case none
    }

    /// Begins to write down what the document looks like now; what is sent later finds the page after it.
    ///
    /// It stands beside the steps: it waits for nothing, and neither a dialog nor a navigation makes it fail another call.
    /// - Parameter limit: in characters.
    /// - Returns: nil when there is no document to ask, or none that answers.
    package func beginSnapshot(limit: Int, deadline: Duration = .seconds(5)) -> SnapshotCall? {
        guard isOpen, !state.isCrashed, !state.isDialogOpen, !isUnresponsive, let context = state.agentContext else {
            return nil
        }
        return SnapshotCall(
            call: session.start(
                RuntimeDomain.CallFunctionOn(
                    functionDeclaration: "(name, argument) => cpaAgent.call(name, argument)",
                    arguments: [.init(value: "snapshot"), .init(value: ["limit": JSONValue(limit)])],
                    returnByValue: true,
                    awaitPromise: true,
                    uniqueContextID: context.rawValue
                ),
                deadline: deadline
            )
        )
    }
}
