"""The voice side of the local Discord: voice gateway, UDP, transport encryption, recorder.

Cores without I/O (`hub`, `handshake`, `media`, `session`, `admission`, `replay`, `rtp`, `transport`,
`capture`, `ogg`) decide; the shells `region` (one WebSocket listener and one UDP socket) and `service`
(what the rest of the sandbox talks to) wait and perform. Imports `gateway_client.ids` and the contracts of
`sandbox`; on purpose not the client's own `voice.rtp` and `voice.crypto`: this side judges that one, and an
error that both shared would be heard by nobody.
"""
