"""What the hub API is measured against: the same two requests as FastAPI and SQLModel's ORM are ordinarily used for them.

``PLAIN_STORE=FILE python -m uvicorn tests.bench.plain_api:app``. No journal, no rules, no counts, no full text: only the rows.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import Engine, Index, event, text
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from hubconsole.clock import MINUTE

DUE = 240 * MINUTE


class EnquiryBase(SQLModel):
    """What a customer's message brings."""

    channel: str
    customer: str
    visibility: str = "public"
    priority: int = 3


class EnquiryNew(EnquiryBase):
    """What is posted."""

    text: str


class EnquiryOut(EnquiryBase):
    """A row of the board."""

    id: str
    number: int
    key: str
    state: str
    words: str
    owner: str
    gates: str
    flags: str
    on_it: str
    on_it_until: int
    due_at: int | None
    waiting_since: int | None
    received_at: int
    updated_at: int
    snoozed_until: int
    disposition: str
    draft: int
    last_author: str
    reopened: int
    rank: int
    version: int
    function: str
    open: bool


class Enquiry(EnquiryBase, table=True):
    """The board's table."""

    __table_args__ = (Index("enquiry_open", "rank", "number", sqlite_where=text("open")),)
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=lambda: str(uuid4()), unique=True)
    state: str = "new"
    words: str = ""
    owner: str = ""
    gates: str = ""
    flags: str = ""
    on_it: str = ""
    on_it_until: int = 0
    due_at: int | None = None
    waiting_since: int | None = None
    received_at: int = 0
    updated_at: int = 0
    snoozed_until: int = 0
    disposition: str = ""
    draft: int = 0
    last_author: str = ""
    reopened: int = 0
    rank: int = 0
    version: int = 1
    function: str = "service"
    open: bool = True

    @property
    def key(self) -> str:
        """What people call it."""
        return f"E-{self.number}"


class Message(SQLModel, table=True):
    """The conversation."""

    id: str = Field(default_factory=lambda: str(uuid4()), primary_key=True)
    enquiry_id: str = Field(index=True)
    direction: str = "in"
    author: str
    text: str
    at: int


class Token(SQLModel, table=True):
    """Who may ask, by the digest of their secret."""

    digest: str = Field(primary_key=True)
    member: str
    expires_at: int


class Page(SQLModel):
    """A page of the board."""

    rows: list[EnquiryOut]
    more: bool


def open_store(path: str) -> Engine:
    """The database as durable as the hub's."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30}, pool_size=20)

    @event.listens_for(engine, "connect")
    def set_up(connection: object, _: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    return engine


engine = open_store(os.environ["PLAIN_STORE"])
app = FastAPI()


def get_session() -> Iterator[Session]:
    """One session a request."""
    with Session(engine) as session:
        yield session


Db = Annotated[Session, Depends(get_session)]


def get_member(session: Db, authorization: Annotated[str, Header()]) -> str:
    """Whose token it is."""
    digest = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    token = session.get(Token, digest)
    if token is None or token.expires_at < time.time():
        raise HTTPException(401)
    return token.member


Member = Annotated[str, Depends(get_member)]


@app.post("/v1/enquiries", status_code=201, response_model=EnquiryOut)
def create_enquiry(new: EnquiryNew, session: Db, member: Member) -> Enquiry:
    """Take in a customer's message."""
    now = int(time.time() * 1000)
    moments = {"waiting_since": now, "received_at": now, "updated_at": now, "due_at": now + DUE, "rank": now + DUE}
    enquiry = Enquiry.model_validate(new, update={"words": new.text[:200], **moments})
    session.add(enquiry)
    session.add(Message(enquiry_id=enquiry.id, author=new.customer, text=new.text, at=now))
    session.commit()
    session.refresh(enquiry)
    return enquiry


@app.get("/v1/enquiries", response_model=Page)
def list_enquiries(session: Db, member: Member, limit: int = 50, after: str = "") -> dict[str, object]:
    """A page of the open enquiries in queue order, by keyset."""
    query = select(Enquiry).where(col(Enquiry.open))
    if after:
        rank, number = map(int, after.split("."))
        query = query.where((col(Enquiry.rank) > rank) | ((col(Enquiry.rank) == rank) & (col(Enquiry.number) > number)))
    rows = session.exec(query.order_by(col(Enquiry.rank), col(Enquiry.number)).limit(limit + 1)).all()
    return {"rows": rows[:limit], "more": len(rows) > limit}
