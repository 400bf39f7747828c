import Testing

@testable import MicrosoftGraph

@Suite struct DurationWordsTests {
    @Test(arguments: [
        (Duration.zero, "0 ms"), (.microseconds(1500), "1 ms"), (.milliseconds(999), "999 ms"), (.seconds(1), "1 s"),
        (.nanoseconds(57_997_690_601), "58 s"), (.milliseconds(1400), "1 s"), (.seconds(86_400), "86400 s"),
    ])
    func `a duration is told in whole seconds, or milliseconds below one`(duration: Duration, words: String) {
        #expect(duration.words == words)
    }
}
