import CDP
import CDPProtocol

extension PageSession {
    private static let dialogLimit = 50

    /// What to do with dialogs from now on.
    package func setDialogPolicy(_ policy: DialogPolicy) {
        dialogPolicy = policy
    }

    /// What to do with the next dialog only; said again before it came, with the one after it.
    ///
    /// - Parameter kind: `alert`, `confirm`, `prompt` or `beforeunload`; nil: any that is no `beforeunload`.
    package func answerNextDialog(_ policy: DialogPolicy, kind: String? = nil) {
        announcedDialogs.append(AnnouncedDialog(policy: policy, kind: kind))
        if announcedDialogs.count > Self.dialogLimit { announcedDialogs.removeFirst() }
    }

    /// Dialogs seen so far, the latest 50.
    package var dialogs: [DialogRecord] { dialogRecords }

    /// How many dialogs were seen; a mark for `waitForDialog`.
    package var dialogCount: Int { seenDialogs }

    /// The first dialog after a mark, as soon as there is one; it was handled by policy.
    package func waitForDialog(after mark: Int, deadline: Duration) async throws -> DialogRecord {
        try await wait(until: .now.advanced(by: deadline), for: "a dialog") { page in
            guard page.seenDialogs > mark else { return nil }
            let age = page.seenDialogs - mark
            let records = page.dialogRecords
            guard let record = age <= records.count ? records[records.count - age] : records.first else { return nil }
            return .success(record)
        }
    }

    func handleDialog(kind: String, message: String, defaultPrompt: String?) {
        let isUnload = kind == "beforeunload"
        let announced = announcedDialogs.firstIndex { $0.kind.map { $0 == kind } ?? !isUnload }
        let usual = isUnload ? (options.leavesPages ? .accept : .dismiss) : dialogPolicy
        let policy = announced.map { announcedDialogs.remove(at: $0).policy } ?? usual
        let accept: Bool
        var text: String?
        switch policy {
        case .accept:
            accept = true
            text = kind == "prompt" ? defaultPrompt : nil
        case .answer(let answer):
            accept = true
            text = kind == "prompt" ? answer : nil
        case .dismiss, .fail: accept = false
        }
        session.post(PageDomain.HandleJavaScriptDialog(accept: accept, promptText: text))
        if isUnload, !accept {
            // No event tells that the page stays.
            refusedUnloads += 1
            state.stayed()
        }
        seenDialogs += 1
        dialogRecords.append(DialogRecord(kind: kind, message: message, wasAccepted: accept))
        if dialogRecords.count > Self.dialogLimit { dialogRecords.removeFirst() }
        if policy == .fail { failForDialog(kind: kind, message: message) }
    }

    private func failForDialog(kind: String, message: String) {
        let error = BrowserError(
            .dialogOpen,
            "The page opened \(kind == "alert" ? "an" : "a") \(kind) dialog: \"\(message)\". It was dismissed; say on_dialog: accept, "
                + "dismiss or answer to go on past it"
        )
        let calls = agentCalls
        agentCalls = [:]
        unreportedDialog = calls.isEmpty ? error : nil
        for call in calls.values { call.fail(error) }
    }

    /// Throws the dialog that came while nothing ran.
    func reportDialog() throws(BrowserError) {
        try checkOpen()
        guard let error = unreportedDialog else { return }
        unreportedDialog = nil
        throw error
    }
}
