/// Personal data found in text.
package enum PersonalData {
    /// What it is.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case iban
        /// Steuerliche Identifikationsnummer of a person.
        case taxID = "tax_id"
        /// Steuernummer of a tax office; known by the words before it alone.
        case taxNumber = "tax_number"
        /// Umsatzsteuer-Identifikationsnummer.
        case vatID = "vat_id"
        case card, email, phone
    }

    /// One piece of it.
    package struct Finding: Sendable, Hashable {
        package var kind: Kind
        /// Where, in bytes of the text's UTF-8; hidden characters inside are part of it.
        package var range: Range<Int>
        /// How sure that is, 0…1.
        package var score: Double
    }
}
