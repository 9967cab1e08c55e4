/// A mail as a page: what it looks like stands in it, and nothing is fetched from elsewhere.
///
/// Programs that read mails know little of HTML: the letters and colours of light pages stand in each element, and those of dark
/// ones in a style sheet, which some leave out.
struct MailPage {
    private static let letters = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

    let content: MailContent
    let serverName: String

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>\(Self.escaped(self.content.subject))</title>
        <style>
        @media (prefers-color-scheme: dark) {
        .paper { background: #11161c !important; }
        .sheet { background: #181f27 !important; border-color: #2a343f !important; }
        .ink { color: #e4e9ef !important; }
        .faint { color: #93a0ad !important; }
        .field { background: #11161c !important; border-color: #2a343f !important; }
        .quote { background: #11161c !important; border-color: #3fb8ae !important; }
        .beam { color: #3fb8ae !important; }
        .button { background: #3fb8ae !important; color: #06201e !important; }
        }
        </style>
        </head>
        <body class="paper" style="margin:0;padding:0;background:#f6f7f9">
        <table role="presentation" class="paper" width="100%" cellpadding="0" cellspacing="0" style="background:#f6f7f9">
        <tr><td align="center" style="padding:24px 12px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px;\(Self.letters)">
        <tr><td class="beam" style="padding:0 4px 12px;color:#0b6e67;font-size:15px;font-weight:700">\
        \(Self.escaped(self.serverName))</td></tr>
        <tr><td class="sheet" style="padding:28px 24px 12px;background:#ffffff;border:1px solid #dde2e8;border-radius:10px">
        <h1 class="ink" style="margin:0 0 16px;color:#1b2430;font-size:21px;line-height:1.3">\
        \(Self.escaped(self.content.title))</h1>
        \(self.content.blocks.map(Self.html).joined(separator: "\n"))
        </td></tr>
        <tr><td class="faint" style="padding:14px 4px 0;color:#5f6b78;font-size:12px;line-height:1.5">\
        \(Self.escaped(self.content.reason))</td></tr>
        </table>
        </td></tr>
        </table>
        </body>
        </html>

        """
    }

    private static func html(_ block: MailContent.Block) -> String {
        switch block {
        case .paragraph(let text):
            return """
                <p class="ink" style="margin:0 0 16px;color:#1b2430;font-size:15px;line-height:1.55">\(Self.escaped(text))</p>
                """
        case .code(let code):
            return """
                <p class="ink field" style="margin:0 0 16px;padding:14px 0 14px 8px;background:#f6f7f9;border:1px solid #dde2e8;\
                border-radius:8px;color:#1b2430;font:700 32px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:8px;\
                text-align:center">\(Self.escaped(code))</p>
                """
        case .link(let label, _, let address):
            return """
                <p style="margin:0 0 16px"><a class="button" href="\(Self.escaped(address))" style="display:inline-block;\
                padding:11px 20px;background:#0b6e67;border-radius:8px;color:#ffffff;font-size:15px;font-weight:600;\
                text-decoration:none">\(Self.escaped(label))</a></p>
                """
        case .quote(let text):
            return """
                <p class="ink quote" style="margin:0 0 16px;padding:10px 14px;background:#f6f7f9;border-left:3px solid #0b6e67;\
                color:#1b2430;font-size:15px;line-height:1.55;white-space:pre-line">\(Self.escaped(text))</p>
                """
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
