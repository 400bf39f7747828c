import Testing

@testable import JobModel

@Suite struct JobStateTests {
    @Test(arguments: JobState.allCases)
    func `no state follows itself, and only a retry leaves a terminal one`(_ state: JobState) {
        #expect(!state.successors.contains(state))
        if state.isTerminal { #expect(state.successors == [.pending, .scheduled]) }
    }

    @Test func `every state can be reached from pending`() {
        var reached: Set<JobState> = [.pending]
        while true {
            let next = reached.union(reached.flatMap(\.successors))
            if next == reached { break }
            reached = next
        }
        #expect(reached == Set(JobState.allCases))
    }

    @Test(arguments: JobState.allCases)
    func `every state leads to an end`(_ state: JobState) {
        #expect(state.isTerminal || !state.successors.isDisjoint(with: [.failed, .cancelled]))
    }
}
