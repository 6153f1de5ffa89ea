"""The tokens after what happened to them: one event or very many, in a time that grows with their number and not with its square."""

from collections.abc import Iterable
from heapq import heappop, heappush

from hubconsole.domain import events as e
from hubconsole.domain.access import Token, Tokens, ending


class _Held:
    """One member's tokens in the order of their issue, and when each may run out."""

    __slots__ = ("ends", "tokens")

    def __init__(self, tokens: Iterable[Token]) -> None:
        self.tokens: dict[str, Token] = {}
        self.ends: list[tuple[int, str]] = []
        for token in tokens:
            self.put(token)

    def put(self, token: Token) -> None:
        """Add a token, or put it in the place of the one with its id."""
        before = self.tokens.get(token.id)
        self.tokens[token.id] = token
        if before is None or before.expires_at != token.expires_at:
            heappush(self.ends, (token.expires_at, token.id))

    def forget(self, now: int) -> None:
        """Leave out what ran out by ``now``."""
        while self.ends and self.ends[0][0] <= now:
            ended, token_id = heappop(self.ends)
            token = self.tokens.get(token_id)
            if token is not None and token.expires_at == ended:
                del self.tokens[token_id]


class TokenFold:
    """Tokens while events are folded into them. Changed in place, so it is for one fold and never part of a state."""

    def __init__(self, tokens: Tokens) -> None:
        self._before = dict(tokens)
        self._held: dict[str, _Held] = {}
        """Those members' whom an event was about."""

    def take(self, event: e.TokenIssued | e.TokenRevoked) -> None:
        """What ``event`` makes of them."""
        held = self._held.get(event.member)
        if held is None:
            held = self._held[event.member] = _Held(self._before.get(event.member, ()))
        if isinstance(event, e.TokenRevoked):
            token = held.tokens.get(event.token_id)
            if token is not None:
                # As ``replace`` would, at a quarter of its cost.
                held.tokens[token.id] = Token(
                    token.id,
                    token.member,
                    token.scope,
                    token.label,
                    token.digest,
                    token.issued_by,
                    token.expires_at,
                    token.replaces,
                    revoked=True,
                )
            return
        # What ran out is forgotten here, or a hub would grow with every login that it ever saw.
        held.forget(event.issued_at)
        replaced = held.tokens.get(event.replaces)
        if replaced is not None:
            held.put(ending(replaced, event))
        made = Token(
            event.token_id, event.member, event.scope, event.label, event.digest, event.issued_by, event.expires_at, event.replaces
        )
        held.put(made)

    def tokens(self) -> Tokens:
        """All of them as the state has them."""
        after = {member: tuple(held.tokens.values()) for member, held in self._held.items()}
        return tuple((self._before | after).items())


def evolve_tokens(tokens: Tokens, event: e.TokenIssued | e.TokenRevoked) -> Tokens:
    """The tokens after ``event``."""
    fold = TokenFold(tokens)
    fold.take(event)
    return fold.tokens()
