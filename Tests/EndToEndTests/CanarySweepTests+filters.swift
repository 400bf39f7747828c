import JSON
import Testing

extension EndToEnd.CanarySweepTests {
    /// In small and large letters, and with what JSON and addresses write differently.
    private static let sieved = "Sieved-5d2a \"Quoted\" <Tag>&ä/+=?"
    private static let born = (secret: "1987-11-23", made: "23.11.1987")
    private static let amount = (secret: "4815162342.75", made: "4.815.162.342,75")

    @Test func `what filters make of a secret is nowhere either`() async throws {
        try await sweep(
            Course(
                secrets: ["sieved": Self.sieved, "born": Self.born.secret, "amount": Self.amount.secret],
                // The forms of these are what `json` and `urlencode` make of them.
                hidden: [
                    Self.sieved, Self.sieved.uppercased(), Self.sieved.lowercased(), Self.born.secret, Self.born.made,
                    Self.amount.secret, Self.amount.made,
                ],
                sent: ["SIEVED-5D2A%20%22QUOTED%22", Self.born.made, "4.815.162.342%2C75", "%22Sieved-5d2a"],
                shown: Self.decoy.lowercased(),
                places: ["plain.txt"],
                scenario: Self.filtering
            )
        )
    }

    /// Into an address, a header, fields, a mail and a failure by filters, and back from the page through one more; into files, which
    /// is refused.
    private static func filtering(_ url: String) -> JSONObject {
        let upper = "{{ secrets.sieved | upper }}"
        let born = #"{{ secrets.born | date("dd.MM.yyyy") }}"#
        let amount = ##"{{ secrets.amount | number("#.##0,00", "de") }}"##
        let plain = "{{ variables.decoy | lower }}"
        let seen = "{{ tasks.seen.text | lower }}"
        return [
            "name": .string(decoy.lowercased()),
            "variables": ["decoy": .string(decoy)],
            "browser": ["trace": "on", "har": "sieved.har", "headers": ["X-Canary": .string(born)], "network": true],
            "tasks": [
                [
                    "action": "goto",
                    "url": .string("\(url)/?plain=\(plain)&q={{ secrets.sieved | upper | urlencode }}"),
                ],
                ["action": "fill", "selector": "#plain", "text": .string(plain)],
                ["action": "fill", "selector": "#field", "text": .string("\(upper) \(born) \(amount)")],
                ["action": "fill", "selector": "#password", "text": "{{ secrets.sieved | json }}"],
                ["action": "click", "selector": "#send"],
                ["action": "wait_for", "selector": "#echo"],
                ["action": "extract", "selector": "#echo", "id": "seen"],
                ["action": "extract", "selector": "#plain", "id": "plain"],
                ["action": "write_file", "path": "made.txt", "text": .string(born), "on_error": "continue"],
                ["action": "write_file", "path": "seen.txt", "text": .string(seen), "on_error": "continue"],
                ["action": "write_file", "path": "plain.txt", "text": "{{ tasks.plain.text | lower }}"],
                ["action": "screenshot", "name": "page"],
                [
                    "action": "send_mail", "mailbox": "buero@kanzlei.example", "to": ["anna@kunde.example"],
                    "subject": .string(plain), "text": .string("{{ secrets.sieved | json }} \(seen)"),
                ],
                ["action": "expect", "selector": "#echo", "equals": .string("not \(upper) \(amount)"), "timeout": 1],
            ],
            "outputs": ["seen": .string(seen)],
        ]
    }
}
