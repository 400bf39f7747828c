"""Microsoft's SDK's side of a figure of mail; runs in the virtual environment of tools/graph-clients.

What cpa-bench prints for ours. Large files go up by a loop over httpx, because the SDK's own upload in pieces is broken
(msgraph-sdk-python-core issues 716 and 718); the session is made by the SDK.
"""
import argparse
import asyncio
import json
import os
import resource
import ssl
import time
import urllib.parse

PIECE = 3_932_160


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("figure", choices=["draft", "direct", "upload", "read"])
    for name in ("graph", "ca", "tenant", "client", "secret", "mailbox", "to", "file", "bytes", "sha256"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--lanes", type=int, default=1)
    return parser.parse_args()


asked = arguments()
os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = asked.ca

import azure.identity.aio
import httpx
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.models.attachment_item import AttachmentItem
from msgraph.generated.models.attachment_type import AttachmentType
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.users.item.mail_folders.item.messages.messages_request_builder import MessagesRequestBuilder
from msgraph.generated.users.item.messages.item.attachments.create_upload_session.create_upload_session_post_request_body import (
    CreateUploadSessionPostRequestBody,
)
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory


class Side:
    def __init__(self):
        self.credential = azure.identity.aio.ClientSecretCredential(
            asked.tenant, asked.client, asked.secret, authority=asked.graph, disable_instance_discovery=True
        )
        trust = ssl.create_default_context(cafile=asked.ca)
        self.plain = httpx.AsyncClient(timeout=60, verify=trust)
        self.http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(timeout=60, verify=trust))
        provider = AzureIdentityAuthenticationProvider(
            self.credential, scopes=["https://graph.microsoft.com/.default"],
            allowed_hosts=[urllib.parse.urlparse(asked.graph).netloc, "127.0.0.1"],
        )
        adapter = GraphRequestAdapter(provider, self.http)
        adapter.base_url = f"{asked.graph}/v1.0"
        self.graph = GraphServiceClient(request_adapter=adapter)
        self.user = self.graph.users.by_user_id(asked.mailbox)

    async def close(self):
        await self.credential.close()
        await self.http.aclose()
        await self.plain.aclose()

    def message(self, number, attachments=None):
        return Message(
            subject=f"Rechnung {number}",
            body=ItemBody(content_type=BodyType.Html, content="<p>Guten Tag,</p><p>anbei die Rechnung.</p>"),
            to_recipients=[Recipient(email_address=EmailAddress(address=asked.to))],
            attachments=attachments,
        )

    def attachment(self):
        with open(asked.file, "rb") as file:
            return FileAttachment(
                odata_type="#microsoft.graph.fileAttachment", name="Rechnung.pdf", content_type="application/pdf",
                content_bytes=file.read(),
            )

    async def draft(self, number):
        draft = await self.user.messages.post(self.message(number))
        message = self.user.messages.by_message_id(draft.id)
        await message.attachments.post(self.attachment())
        await message.send.post()

    async def direct(self, number):
        await self.user.send_mail.post(SendMailPostRequestBody(
            message=self.message(number, [self.attachment()]), save_to_sent_items=True,
        ))

    async def upload(self, number):
        draft = await self.user.messages.post(self.message(number))
        message = self.user.messages.by_message_id(draft.id)
        size = os.path.getsize(asked.file)
        session = await message.attachments.create_upload_session.post(CreateUploadSessionPostRequestBody(
            attachment_item=AttachmentItem(attachment_type=AttachmentType.File, name="Rechnung.pdf", size=size)
        ))
        position = 0
        with open(asked.file, "rb") as file:
            while piece := file.read(PIECE):
                answer = await self.plain.put(session.upload_url, content=piece, headers={
                    "Content-Range": f"bytes {position}-{position + len(piece) - 1}/{size}",
                    "Content-Type": "application/octet-stream",
                })
                position += len(piece)
                assert answer.status_code == (201 if position == size else 200), answer.text
        await message.send.post()

    async def read(self, _):
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            top=50, orderby=["receivedDateTime desc"], filter="receivedDateTime ge 1970-01-01T00:00:00Z",
            select=["id", "internetMessageId", "subject", "from", "toRecipients", "ccRecipients", "receivedDateTime",
                    "isRead", "isDraft", "hasAttachments", "body"],
        )
        headers = HeadersCollection()
        headers.add("Prefer", 'outlook.body-content-type="text"')
        configuration = RequestConfiguration(query_parameters=query, headers=headers)
        messages = self.graph.users.by_user_id(asked.to).mail_folders.by_mail_folder_id("inbox").messages
        page = await messages.get(request_configuration=configuration)
        found = list(page.value)
        while page.odata_next_link and len(found) < 500:
            page = await messages.with_url(page.odata_next_link).get(RequestConfiguration(headers=headers))
            found += page.value
        assert len(found) == 500 and all(mail.body.content for mail in found)


def peak_mb():
    """The most this process ever held; getrusage would count what it was before it became this program."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main():
    side = Side()
    once = getattr(side, asked.figure)
    for number in range(max(1, min(4, asked.iterations // 5))):
        await once(-1 - number)
    numbers = iter(range(asked.iterations))
    times = []

    async def lane():
        for number in numbers:
            began = time.perf_counter()
            await once(number)
            times.append((time.perf_counter() - began) * 1000)

    processor, start = processor_seconds(), time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(asked.lanes)))
    took = time.perf_counter() - start
    used = processor_seconds() - processor
    await side.close()
    print(json.dumps({
        "ms": times, "per_second": asked.iterations / took, "cpu_ms": used * 1000 / asked.iterations,
        "rss_mb": peak_mb(),
    }))


asyncio.run(main())
