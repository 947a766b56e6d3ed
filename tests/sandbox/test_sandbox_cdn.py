from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.app import open_sandbox
from sandbox.model.default import MUSIC_ID, OWNER_ID
from sandbox.model.entities import Upload
from sandbox.wire.messages import to_wire_attachment


@pytest.mark.parametrize(
    "name", ["plain.ogg", "mü řík.ogg", "日本.flac", 'quote".mp3', "a;b=c.wav", "../../etc/passwd.mp3"]
)
async def test_file_of_any_name_is_served(name: str) -> None:
    async with open_sandbox() as sandbox, httpx.AsyncClient() as client:
        ada = sandbox.people.of(OWNER_ID)
        message = ada.send_message(MUSIC_ID, files=[Upload(filename=name, content=b"sound")])
        url = str(to_wire_attachment(message.attachments[0], sandbox.url)["url"])
        assert urlsplit(url).path.isascii()
        answer = await client.get(url, headers={"Range": "bytes=1-2"})
        assert (answer.status_code, answer.content) == (206, b"ou")
        assert answer.headers["content-disposition"].isascii()
