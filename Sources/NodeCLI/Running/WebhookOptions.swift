import ArgumentParser
import Webhooks

/// Where webhooks may lead.
struct WebhookOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A name, an address or a range of this network that webhooks may lead to, like hooks.intranet or 10.1.0.0/16.",
            discussion: "May be given several times. Otherwise they lead to the public internet only.",
            valueName: "address"))
    var webhookAllow: [String] = []

    func validate() throws {
        do {
            _ = try AddressPolicy(allowing: self.webhookAllow)
        } catch {
            throw ValidationError("\(error).")
        }
    }

    var policy: AddressPolicy {
        get throws { try AddressPolicy(allowing: self.webhookAllow) }
    }
}
