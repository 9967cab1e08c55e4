/// What a mail says, from which its text and its page follow.
struct MailContent: Sendable {
    enum Block: Sendable {
        case paragraph(String)
        /// Digits that are typed somewhere.
        case code(String)
        /// Where the mail leads to. `lead` stands before the address in the text, where there is no button.
        case link(label: String, lead: String = "", address: String)
        /// What a person wrote.
        case quote(String)
    }

    var subject: String
    /// Of the page; the text has the subject above it.
    var title: String
    var blocks: [Block]
    /// Why the mail came.
    var reason: String

    var text: String {
        let texts = self.blocks.map { block in
            switch block {
            case .paragraph(let text), .code(let text), .quote(let text): text
            case .link(_, let lead, let address): "\(lead)\(address)"
            }
        }
        return (texts + ["-- \n\(self.reason)\n"]).joined(separator: "\n\n")
    }
}
