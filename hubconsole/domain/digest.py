"""The approval digest: what exactly an approval binds, and nothing else.

SHA-256 over canonical JSON (sorted keys, no spaces, ASCII escapes) of every fact that must not differ
between what was approved and what goes on the wire. Anybody can compute it again from the record.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything around the words: where they go, to whom, in answer to what, under which policy."""

    enquiry: str
    channel: str
    account: str
    recipient: str
    visibility: str
    in_reply_to: str
    """Id of the newest customer message that the reply answers."""
    policy: str
    """Version of the policy in force."""
    subject: str = ""
    """Subject line; a mail shows it."""
    attachments: tuple[str, ...] = ()
    """SHA-256 (hex) of each attached file, in order."""


_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
# JSONEncoder.encode builds its C encoder anew for every value; every event and command is encoded, so ours is built once.
_build = getattr(json.encoder, "c_make_encoder", None)
_chunks = _build(None, _encoder.default, json.encoder.encode_basestring_ascii, None, ":", ",", True, False, True) if _build else None


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces and ASCII escapes: one text for one value."""
    return "".join(_chunks(value, 0)) if _chunks else _encoder.encode(value)


def text_hash(text: str) -> str:
    """SHA-256 (hex) of the exact UTF-8 bytes; lone surrogates are kept apart from their look-alikes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(256)
def approval_digest(text: str, envelope: Envelope) -> str:
    """The 64 hex digits that an approval of ``text`` in ``envelope`` carries."""
    facts = {
        "v": 1,
        "text": text_hash(text),
        "attachments": list(envelope.attachments),
        "enquiry": envelope.enquiry,
        "channel": envelope.channel,
        "account": envelope.account,
        "recipient": envelope.recipient,
        "visibility": envelope.visibility,
        "in_reply_to": envelope.in_reply_to,
        "policy": envelope.policy,
        "subject": envelope.subject,
    }
    return hashlib.sha256(canonical(facts).encode()).hexdigest()
