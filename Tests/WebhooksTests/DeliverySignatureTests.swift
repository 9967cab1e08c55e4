import ObjectModel
import Testing

@testable import Webhooks

/// Expected values are Python's: `hmac.new(key, text, hashlib.sha256)`.
@Suite struct DeliverySignatureTests {
    private let id = WebhookDeliveryID(rawValue: "0123456789abcdef0123")
    private let body = Array(#"{"payload":{}}"#.utf8)
    // 1700000000 in seconds, cut off.
    private let now = Timestamp(millisecondsSinceEpoch: 1_700_000_000_999)

    @Test("Speckle's is over the body, with the secret or nothing as its key")
    func speckle() {
        func signature(_ secret: WebhookSecret) -> String? { self.value("X-WEBHOOK-SIGNATURE", secret) }
        #expect(
            signature(WebhookSecret(nil)) == "41d94480dcc94dc518c0dc59616b80b9992d0324af662b9a5965828b302fb591")
        #expect(signature(WebhookSecret("")) == signature(WebhookSecret(nil)))
        #expect(
            signature(WebhookSecret("secret")) == "6da579fbf37ee0df00637dae2bd95d0f17efc13bb4c6a189ec333159875dc5b3")
        #expect(
            signature(WebhookSecret("gehéim")) == "f60c929ef21b3f4d8c6f872d819e9ff39831a5fbcb81b00ce6f929d959d978f2")
    }

    @Test("That of Standard Webhooks is over id, time and body")
    func standard() {
        #expect(self.value("webhook-id", WebhookSecret("secret")) == "0123456789abcdef0123")
        #expect(self.value("webhook-timestamp", WebhookSecret("secret")) == "1700000000")
        #expect(self.standard(WebhookSecret("secret")) == "v1,WLfaQj/MJ3WK2Xu0fb7lzSkXei81MKL1sLVDVL7soUg=")
        #expect(
            self.standard(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
                == "v1,W2ywrpziHu15oh2ScCHaTu3kXIZsdfZBW37iaFA0uJA=")
        // What only looks like base64 is a secret as it stands.
        #expect(self.standard(WebhookSecret("whsec_!")) != nil)
        #expect(self.standard(WebhookSecret(nil)) == nil)
    }

    @Test("The vector of the Standard Webhooks libraries")
    func published() {
        let headers = DeliverySignature.headers(
            of: Array(#"{"test": 2432232314}"#.utf8), id: WebhookDeliveryID(rawValue: "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            secret: WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            at: Timestamp(millisecondsSinceEpoch: 1_614_265_330_000))
        #expect(headers.last == .init("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
    }

    @Test("A former secret signs as well, until its time is over")
    func rotation() {
        var secret = WebhookSecret("secret", former: "former", formerUntil: self.now + .milliseconds(1))
        #expect(
            self.standard(secret)
                == "v1,WLfaQj/MJ3WK2Xu0fb7lzSkXei81MKL1sLVDVL7soUg= v1,ShdgDYK3cZ/MMxJLFQtu5bjjuyiLVScBO1BmnrDirBc=")
        // Speckle's has room for one.
        #expect(self.value("X-WEBHOOK-SIGNATURE", secret) == self.value("X-WEBHOOK-SIGNATURE", WebhookSecret("secret")))
        secret.text = nil
        #expect(self.standard(secret) == "v1,ShdgDYK3cZ/MMxJLFQtu5bjjuyiLVScBO1BmnrDirBc=")
        secret = WebhookSecret("secret", former: "former", formerUntil: self.now)
        #expect(self.standard(secret) == self.standard(WebhookSecret("secret")))
        secret.formerUntil = nil
        #expect(self.standard(secret) == self.standard(WebhookSecret("secret")))
    }

    private func standard(_ secret: WebhookSecret) -> String? { self.value("webhook-signature", secret) }

    private func value(_ name: String, _ secret: WebhookSecret) -> String? {
        DeliverySignature.headers(of: self.body, id: self.id, secret: secret, at: self.now)
            .first { $0.name == name }?.value
    }
}
