/// Raises a signal when something is due, so that who waits for it looks then and sleeps until then.
///
/// Belongs to one loop over `signal.heard`; it lives as long as the group its sleeps are in.
struct Alarm {
    /// The longest sleep: the wall clock by which things are due may have been set meanwhile.
    static let longest = Duration.seconds(60)

    private var instant: ContinuousClock.Instant?

    /// Rings after a pause at the latest; a ring that comes before that anyway is enough.
    mutating func set(in pause: Duration, raising signal: Signal, in group: inout DiscardingTaskGroup) {
        let now = ContinuousClock.now
        let due = now + min(max(pause, .zero), Self.longest)
        if let instant, instant > now, instant <= due { return }
        instant = due
        group.addTask {
            try? await Task.sleep(until: due)
            signal.raise()
        }
    }
}
