"""Letters and text messages: a real mail server, a provider's protocol, and the folder."""

import ssl
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from app.core import caught
from app.core.caught import Letters
from app.core.clock import now
from app.core.mail import Mail, SendMail, Sms
from app.core.posting import (
    HttpTexter,
    Refused,
    SmtpMailer,
    Unavailable,
    mailer_of,
    texter_of,
)
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.startup import StartupError
from tests.post import MailServer, Provider, mail_server, provider

MAIL = Mail(to="ana@example.com", subject="Your code", text="It is 123456.\nÄ line more.")
SMS = Sms(to="+41791234567", text="Your code is 123456 & more.")


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[Provider]:
    async with provider() as made:
        yield made


def _settings(server: MailServer, **more: Any) -> Settings:
    given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": "none"}
    return Settings(**{**given, "smtp_sender": "Lyceum <lyceum@example.org>", **more})


def _texter(http: Provider, **more: Any) -> HttpTexter:
    given = {"sms_url": http.url, "sms_account": "AC1", "sms_token": SecretStr("secret")}
    return HttpTexter(Settings(**{**given, "sms_sender": "+15550001", **more}))


class TestSmtp:
    async def test_a_letter(self, server: MailServer) -> None:
        await SmtpMailer(_settings(server)).send(MAIL, "k1")
        [letter] = server.letters
        assert server.recipients == [["ana@example.com"]]
        assert (letter["From"], letter["To"]) == ("Lyceum <lyceum@example.org>", "ana@example.com")
        assert (letter["Subject"], letter["Message-ID"]) == ("Your code", "<k1@example.org>")
        assert letter["Auto-Submitted"] == "auto-generated"
        assert abs(letter["Date"].datetime - now()) < timedelta(minutes=1)
        assert letter.get_content().splitlines() == ["It is 123456.", "Ä line more."]

    @pytest.mark.parametrize(
        "subject",
        ["One\r\nBcc: eve@example.com", "One\nBcc: eve@example.com", "One\x85Bcc: eve@example.com"],
    )
    async def test_a_subject_begins_no_header(self, server: MailServer, subject: str) -> None:
        mail = MAIL.model_copy(update={"subject": subject})
        await SmtpMailer(_settings(server)).send(mail, "k1")
        [letter] = server.letters
        assert (letter["Subject"], letter["Bcc"]) == ("One Bcc: eve@example.com", None)
        assert server.recipients == [["ana@example.com"]]

    @pytest.mark.parametrize(
        "address",
        [
            "ana@example.com, eve@example.com",
            "ana@example.com\r\nBcc: eve@example.com",
            "ana@example.com>\r\nRCPT TO:<eve@example.com",
            "Ana <ana@example.com>",
            "ana",
            "",
        ],
    )
    async def test_an_address_is_one_address(self, server: MailServer, address: str) -> None:
        with pytest.raises(Refused):
            await SmtpMailer(_settings(server)).send(MAIL.model_copy(update={"to": address}), "k")
        assert server.letters == []

    async def test_a_domain_beyond_ascii(self, server: MailServer) -> None:
        mail = MAIL.model_copy(update={"to": "ana@bücher.example"})
        await SmtpMailer(_settings(server)).send(mail, "k1")
        assert server.recipients == [["ana@xn--bcher-kva.example"]]

    async def test_a_name_beyond_ascii_for_a_server_that_knows_none(
        self, server: MailServer
    ) -> None:
        mail = MAIL.model_copy(update={"to": "änne@example.com"})
        with pytest.raises(Refused):
            await SmtpMailer(_settings(server)).send(mail, "k1")
        assert server.letters == []

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            ("451 4.7.1 <ana@example.com> come again", Unavailable),
            ("421 4.7.0 too many", Unavailable),
            ("550 5.1.1 <ana@example.com> is nobody", Refused),
        ],
    )
    async def test_a_refusal_says_neither_address_nor_text(
        self, server: MailServer, answer: str, kind: type[Exception]
    ) -> None:
        server.answers = [answer]
        mailer = SmtpMailer(_settings(server))
        with pytest.raises(kind) as refused:
            await mailer.send(MAIL, "k1")
        assert str(refused.value) == f"The mail server answered {answer[:3]}."
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
        assert server.letters == []
        await mailer.send(MAIL, "k1")
        assert [letter["Message-ID"] for letter in server.letters] == ["<k1@example.org>"]

    async def test_one_that_hangs(self, server: MailServer) -> None:
        server.hangs = True
        with pytest.raises(Unavailable):
            await SmtpMailer(_settings(server, smtp_timeout=0.3)).send(MAIL, "k1")

    async def test_one_that_is_not_there(self, server: MailServer) -> None:
        with pytest.raises(Unavailable, match="SMTPConnectError"):
            await SmtpMailer(_settings(server, smtp_port=1)).send(MAIL, "k1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, and a certificate of 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


class TestTls:
    @pytest.mark.parametrize("mode", ["starttls", "tls"])
    async def test_signed_in_over_it(
        self, certificate: Path, mode: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with mail_server(_context(certificate), wrapped=mode == "tls") as server:
            given = _settings(
                server, smtp_tls=mode, smtp_user="lyceum", smtp_password=SecretStr("right")
            )
            await SmtpMailer(given).send(MAIL, "k1")
            assert len(server.letters) == 1
            wrong = given.model_copy(update={"smtp_password": SecretStr("wrong")})
            with pytest.raises(Refused, match="answered 535"):
                await SmtpMailer(wrong).send(MAIL, "k1")
            assert len(server.letters) == 1

    @pytest.mark.parametrize("mode", ["starttls", "tls"])
    async def test_a_certificate_that_nobody_vouches_for(
        self, certificate: Path, mode: str
    ) -> None:
        async with mail_server(_context(certificate), wrapped=mode == "tls") as server:
            with pytest.raises(Unavailable):
                await SmtpMailer(_settings(server, smtp_tls=mode)).send(MAIL, "k1")
            assert server.letters == []

    async def test_a_server_without_it_gets_nothing(self, server: MailServer) -> None:
        with pytest.raises(Unavailable):
            await SmtpMailer(_settings(server, smtp_tls="starttls")).send(MAIL, "k1")
        assert server.letters == []


class TestHttp:
    async def test_a_message(self, http: Provider) -> None:
        await _texter(http).send(SMS, "k1")
        assert http.messages == [
            {"To": "+41791234567", "From": "+15550001", "Body": "Your code is 123456 & more."}
        ]
        [headers] = http.headers
        assert headers["authorization"] == "Basic QUMxOnNlY3JldA=="
        assert headers["idempotency-key"] == "k1"

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, Refused),
            (401, Refused),
            (404, Refused),
            (302, Unavailable),
            (408, Unavailable),
            (429, Unavailable),
            (500, Unavailable),
            (503, Unavailable),
        ],
    )
    async def test_refusals(self, http: Provider, status: int, kind: type[Exception]) -> None:
        http.answers = [status]
        with pytest.raises(kind) as refused:
            await _texter(http).send(SMS, "k1")
        assert str(refused.value) == f"The provider answered {status}."
        assert http.messages == []

    async def test_one_that_hangs(self, http: Provider) -> None:
        http.hangs = True
        with pytest.raises(Unavailable):
            await _texter(http, sms_timeout=0.3).send(SMS, "k1")

    @pytest.mark.parametrize("number", ["0791234567", "+0123456789", "+4179\n123", "", "+41 79 1"])
    async def test_a_number_is_one(self, http: Provider, number: str) -> None:
        with pytest.raises(Refused):
            await _texter(http).send(Sms(to=number, text="x"), "k1")
        assert http.messages == []


