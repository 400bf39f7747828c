import JobModel
import Testing

@testable import JobQueue

@Suite struct RankedJobsTests {
    @Test(arguments: 1...20)
    func `whatever is put in and taken out, the first is the one of least rank`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var jobs = RankedJobs()
        var model: [(rank: RankedJobs.Rank, job: JobID)] = []
        for number in 0..<400 {
            if model.isEmpty || Int.random(in: 0..<3, using: &random) > 0 {
                let since = Int64.random(in: 0..<50, using: &random)
                let rank = RankedJobs.Rank(since: since, sequence: UInt64(number))
                model.append((rank, JobID("\(number)")))
                jobs.insert(JobID("\(number)"), at: rank)
            } else {
                let place = Int.random(in: 0..<model.count, using: &random)
                jobs.remove(model.remove(at: place).job)
            }
            let least = model.min { $0.rank < $1.rank }
            #expect(jobs.first?.job == least?.job)
            #expect(jobs.isEmpty == model.isEmpty)
        }
        let middle = try #require(model.map(\.rank).sorted().dropFirst(model.count / 2).first)
        #expect(jobs.count(before: middle) == model.count / 2)
    }
}
