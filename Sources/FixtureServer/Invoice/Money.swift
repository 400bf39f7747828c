/// An amount in euros, counted in cents.
struct Money: Hashable, Comparable, Sendable {
    let cents: Int

    static func < (lhs: Money, rhs: Money) -> Bool { lhs.cents < rhs.cents }
    static func + (lhs: Money, rhs: Money) -> Money { Money(cents: lhs.cents + rhs.cents) }

    /// `1.249,50`
    var german: String { format(group: ".", decimal: ",") }
    /// `1,249.50`
    var english: String { format(group: ",", decimal: ".") }

    private func format(group: String, decimal: String) -> String {
        var whole = String(abs(cents) / 100)
        var groups: [String] = []
        while whole.count > 3 {
            groups.insert(String(whole.suffix(3)), at: 0)
            whole.removeLast(3)
        }
        groups.insert(whole, at: 0)
        let sign = cents < 0 ? "-" : ""
        return sign + groups.joined(separator: group) + decimal + CalendarDay.twoDigits(abs(cents) % 100)
    }
}
