"""Works the fixture Graph with Microsoft's SDK and identity libraries and msal, each unchanged.

    drive.py FIXTURES_JSON CA_PEM CLIENT_PEM

FIXTURES_JSON is the line cpa-fixtures prints; CLIENT_PEM a certificate with its key that becomes the application's.
Prints one line a step; ends with the first that is not as it is with the real service.
"""
import asyncio
import datetime
import hashlib
import json
import os
import sys
import time
import urllib.parse

fixtures = json.load(open(sys.argv[1]))
ca, client_pem = os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
origin, tenant, client_id = fixtures["graph"], fixtures["graph_tenant"], fixtures["graph_client_id"]
secret, mailbox = fixtures["graph_client_secret"], fixtures["mailbox"]
scope = "https://graph.microsoft.com/.default"
receiver = "anna@kunde.example"
# What the libraries read themselves: authorities to trust, where the metadata service is.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = ca
os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = origin

import azure.identity
import azure.identity.aio
import httpx
import jwt
import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.models.attachment_item import AttachmentItem
from msgraph.generated.models.attachment_type import AttachmentType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.mail_folders.item.messages.messages_request_builder import MessagesRequestBuilder
from msgraph.generated.users.item.messages.item.attachments.create_upload_session.create_upload_session_post_request_body import (
    CreateUploadSessionPostRequestBody,
)
from msgraph.generated.users.item.messages.item.create_reply.create_reply_post_request_body import (
    CreateReplyPostRequestBody,
)
from msgraph.generated.users.item.messages.item.move.move_post_request_body import MovePostRequestBody
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory


def say(step, **facts):
    print(f"ok  {step:34}", "  ".join(f"{name}={value}" for name, value in facts.items()), flush=True)


def control(method, path, body=None):
    answer = requests.request(method, f"{origin}/_control/{path}", json=body, timeout=20)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


# MARK: Identity

def certificate_parts():
    pem = open(client_pem, "rb").read()
    key = serialization.load_pem_private_key(pem, None)
    certificate = x509.load_pem_x509_certificate(pem)
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return key, certificate, text


def identity():
    key, certificate, text = certificate_parts()
    issuer, subject = "https://issuer.example", "system:serviceaccount:rpa:cpa"
    control("POST", "application", {
        "certificates": [text],
        "federated": {"issuer": issuer, "subject": subject, "certificate": text},
    })
    common = {"authority": origin, "disable_instance_discovery": True}
    found = {}
    found["secret"] = azure.identity.ClientSecretCredential(tenant, client_id, secret, **common)
    found["certificate"] = azure.identity.CertificateCredential(tenant, client_id, certificate_path=client_pem, **common)

    def assertion():
        now = datetime.datetime.now(datetime.timezone.utc)
        claims = {"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "iat": now,
                  "exp": now + datetime.timedelta(minutes=5)}
        return jwt.encode(claims, key, algorithm="RS256")

    found["federated"] = azure.identity.ClientAssertionCredential(tenant, client_id, assertion, **common)
    found["managed identity"] = azure.identity.ManagedIdentityCredential(client_id=client_id)
    for name, credential in found.items():
        token = credential.get_token(scope)
        assert token.token.count(".") == 2
        say(f"azure-identity: {name}", expires_in=token.expires_on - int(datetime.datetime.now().timestamp()))

    authority = f"{origin}/{tenant}"
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for name, credential in {
        "secret": secret,
        "PS256, x5t#S256": {"private_key": private, "public_certificate": text},
        "RS256, x5t": {"private_key": private, "thumbprint": thumbprint},
    }.items():
        application = msal.ConfidentialClientApplication(
            client_id, credential, authority=authority, instance_discovery=False, verify=ca
        )
        answer = application.acquire_token_for_client([scope])
        assert "access_token" in answer, answer
        say(f"msal: {name}", token_type=answer["token_type"])

    answer = msal.ConfidentialClientApplication(
        client_id, "wrong", authority=authority, instance_discovery=False, verify=ca
    ).acquire_token_for_client([scope])
    assert answer["error"] == "invalid_client" and answer["error_codes"] == [7000215], answer
    try:
        msal.ConfidentialClientApplication(
            client_id, secret, authority=f"{origin}/elsewhere.example", instance_discovery=False, verify=ca
        ).acquire_token_for_client([scope])
        raise AssertionError("an unknown tenant was found")
    except ValueError:
        say("msal: refusals", secret=7000215, tenant=90002)

    configuration = requests.get(f"{authority}/v2.0/.well-known/openid-configuration", timeout=20).json()
    signer = jwt.PyJWKClient(configuration["jwks_uri"]).get_signing_key_from_jwt(token.token)
    claims = jwt.decode(token.token, signer.key, algorithms=["RS256"], audience="https://graph.microsoft.com")
    assert "Mail.Send" in claims["roles"]
    say("token verified by the published key", roles=len(claims["roles"]))


# MARK: Mail by the SDK

def recipient(address):
    return Recipient(email_address=EmailAddress(address=address))


