"""The voice side of the local Discord: voice gateway, UDP, transport encryption, recorder.

Cores without I/O (`hub`, `handshake`, `admission`, `call`, `media`, `session`, `replay`, `rtp`, `transport`,
`capture`, `ogg`; for end-to-end encryption `dave_desk`, `dave_group`, `dave_ear`, `mls_sender`, `mls_wire`)
decide; the shells `region` (one WebSocket listener and one UDP socket), `listeners` and
`service` (what the rest of the sandbox talks to) wait and perform. May import `gateway_client.ids` and
`sandbox`. On purpose not the client's own `voice.rtp` and `voice.crypto`: this side judges that one, and an
error that both shared would be noticed by nobody.
"""

from sandbox.voice.service import VoiceServer as VoiceServer
