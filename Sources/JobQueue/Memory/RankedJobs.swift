import JobModel

/// Jobs in order: the first at once, any put in or taken out in logarithmic time.
///
/// A binary heap that knows where each job lies, so nothing out of date stays in it.
struct RankedJobs {
    /// Smaller comes first.
    struct Rank: Comparable {
        var since: Int64
        var sequence: UInt64
        static func < (lhs: Rank, rhs: Rank) -> Bool { (lhs.since, lhs.sequence) < (rhs.since, rhs.sequence) }
    }

    private var heap: [(rank: Rank, job: JobID)] = []
    private var places: [JobID: Int] = [:]

    /// The job that comes first, and its rank.
    var first: (rank: Rank, job: JobID)? { heap.first }
    var isEmpty: Bool { heap.isEmpty }

    /// How many come before a rank; looks at all of them.
    func count(before rank: Rank) -> Int { heap.count { $0.rank < rank } }

    /// Puts a job in that is not there.
    mutating func insert(_ job: JobID, at rank: Rank) {
        precondition(places[job] == nil, "Cannot insert a job that is there")
        heap.append((rank, job))
        places[job] = heap.count - 1
        rise(heap.count - 1)
    }

    /// Takes a job out that is there.
    mutating func remove(_ job: JobID) {
        guard let place = places.removeValue(forKey: job) else {
            preconditionFailure("Cannot remove a job that is not there")
        }
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[last.job] = place
        rise(place)
        sink(place)
    }

    private mutating func rise(_ place: Int) {
        var place = place
        while place > 0, heap[place].rank < heap[(place - 1) / 2].rank {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ place: Int) {
        var place = place
        while true {
            var least = 2 * place + 1
            guard least < heap.count else { return }
            if least + 1 < heap.count, heap[least + 1].rank < heap[least].rank { least += 1 }
            guard heap[least].rank < heap[place].rank else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        heap.swapAt(first, second)
        places[heap[first].job] = first
        places[heap[second].job] = second
    }
}