async def mail():
    credential = azure.identity.aio.ClientSecretCredential(
        tenant, client_id, secret, authority=origin, disable_instance_discovery=True
    )
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(timeout=30))
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=[scope], allowed_hosts=[urllib.parse.urlparse(origin).netloc, "127.0.0.1"]
    )
    adapter = GraphRequestAdapter(provider, http)
    adapter.base_url = f"{origin}/v1.0"
    graph = GraphServiceClient(request_adapter=adapter)
    user = graph.users.by_user_id(mailbox)

    name = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name ClientKey"
    draft = await user.messages.post(Message(
        subject="Übersicht für März",
        body=ItemBody(content_type=BodyType.Html, content="<p>Guten Tag</p>"),
        to_recipients=[recipient(receiver)],
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=name, value="job-7")],
    ))
    assert draft.is_draft and draft.internet_message_id
    say("draft", subject=draft.subject)
    message = user.messages.by_message_id(draft.id)
    small = await message.attachments.post(FileAttachment(
        odata_type="#microsoft.graph.fileAttachment", name="klein.txt", content_type="text/plain",
        content_bytes=b"Hallo Anna",
    ))
    assert small.name == "klein.txt" and small.size > 10
    say("small attachment", size=small.size)

    large = os.urandom(5_000_000)
    session = await message.attachments.create_upload_session.post(CreateUploadSessionPostRequestBody(
        attachment_item=AttachmentItem(attachment_type=AttachmentType.File, name="groß.bin", size=len(large))
    ))
    host = urllib.parse.urlparse(session.upload_url).netloc
    assert host != urllib.parse.urlparse(origin).netloc
    async with httpx.AsyncClient(timeout=30) as plain:
        refused = await plain.put(session.upload_url, content=b"x", headers={
            "Content-Range": f"bytes 0-0/{len(large)}",
            "Authorization": "Bearer " + (await credential.get_token(scope)).token,
        })
        assert refused.status_code == 401, refused.status_code
        position = 0
        while position < len(large):
            piece = large[position:position + 3_932_160]
            answer = await plain.put(session.upload_url, content=piece, headers={
                "Content-Range": f"bytes {position}-{position + len(piece) - 1}/{len(large)}",
                "Content-Type": "application/octet-stream",
            })
            position += len(piece)
            assert answer.status_code == (201 if position == len(large) else 200), answer.text
    say("upload session on another host", bytes=position)

    await message.send.post()
    query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
        filter=f"internetMessageId eq '{draft.internet_message_id}'", expand=["attachments"],
    )
    sent = await user.mail_folders.by_mail_folder_id("sentitems").messages.get(
        request_configuration=RequestConfiguration(query_parameters=query)
    )
    assert len(sent.value) == 1 and not sent.value[0].is_draft
    hashes_found = {hashlib.sha256(item.content_bytes).hexdigest() for item in sent.value[0].attachments}
    assert hashlib.sha256(large).hexdigest() in hashes_found
    mime = await user.messages.by_message_id(sent.value[0].id).content.get()
    assert b"MIME-Version: 1.0" in mime
    say("sent copy, its files and its MIME", files=len(hashes_found), mime=len(mime))

    inbox = graph.users.by_user_id(receiver).mail_folders.by_mail_folder_id("inbox")
    first = await inbox.messages.delta.get()
    assert len(first.value) == 1 and first.odata_delta_link
    for number in range(25):
        await user.send_mail.post(SendMailPostRequestBody(message=Message(
            subject=f"Nummer {number}", body=ItemBody(content_type=BodyType.Text, content="…"),
            to_recipients=[recipient(receiver)],
        )))
    query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(top=10, select=["subject"], count=True)
    page = await inbox.messages.get(request_configuration=RequestConfiguration(query_parameters=query))
    assert page.odata_count == 26
    subjects, pages = [item.subject for item in page.value], 1
    while page.odata_next_link:
        page = await inbox.messages.with_url(page.odata_next_link).get()
        subjects += [item.subject for item in page.value]
        pages += 1
    assert len(set(subjects)) == 26 and pages == 3
    say("paging", messages=len(subjects), pages=pages)

    changes, link = 0, first.odata_delta_link
    while link:
        page = await inbox.messages.delta.with_url(link).get()
        changes += len(page.value)
        last, link = page, page.odata_next_link
    assert changes == 25 and last.odata_delta_link
    say("delta", changes=changes)

    received = graph.users.by_user_id(receiver).messages.by_message_id(first.value[0].id)
    reply = await received.create_reply.post(CreateReplyPostRequestBody(comment="Danke"))
    assert reply.subject == "RE: Übersicht für März" and reply.to_recipients[0].email_address.address == mailbox
    await graph.users.by_user_id(receiver).messages.by_message_id(reply.id).send.post()
    answers = await user.mail_folders.by_mail_folder_id("inbox").messages.get()
    assert [item.subject for item in answers.value] == [reply.subject]
    moved = await user.messages.by_message_id(answers.value[0].id).move.post(
        MovePostRequestBody(destination_id="archive")
    )
    assert moved.id != answers.value[0].id
    say("reply and move", subject=reply.subject)

    try:
        await user.messages.by_message_id(answers.value[0].id).get()
        raise AssertionError("a message was found under the id it had before it moved")
    except ODataError as error:
        assert error.response_status_code == 404 and error.error.code == "ErrorItemNotFound"
    control("POST", "tokens/revoke")
    folders = await user.mail_folders.get()
    assert any(folder.display_name == "Posteingang" for folder in folders.value)
    asked = [item["claims"] for item in control("GET", "tokens")["requests"] if item["claims"]]
    assert "nbf" in asked[-1], asked
    say("claims challenge answered by the SDK", folders=len(folders.value))
    # Longer than the SDK waits by itself, which is at most 4.5 s.
    control("POST", "faults", {"kind": "answer", "status": 429, "code": "ApplicationThrottled", "retry_after": 5})
    start = time.monotonic()
    await user.mail_folders.get()
    waited = time.monotonic() - start
    assert waited >= 5, f"asked again after {waited:.2f} s"
    assert control("GET", "faults") == [], "nothing met the 429"
    say("429 waited for by the SDK", seconds=round(waited, 1))
    await credential.close()
    await http.aclose()


identity()
asyncio.run(mail())
print("all as with the real service")
