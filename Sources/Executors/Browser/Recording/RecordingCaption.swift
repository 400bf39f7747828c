import JSON
import JobModel

/// What a job began to do at one moment of its recording.
struct RecordingCaption: Sendable {
    var text: String
    var time: ContinuousClock.Instant

    init(text: String, time: ContinuousClock.Instant) {
        (self.text, self.time) = (text, time)
    }

    /// `login  click  role=button[name="Anmelden"]`; what is entered stays out of it.
    init(_ task: ToDo, _ time: ContinuousClock.Instant) {
        let target = task.selector ?? (task.action == .goto ? task.fields["url"]?.string : nil)
        self.init(
            text: ["\(task.id)", task.action.rawValue, target].compactMap(\.self).joined(separator: "  "),
            time: time
        )
    }
}