class TestSettings:
    def test_development_keeps_them(self, settings: Settings) -> None:
        assert isinstance(mailer_of(settings), Letters)
        assert isinstance(texter_of(settings), Letters)

    def test_production_needs_a_mail_server(self, settings: Settings) -> None:
        production = settings.model_copy(update={"environment": "production"})
        with pytest.raises(StartupError, match="LYCEUM_SMTP_HOST"):
            mailer_of(production)

    @pytest.mark.parametrize("sender", ["", "nobody", "Lyceum <nobody>"])
    def test_a_sender_needs_an_address(self, settings: Settings, sender: str) -> None:
        given = settings.model_copy(update={"smtp_host": "mail", "smtp_sender": sender})
        with pytest.raises(StartupError, match="LYCEUM_SMTP_SENDER"):
            mailer_of(given)

    async def test_production_without_a_provider_sends_no_text_message(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        production = settings.model_copy(update={"environment": "production"})
        with pytest.raises(Refused, match="LYCEUM_SMS_URL"):
            await texter_of(production).send(SMS, "k1")
        assert list(tmp_path.iterdir()) == []


class TestLetters:
    async def test_are_kept_in_order_and_once(self, tmp_path: Path) -> None:
        letters = Letters(tmp_path / "letters")
        assert letters.names() == set()
        await letters.send(MAIL, "k1")
        await letters.send(SMS, "k2")
        await letters.send(MAIL, "k1")
        found = letters.read(letters.names())
        assert [(each.to, each.subject, each.text) for each in found] == [
            (MAIL.to, MAIL.subject, MAIL.text),
            (SMS.to, None, SMS.text),
        ]
        assert stat.S_IMODE(letters.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in letters.folder.iterdir()} == {0o600}

    async def test_old_ones_are_forgotten(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(caught, "_MOST", 2)
        letters = Letters(tmp_path)
        for number in range(4):
            await letters.send(MAIL.model_copy(update={"subject": str(number)}), f"k{number}")
        assert [each.subject for each in letters.read(letters.names())] == ["2", "3"]


class TestKey:
    async def test_is_the_jobs(self, resources: Resources) -> None:
        one, other = [await SendMail.of(resources.envelope, MAIL) for _ in range(2)]
        again = SendMail.model_validate(one.model_dump())
        assert one.key == again.key != other.key
        assert len(one.key) == 32
