import CDP
import CDPProtocol
import JSON

extension PageSession {
    private static let suspectsGroup = "cpa-suspects"

    /// Gives an agent the closed shadow roots of the elements it suspects of one (Resources/agent/closed.js).
    func revealClosedRoots(at place: AgentPlace, deadline: Duration) async throws {
        let session = place.session
        defer { session.post(RuntimeDomain.ReleaseObjectGroup(objectGroup: Self.suspectsGroup)) }
        do {
            let list = try await session.start(
                RuntimeDomain.Evaluate(
                    expression: "cpaAgent.suspectsNow()",
                    objectGroup: Self.suspectsGroup,
                    uniqueContextID: place.context.rawValue
                ),
                deadline: deadline
            ).reply().result.objectID
            guard let list else { return }
            let members = try await session.start(
                RuntimeDomain.GetProperties(objectID: list, ownProperties: true),
                deadline: deadline
            ).reply().result
            let descriptions = members.compactMap(\.value?.objectID).map {
                session.start(DOMDomain.DescribeNode(objectID: $0, depth: 0), deadline: deadline)
            }
            for description in descriptions {
                // One that has left the document meanwhile has no root to look into.
                guard let node = try? await description.reply().node else { continue }
                for root in node.shadowRoots ?? [] where root.shadowRootType == .closed {
                    try await reveal(root, to: place, deadline: deadline)
                }
            }
        } catch let error as CDPError where error.code == .refused {
            // The document went away meanwhile: whoever is asked next looks again.
        } catch {
            throw failure(error)
        }
    }

    private func reveal(_ root: DOMDomain.Node, to place: AgentPlace, deadline: Duration) async throws {
        let object = try await place.session.start(
            DOMDomain.ResolveNode(
                backendNodeID: root.backendNodeID,
                objectGroup: Self.suspectsGroup,
                executionContextID: place.contextNumber
            ),
            deadline: deadline
        ).reply().object.objectID
        guard let object else { return }
        _ = try await place.session.start(
            RuntimeDomain.CallFunctionOn(
                functionDeclaration: "function () { cpaAgent.adoptRoot(this) }",
                objectID: object
            ),
            deadline: deadline
        ).reply()
    }
}
