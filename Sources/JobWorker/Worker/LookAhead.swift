/// How many jobs a worker claims beyond its places, so that these are not empty while the scheduler is asked.
///
/// A job needs no place before its `agree` is answered. As many more are claimed as end in that time: many where jobs are over
/// at once, none where they take longer than the scheduler does, for those would wait here while another worker has a place.
struct LookAhead {
    /// The most, for each place: with it twenty leases a place are lost to a worker that is killed.
    private static let limit = 19

    private let places: Int
    /// How long an `agree` takes to be answered.
    private var answer = Duration.zero
    /// How long a job keeps its place; nil before the first has ended.
    private var hold: Duration?

    init(places: Int) { self.places = places }

    /// Jobs to claim beyond the places.
    var count: Int {
        guard let hold else { return 0 }
        let ended = Double(places) * (answer / max(hold, .microseconds(1)))
        return Int(min(ended, Double(Self.limit * places)))
    }

    /// A job was agreed to, this long after it was claimed.
    mutating func agreed(after duration: Duration) { answer = Self.average(answer, duration) }

    /// A place was kept this long, or is at least. One long job counts at once, short ones little by little.
    mutating func kept(for duration: Duration) { hold = max(duration, Self.average(hold ?? duration, duration)) }

    private static func average(_ before: Duration, _ now: Duration) -> Duration { (before * 7 + now) / 8 }
}
