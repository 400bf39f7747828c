import BrowserAutomation
import JSON
import JobModel

extension Overlay {
    /// Reads one of the scenario's `overlays`.
    ///
    /// - Throws: `StepFailure` with `invalid_scenario` that names the member.
    init(scenario value: JSONValue, at index: Int) throws(StepFailure) {
        let remedy: Remedy
        do {
            guard let selector = value["selector"]?.string else { throw Self.invalid(index, "needs 'selector'") }
            if let button = value["click"]?.string {
                remedy = .click(try Selector(button))
            } else if let chord = value["press"]?.string {
                remedy = .press(try KeyChord(parsing: chord))
            } else {
                remedy = .hide
            }
            self.init(try Selector(selector), remedy, times: value["times"]?.int ?? Self.defaultTimes)
        } catch let failure as StepFailure {
            throw failure
        } catch {
            throw Self.invalid(index, "cannot be read: \(error)")
        }
    }

    private static func invalid(_ index: Int, _ problem: String) -> StepFailure {
        StepFailure(
            reason: .invalidScenario,
            message: "overlays[\(index)] of the scenario \(problem)",
            isRetryable: false
        )
    }
}
