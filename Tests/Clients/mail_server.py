"""A mail server for tests, which takes, puts off or refuses what it is told to (aiosmtpd), and a made-up authority for it."""
import datetime
import email
import email.policy
import ipaddress
import logging
import socket
import ssl
import threading
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Of the server whose connections are TLS from the first byte, it does not know that.
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
# Clients that turn away are part of the tests.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Authority:
    """Makes `authority.pem` and a server's certificate for 127.0.0.1 in a folder."""

    def __init__(self, folder):
        self.file, self.chain = folder / "authority.pem", folder / "server.pem"
        key, name = ec.generate_private_key(ec.SECP256R1()), self.name("Test authority")
        self.write(self.file, self.certificate(name, key, name, key, None))
        server = ec.generate_private_key(ec.SECP256R1())
        plain = server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.write(self.chain, self.certificate(self.name("127.0.0.1"), server, name, key, "127.0.0.1"), plain)

    @staticmethod
    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    @staticmethod
    def write(file, certificate, key=b""):
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key)

    @staticmethod
    def certificate(subject, key, issuer, issuer_key, address):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True))
        if address:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context


class MailServer:
    """A server on one port, which keeps what it takes. Each of `answers` is given once, to a recipient or, by `on_data`, to a mail."""

    def __init__(self, **options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.options, self.controller = options, None
        self.taken, self.envelopes, self.answers, self.on_data = [], [], [], None

    def start(self):
        # Nobody needs reverse look-ups, and there is no time to wait for them.
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="mail.test", **self.options)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
        self.controller = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append(message)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, session.ssl is not None, session.host_name, envelope.content))
        return self.on_data() if self.on_data else "250 Taken"

    def to(self, address):
        return [message for message in self.taken if message["To"] == address]


def authenticator(user, password):
    """Lets one person in. A refusal must say that it was not handled, or no answer is given."""
    def check(server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=is_right)
    return check


class SilentServer:
    """Takes connections and says nothing, ever."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.connections = self.socket.getsockname()[1], []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                self.connections.append(self.socket.accept()[0])
        except OSError:
            return

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.connections:
            connection.close()
