import Testing

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct OpenFilesTests {
    @Test(
        arguments: [
            (soft: 1_024, hard: 4_096, then: 4_096), (soft: 1_024, hard: .max, then: 65_536),
            (soft: 100_000, hard: 1_000_000, then: 100_000), (soft: 512, hard: 512, then: 512),
        ] as [(soft: UInt, hard: UInt, then: UInt)]
    )
    func `the limit is raised as far as the machine lets it be, within reason, and never lowered`(
        soft: UInt,
        hard: UInt,
        then: UInt
    ) {
        let limit = OpenFiles.raised(rlimit(rlim_cur: soft, rlim_max: hard))
        #expect(limit.rlim_cur == then && limit.rlim_max == hard)
    }
}
