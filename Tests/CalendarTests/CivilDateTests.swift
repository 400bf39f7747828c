import Testing

@testable import Calendar

@Suite struct CivilDateTests {
    @Test func `every day of four centuries is read as it was written`() {
        for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
            #expect(CivilDate(daysSince1970: day).daysSince1970 == day)
        }
    }

    private static let known: [(Int64, CivilDate)] = [
        (0, CivilDate(year: 1970, month: 1, day: 1)), (-1, CivilDate(year: 1969, month: 12, day: 31)),
        (11_016, CivilDate(year: 2000, month: 2, day: 29)), (47_541, CivilDate(year: 2100, month: 3, day: 1)),
        (-719_528, CivilDate(year: 0, month: 1, day: 1)), (-719_529, CivilDate(year: -1, month: 12, day: 31)),
    ]

    @Test(arguments: known)
    func `days are dates of the Gregorian calendar`(days: Int64, date: CivilDate) {
        #expect(CivilDate(daysSince1970: days) == date)
        #expect(date.daysSince1970 == days)
    }
}
