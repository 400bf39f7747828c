import Testing

@testable import BrowserAutomation

@Suite struct NetworkProblemTests {
    private let closed = NetworkProblem(place: "a:80", rule: nil, message: "a:80 refused: nothing listens there")

    @Test(arguments: ["net::ERR_CONNECTION_RESET", "net::ERR_TUNNEL_CONNECTION_FAILED", "net::ERR_EMPTY_RESPONSE"])
    func `what is known stands in the place of what Chromium guesses`(error: String) {
        let guess = NetworkErrorWords.sentence(error, url: "http://a/")
        #expect(
            closed.sentence(insteadOf: guess) == "Cannot open http://a/: a:80 refused: nothing listens there (\(error))"
        )
    }

    @Test func `where Chromium guesses nothing it stands before`() {
        let message = "The download of http://a/f broke off after 0 bytes: the server or the page ended it"
        #expect(closed.sentence(insteadOf: message) == "a:80 refused: nothing listens there. \(message)")
    }

    @Test func `a rule that said no is named as one`() {
        let denied = NetworkProblem(place: "a:80", rule: "private", message: "a:80 is a private address")
        let guess = NetworkErrorWords.sentence("net::ERR_CONNECTION_RESET", url: "http://a/")
        #expect(
            denied.sentence(insteadOf: guess) == "A policy kept the page from the network: a:80 is a private address"
        )
    }

    @Test(arguments: ["net::ERR_CERT_DATE_INVALID", "net::ERR_TOO_MANY_REDIRECTS"])
    func `an answer of the server is no lost connection`(error: String) {
        #expect(closed.sentence(insteadOf: NetworkErrorWords.sentence(error, url: "http://a/")) == nil)
    }
}
