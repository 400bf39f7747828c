import Redis

extension DispatchStanding {
    /// Reads what the script `standing` answers after its code.
    init(_ values: [RedisValue]) throws(JobQueueError) {
        let numbers = values.map { $0.integer ?? $0.text.flatMap { Int64($0) } ?? 0 }
        guard values.count == 8 else {
            throw JobQueueError(code: .unexpectedReply, message: "The script for a job's standing answered \(values)")
        }
        switch values[0].text {
        case "ready": state = .ready
        case "delayed": state = .delayed(until: numbers[1])
        case "leased": state = .leased
        case "lost": state = .lost
        default:
            throw JobQueueError(code: .unexpectedReply, message: "A job in the index is \(values[0])")
        }
        ahead = Int(numbers[2])
        blocks = []
        if numbers[3] == 1 { blocks.append(.queuePaused) }
        if numbers[4] == 1 { blocks.append(.tenantPaused) }
        if numbers[5] > 0 { blocks.append(.concurrency(limit: Int(numbers[5]))) }
        if numbers[6] > 0 { blocks.append(.rate(until: numbers[6])) }
        lastOffer = numbers[7] > 0 ? numbers[7] : nil
    }
}
