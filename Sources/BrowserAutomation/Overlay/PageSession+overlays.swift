import JSON

extension PageSession {
    /// For closing one overlay; then the action goes on without.
    private static let overlayLimit = Duration.seconds(5)
    /// For one to go after it was closed; then it is closed again: its scripts may come late too.
    private static let overlayPatience = Duration.seconds(1)

    /// What actions on this page close when it is in their way; replaces what was registered before.
    package func setOverlays(_ overlays: [Overlay]) { overlayWatch.set(overlays) }

    /// Closes an overlay the agent met, and waits until it is gone.
    ///
    /// - Returns: whether it is gone, and a line for the call log.
    /// - Throws: what ends the action too: cancellation, the end of the page, a crash.
    func closeOverlay(
        _ index: Int,
        _ words: String,
        until deadline: ContinuousClock.Instant
    ) async throws -> (isGone: Bool, line: String) {
        guard let overlay = overlayWatch.begin(index) else { return (false, "\(words) is no overlay") }
        defer { overlayWatch.end(index) }
        let limit = min(deadline, .now + Self.overlayLimit)
        do {
            while true {
                let how = try await apply(overlay.remedy, to: overlay.selector, until: limit)
                if try await isGone(overlay.selector, until: limit) {
                    return (true, "closed the overlay \(words): \(how)")
                }
            }
        } catch let error as BrowserError {
            switch error.code {
            case .pageClosed, .pageCrashed, .browserCrashed, .dialogOpen: throw error
            default: return (false, "could not close the overlay \(words): \(error.message)")
            }
        }
    }

    private func isGone(_ selector: Selector, until limit: ContinuousClock.Instant) async throws -> Bool {
        let patience = min(limit, .now + Self.overlayPatience)
        do {
            _ = try await ask("overlayGone", ["selector": selector.json], until: patience)
            return true
        } catch let error as BrowserError where error.code == .timeout && limit > .now {
            return false
        }
    }

    private func apply(
        _ remedy: Overlay.Remedy,
        to selector: Selector,
        until limit: ContinuousClock.Instant
    ) async throws -> String {
        switch remedy {
        case .click(let button): return "clicked \(try await click(button, until: limit).touched)"
        case .press(let chord):
            _ = try await ask("focusOverlay", ["selector": selector.json], until: limit)
            try await press(nil, chord, until: limit)
            return "pressed \(chord.key.key)"
        case .hide:
            _ = try await ask("hideOverlay", ["selector": selector.json], until: limit)
            return "hid it"
        }
    }
}
